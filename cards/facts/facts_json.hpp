// Promises: facts as JSON and back without loss. The format is that of audit records and vignettes; members
// that hold their default are left out, and may be left out by a person who writes a vignette.
#pragma once
#include "cards/facts/facts.hpp"
#include "fhir/json/value.hpp"
#include "fhir/json/writer.hpp"
#include "fhir/result.hpp"

namespace cofactor::cards {

void write_facts(json::Writer& out, const Facts& facts);
Result<Facts> read_facts(const json::Value& value);

/// One line of `cofactor explain` (interfaces.md).
void write_explanation(json::Writer& out, const OrderFact& order);

}  // namespace cofactor::cards
