// Promises: an order for every day rewritten as the same order for once a week, as FHIR JSON. Every member that does not
// say how often is kept, in its place and with its decimals as written. Nothing is guessed: an order that says how often
// in a way that is not plainly "once a day" is not rewritten. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fhir/json/value.hpp"

namespace cofactor::fhir {

/// The whole resource with its one dosage instruction made weekly: timing, directions in words, narrative.
std::optional<std::string> once_weekly(const json::Value& order);

/// The directions with their one "daily" (or "every day", "once a day", "QD") made "once a week"; nullopt when there is
/// none, or more than one.
std::optional<std::string> once_weekly_words(std::string_view directions);

}  // namespace cofactor::fhir
