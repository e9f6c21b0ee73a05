// Promises: whether words name a magnesium blood test, and nothing else: a magnesium medicine, a
// urine test or a panel does not pass. Private to cards/facts.
#pragma once
#include <string_view>

namespace cofactor::cards {

bool names_magnesium_test(std::string_view words);

}  // namespace cofactor::cards
