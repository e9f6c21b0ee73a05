// Promises: what differs between two knowledge sets, in a pharmacist's words: numbers with unit and meaning and the rules
// that read them, wording, reasons, codes. Nothing that differs is left out. Deterministic. Pure.
#pragma once
#include <string>
#include <string_view>

#include "cards/engine/knowledge.hpp"

namespace cofactor::cards {

/// Ends in a line break; "nothing differs" when the sets are the same.
std::string describe_differences(const Knowledge& from, const Knowledge& to);

/// The same for formularies and imported tables, product by product. Private to the engine.
std::string describe_formulary_differences(std::string_view path, std::string_view from, std::string_view to,
                                           const Knowledge& from_set, const Knowledge& to_set);

/// The rows of a table that differ; empty when only layout does. Private to the engine.
std::string describe_table_differences(std::string_view path, std::string_view from, std::string_view to);

}  // namespace cofactor::cards
