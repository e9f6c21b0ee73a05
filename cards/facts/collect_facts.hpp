// Promises: the one place where FHIR resources turn into facts. Pure; every resource that is not proven to be
// the patient's is left out and said so.
#pragma once
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cards/facts/facts.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::cards {

/// Prefetch values as they came; nullptr where the key was not sent.
struct Prefetch {
  const json::Value* patient = nullptr;
  const json::Value* medications = nullptr;
  const json::Value* statements = nullptr;
  const json::Value* magnesium = nullptr;
  const json::Value* vitamin_d = nullptr;
  const json::Value* calcium_renal = nullptr;
  const json::Value* conditions = nullptr;
  const json::Value* service_requests = nullptr;
  const json::Value* encounter = nullptr;
};

struct CallInput {
  fhir::Day as_of;
  std::string_view hook;                      ///< "order-sign" or "order-select"
  std::string_view patient_id;                ///< bare
  std::string_view fhir_server;               ///< may be empty
  const json::Value* draft_orders = nullptr;  ///< context.draftOrders
  std::optional<std::vector<std::string_view>> selections;
  Prefetch prefetch;
  std::vector<const json::Value*> medications;  ///< Medication resources that were read one by one
  /// Why a source that is not whole could not be had otherwise ("fhir-timeout"), by its key.
  std::vector<std::pair<std::string_view, std::string_view>> unavailable;
};

Facts collect_facts(const CallInput& input, const Knowledge& knowledge);

/// Cheap first: does any draft hold something a rule could be about? False lets the service skip everything else.
bool drafts_are_relevant(const Facts& facts);

/// Is a draft left out only because nobody can tell whose it is, though a rule could be about it?
bool has_unproven_draft(const Facts& facts);

/// What is being ordered was sent in a way that nobody can read whole: what is not read may be anything.
bool has_unread_draft(const Facts& facts);

/// Would such a draft have been judged? Vitamin D and magnesium always; a depleting class beside vitamin D above the
/// interaction threshold, beside a dose that cannot be read, or where the medication list is not whole.
bool unproven_draft_matters(const Facts& facts, const Knowledge& knowledge);

/// Reads one order alone, as `cofactor explain` shows it.
OrderFact read_order(const fhir::MedicationRequest& order, OrderRole role, fhir::Day as_of,
                     const Knowledge& knowledge, const json::ElementPath& at);

}  // namespace cofactor::cards
