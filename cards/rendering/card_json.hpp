// Promises: cards as the CDS Hooks 2.0.1 response. Nothing empty, nothing null (T-04 to T-06).
#pragma once
#include <string>
#include <string_view>

#include "cards/engine/evaluate.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::cards {

struct RenderContext {
  std::string_view source_url;           ///< absolute, from configuration
  std::string_view decision;             ///< empty: left out
  std::string_view knowledge_revision;
  std::string_view patient_id;           ///< subject of suggested ServiceRequests
  std::string_view user_reference;       ///< requester; may be empty
  std::string_view encounter_id;         ///< may be empty
  const json::Value* draft_orders = nullptr;  ///< for update suggestions
  fhir::Day as_of;
  const SitePolicy* site = nullptr;      ///< its codes for suggested orders; nullptr: none
};

/// One card as it stands in a response.
void write_card(json::Writer& out, const Card& card, const Knowledge& knowledge, const RenderContext& context);

/// {"cards":[...]}
std::string response_json(const Evaluation& evaluation, const Knowledge& knowledge, const RenderContext& context);

}  // namespace cofactor::cards
