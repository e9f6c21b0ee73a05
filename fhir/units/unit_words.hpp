// Promises: the words that dose units are written with in prose (folded text: lower case, no
// accents), for unit fields and for sig text alike: one table, so that both read a word the same
// way. Pure.
#pragma once
#include <string_view>

#include "fhir/units/ucum.hpp"

namespace cofactor::fhir {

/// A single folded word without dots ("mcg", "tablets", "iu", "gtts"); kind unknown when it is no
/// unit.
UnitReading unit_word(std::string_view folded_word);

}  // namespace cofactor::fhir
