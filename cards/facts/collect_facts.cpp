// Promises: see collect_facts.hpp. Resources are taken by their type wherever they stand: sites
// answer one question with another's Bundle, and included resources are mixed in.
#include "cards/facts/collect_facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <set>
#include <utility>

#include "cards/facts/dose_safety.hpp"
#include "cards/facts/patient_proof.hpp"
#include "cards/facts/read_conditions.hpp"
#include "cards/facts/read_labs.hpp"
#include "fhir/dosage/once_weekly.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/resources/clinical.hpp"

namespace cofactor::cards {
namespace {

using fhir::BundleEntry;
using fhir::ResourceList;
using fhir::SourceState;

constexpr std::size_t most_entries = 1'000;      ///< of one source; more is said to be incomplete
constexpr std::size_t most_medications = 2'000;  ///< to look references up in

class Collector {
 public:
  Collector(const CallInput& input, const Knowledge& knowledge)
      : input_(input), knowledge_(knowledge), proof_(input.patient_id, input.fhir_server) {
    facts_.as_of = input.as_of;
    facts_.hook = input.hook;
  }

  Facts collect() {
    read_sources();
    make_room();
    shelve_medications();
    read_drafts();
    for (const Source& source : sources_) read_source(source);
    settle_twins();
    return std::move(facts_);
  }

 private:
  struct Source {
    std::string_view key;
    ResourceList list;
  };

  /// A fact is large: none is moved to make room for the next one.
  void make_room() {
    std::size_t orders = 0, labs = 0;
    const auto count = [&](const ResourceList& list) {
      for (const BundleEntry& entry : list.entries) {
        orders += fhir::is_medication_order(entry.resource_type) ? 1u : 0u;
        labs += entry.resource_type == "Observation" ? 1u : 0u;
      }
    };
    count(drafts_);
    for (const Source& source : sources_) count(source.list);
    facts_.orders.reserve(orders);
    facts_.labs.reserve(labs);
  }

  void bound(ResourceList& list) {
    if (list.entries.size() <= most_entries) return;
    list.entries.resize(most_entries);
    list.state = SourceState::incomplete;
    if (list.reason.empty()) list.reason = "too-many-resources";
  }

  void read_sources() {
    const Prefetch& from = input_.prefetch;
    const std::array<std::pair<std::string_view, const json::Value*>, 9> keys{
        {{"patient", from.patient},
         {"medications", from.medications},
         {"statements", from.statements},
         {"magnesium", from.magnesium},
         {"vitaminD", from.vitamin_d},
         {"calciumRenal", from.calcium_renal},
         {"conditions", from.conditions},
         {"serviceRequests", from.service_requests},
         {"encounter", from.encounter}}};
    sources_.reserve(keys.size());
    const json::ElementPath prefetch{nullptr, "prefetch", -1};
    for (const auto& [key, value] : keys) {
      ResourceList list =
          fhir::read_resources(value, json::ElementPath{&prefetch, key, -1}, facts_.issues);
      bound(list);
      say_why(key, list);
      if (key == "patient") read_patient(list);
      facts_.sources.push_back({std::string(key), std::string(name_of(list.state)), list.reason});
      sources_.push_back({key, std::move(list)});
    }
    const json::ElementPath context{nullptr, "context", -1};
    drafts_ = fhir::read_resources(input_.draft_orders,
                                   json::ElementPath{&context, "draftOrders", -1}, facts_.issues);
    bound(drafts_);
    if (drafts_.state == SourceState::error || drafts_.state == SourceState::incomplete) {
      facts_.issues.push_back({Severity::error, "drafts-unreadable", "context.draftOrders",
                               "not all draft orders could be read"});
      facts_.sources.push_back({std::string(drafts_source), std::string(name_of(drafts_.state)), drafts_.reason});
    }
  }

  /// What was tried and failed is a better reason than what the request lacked.
  void say_why(std::string_view key, ResourceList& list) const {
    if (list.state == SourceState::present || list.state == SourceState::none_found) return;
    for (const auto& [source, reason] : input_.unavailable)
      if (source == key) list.reason = reason;
  }

  void read_patient(ResourceList& list) {
    const auto unknown = [&](std::string_view reason) { facts_.age_unknown = reason; };
    auto found =
        std::find_if(list.entries.begin(), list.entries.end(),
                     [](const BundleEntry& entry) { return entry.resource_type == "Patient"; });
    if (found == list.entries.end())
      return unknown(list.reason.empty()
                         ? (list.state == SourceState::none_found ? "none-found" : "no-patient")
                         : list.reason);
    // Others can come with it (a linked record); the one of the call decides.
    for (auto other = found; other != list.entries.end(); ++other)
      if (other->resource_type == "Patient" && other->id == input_.patient_id) found = other;
    if (found->id != input_.patient_id) {
      const bool other = !found->id.empty();
      facts_.patient_mismatch = facts_.patient_mismatch || other;
      list.state = SourceState::error;
      list.reason = other ? "other-patient" : "subject-unproven";
      return unknown(list.reason);
    }
    const fhir::Patient patient = fhir::read_patient(
        *found->resource, json::ElementPath{nullptr, "Patient", -1}, facts_.issues);
    facts_.sex = patient.gender;
    if (patient.birth_date.empty()) return unknown("no-birth-date");
    const auto birth = fhir::PartialDate::read(patient.birth_date);
    if (birth) facts_.age = fhir::age_on(*birth, input_.as_of);
    if (!facts_.age) unknown("birth-date-unreadable");
  }

  /// Medications from everywhere, so that a reference is looked up among them alone.
  void shelve_medications() {
    const auto shelve = [&](const ResourceList& list) {
      for (const BundleEntry& entry : list.entries)
        if ((entry.resource_type == "Medication" || entry.resource_type == "Substance") &&
            medications_.entries.size() < most_medications)
          medications_.entries.push_back(entry);
    };
    shelve(drafts_);
    for (const Source& source : sources_) shelve(source.list);
    ResourceList read;
    // With their address, so that an order that refers to another server's Medication of that id does not get this one.
    const std::string_view server = input_.fhir_server.substr(0, input_.fhir_server.find_last_not_of('/') + 1);
    for (const json::Value* medication : input_.medications) {
      const std::string_view id = (*medication)["id"].string();
      read_urls_.push_back(server.empty() ? std::string() : std::string(server) + "/Medication/" + std::string(id));
      read.entries.push_back({medication, read_urls_.back(), (*medication)["resourceType"].string(), id});
    }
    shelve(read);
    shelf_.lists = {&medications_};
  }

  void read_drafts() {
    int index = -1;
    for (const BundleEntry& entry : drafts_.entries) {
      ++index;
      if (fhir::is_medication_order(entry.resource_type)) {
        read_draft_order(entry, index);
      } else if (is_service_order(entry.resource_type)) {
        read_magnesium_order(entry, drafts_, true, proof_, knowledge_, facts_);
      }
    }
    mark_selected();
  }

  void read_draft_order(const BundleEntry& entry, int index) {
    const json::ElementPath at{nullptr, entry.resource_type, -1};
    Issues issues;
    const fhir::MedicationRequest order =
        fhir::read_medication_request(*entry.resource, shelf_, at, issues);
    OrderFact fact = read_fact(order, OrderRole::draft, at, std::move(issues));
    if (fact.reference.empty())
      fact.reference = std::string(entry.resource_type) + "/#" + std::to_string(index);
    if (order.subject.form == fhir::ReferenceForm::none && !order.subject.has_identifier &&
        std::none_of(fact.issues.begin(), fact.issues.end(), about_subject))
      // The basket is this patient's: the context says so. Silence here would be the worse guess.
      fact.issues.push_back({Severity::information, "subject-missing", at.text(),
                             "the draft names no patient; the call's is taken"});
    else
      check_subject(order, drafts_, at, fact);
    if (fact.counts() && weekly_product_ordered_daily(fact, knowledge_))
      fact.weekly_possible = reads_as_weekly(*entry.resource, fact, at);
    if (fact.counts())
      for (const fhir::CodeableConcept& reason : order.reasons)
        add_conditions(reason, fact.reference, std::nullopt, knowledge_, facts_);
    facts_.orders.push_back(std::move(fact));
  }

  /// A subject that is there and cannot be read (a text, a number) may name anybody: that is no missing one.
  static bool about_subject(const Issue& issue) {
    constexpr std::array<std::string_view, 4> elements{"subject", "subject.reference", "patient", "patient.reference"};
    const std::string_view path = issue.path;
    return issue.code == "wrong-type" &&
           std::find(elements.begin(), elements.end(), path.substr(std::min(path.find('.'), path.size() - 1) + 1)) !=
               elements.end();
  }

  /// The rewritten order is read like any other: once a week, the same dose, nothing that contradicts it.
  bool reads_as_weekly(const json::Value& resource, const OrderFact& daily,
                       const json::ElementPath& at) const {
    const bool twin = std::any_of(
        facts_.orders.begin(), facts_.orders.end(),
        [&](const OrderFact& other) { return other.reference == daily.reference; });
    const auto text = fhir::once_weekly(resource);
    if (twin || !text) return false;
    const auto document = json::parse(*text);
    if (!document) return false;
    Issues issues;
    const fhir::MedicationRequest order =
        fhir::read_medication_request(document->root(), shelf_, at, issues);
    const OrderFact weekly = read_order(order, OrderRole::draft, input_.as_of, knowledge_, at);
    const bool contradicted =
        std::any_of(weekly.issues.begin(), weekly.issues.end(), [](const Issue& issue) {
          return issue.code.find("contradicts") != std::string::npos ||
                 issue.code == "ambiguous-instructions";
        });
    return !contradicted && weekly.vitamin_d_unknown.empty() && weekly.doses_per_day &&
           std::abs(*weekly.doses_per_day * 7 - 1) < 1e-9 && weekly.iu_per_dose == daily.iu_per_dose;
  }

  OrderFact read_fact(const fhir::MedicationRequest& order, OrderRole role,
                      const json::ElementPath& at, Issues issues) {
    OrderFact fact = read_order(order, role, input_.as_of, knowledge_, at);
    if (issues.empty()) return fact;
    issues.insert(issues.end(), std::make_move_iterator(fact.issues.begin()),
                  std::make_move_iterator(fact.issues.end()));
    fact.issues = std::move(issues);
    return fact;
  }

  void check_subject(const fhir::MedicationRequest& order, const ResourceList& beside,
                     const json::ElementPath& at, OrderFact& fact) {
    const fhir::SamePatient proof = proof_.prove(order.subject, beside);
    if (proof == fhir::SamePatient::yes) return;
    if (proof == fhir::SamePatient::no) facts_.patient_mismatch = true;
    const bool lost = fact.counts();  // an order that is over anyway takes nothing away
    fact.left_out = not_the_patients(proof);
    fact.issues.push_back({lost ? Severity::error : Severity::information, fact.left_out,
                           json::ElementPath{&at, "subject", -1}.text(),
                           "the order is not proven to be this patient's and is not used"});
  }

  /// What came but cannot be used is not the same as nothing found: the source is not whole.
  void read_source(const Source& source) {
    const std::size_t labs = facts_.labs.size(), orders = facts_.orders.size();
    // Whoever sends one patient's data in the answer about another has not answered: what is missing is not known. What
    // would not have counted for the patient either takes nothing away.
    for (const BundleEntry& entry : source.list.entries)
      if (const std::string_view why = read_entry(source, entry); !why.empty()) not_whole(source.key, why);
    for (std::size_t i = labs; i < facts_.labs.size(); ++i)
      if (const LabFact& lab = facts_.labs[i]; not_proven(lab.unusable) && answers(source.key, lab))
        not_whole(source.key, lab.unusable);
    for (std::size_t i = orders; i < facts_.orders.size(); ++i) {
      const OrderFact& order = facts_.orders[i];
      if (not_proven(order.left_out) && would_count(order)) not_whole(source.key, order.left_out);
      if (order.counts() && order.words.empty() && order.ingredients.empty())
        not_whole(source.key, "medication-unresolved");
    }
  }

  static bool not_proven(std::string_view why) { return why == "other-patient" || why == "subject-unproven"; }

  /// A result of the kind that the source was asked for, unless it was withdrawn.
  static bool answers(std::string_view key, const LabFact& lab) {
    if (lab.status == "entered-in-error" || lab.status == "cancelled") return false;
    switch (lab.group) {
      case LabGroup::magnesium_serum:
      case LabGroup::magnesium_ionized:
      case LabGroup::magnesium_blood:
      case LabGroup::magnesium_rbc:
        return key == "magnesium";
      case LabGroup::magnesium_not_assessment:
        return false;
      case LabGroup::vitamin_d_25oh:
      case LabGroup::vitamin_d_25oh_d3:
        return key == "vitaminD";
      case LabGroup::calcium_total:
      case LabGroup::calcium_corrected:
      case LabGroup::calcium_ionized:
      case LabGroup::albumin:
      case LabGroup::creatinine:
      case LabGroup::egfr:
      case LabGroup::pth:
      case LabGroup::phosphate:
      case LabGroup::potassium:
        return key == "calciumRenal";
    }
    return true;
  }

  /// An order that its subject alone keeps from counting, of a medicine that some rule knows or that nobody can tell.
  static bool would_count(const OrderFact& order) {
    const bool lost = std::any_of(order.issues.begin(), order.issues.end(), [&](const Issue& issue) {
      return issue.code == order.left_out && issue.severity == Severity::error;
    });
    if (order.words.empty() && order.ingredients.empty()) return lost;
    return lost && std::any_of(order.ingredients.begin(), order.ingredients.end(), [](const IngredientReading& each) {
             return each.drug_class != DrugClass::recognised_other;
           });
  }

  void not_whole(std::string_view key, std::string_view reason) {
    for (SourceFact& fact : facts_.sources)
      if (fact.key == key && fact.state == name_of(SourceState::present)) {
        fact.state = name_of(SourceState::incomplete);
        fact.reason = reason;
      }
  }

  /// Why a resource that would have counted is not used; results and orders say so in their facts.
  std::string_view read_entry(const Source& source, const BundleEntry& entry) {
    if (entry.resource_type == "Observation") {
      read_lab(entry, source.list, source.key == "magnesium", {proof_, knowledge_, input_.as_of},
               facts_);
    } else if (fhir::is_medication_order(entry.resource_type)) {
      read_listed_order(source, entry);
    } else if (entry.resource_type == "Condition") {
      return read_condition_fact(entry, source.list, proof_, knowledge_, facts_);
    } else if (is_service_order(entry.resource_type)) {
      return read_magnesium_order(entry, source.list, false, proof_, knowledge_, facts_);
    } else if (entry.resource_type == "Procedure") {
      return read_procedure_fact(entry, source.list, proof_, knowledge_, facts_);
    } else if (entry.resource_type == "Encounter" && source.key == "encounter") {
      return read_encounter_fact(entry, source.list, proof_, knowledge_, facts_);
    }
    return {};
  }

  void read_listed_order(const Source& source, const BundleEntry& entry) {
    // The same resource can answer two questions; counting it twice would double a dose.
    if (!entry.id.empty() && !listed_.emplace(entry.resource_type, entry.id).second) return;
    const json::ElementPath at{nullptr, entry.resource_type, -1};
    Issues issues;
    const fhir::MedicationRequest order =
        fhir::read_medication_request(*entry.resource, shelf_, at, issues);
    OrderFact fact = read_fact(order, order.statement ? OrderRole::statement : OrderRole::active,
                               at, std::move(issues));
    if (fact.reference.empty())
      fact.reference =
          std::string(entry.resource_type) + "/#" + std::to_string(facts_.orders.size());
    check_subject(order, source.list, at, fact);
    facts_.orders.push_back(std::move(fact));
  }

  /// order-select: advice is about the selected orders. Without a selection that fits, about all of
  /// them.
  void mark_selected() {
    if (!input_.selections || input_.selections->empty()) return;
    const auto named = [](std::string_view selection, std::string_view type, std::string_view id) {
      if (id.empty() || !selection.ends_with(id)) return false;
      selection.remove_suffix(id.size());
      return selection.empty() || (selection.ends_with('/') &&
                                   selection.substr(0, selection.size() - 1).ends_with(type));
    };
    const auto selected = [&](std::string_view type, std::string_view id) {
      return std::any_of(input_.selections->begin(), input_.selections->end(),
                         [&](std::string_view selection) { return named(selection, type, id); });
    };
    if (std::none_of(drafts_.entries.begin(), drafts_.entries.end(), [&](const BundleEntry& entry) {
          return selected(entry.resource_type, entry.id);
        })) {
      facts_.issues.push_back({Severity::information, "selection-unmatched", "context.selections",
                               "no selection names a draft; all drafts are taken"});
      return;
    }
    for (OrderFact& order : facts_.orders) {
      const std::string_view reference = order.reference;
      const auto slash = reference.find('/');
      order.selected = selected(reference.substr(0, slash), reference.substr(slash + 1));
    }
  }

  /// A re-signed order stands in the basket and on the list: the basket's version is the one that
  /// counts.
  void settle_twins() {
    for (OrderFact& listed : facts_.orders) {
      if (listed.role == OrderRole::draft || !listed.counts()) continue;
      for (OrderFact& draft : facts_.orders) {
        if (draft.role != OrderRole::draft || draft.reference != listed.reference) continue;
        if (draft.left_out == "other-patient" || draft.left_out == "subject-unproven") continue;
        listed.left_out = draft.counts() ? "also-draft" : "changed-in-basket";
        if (draft.counts())
          draft.replaces.push_back(listed.reference);  // its start is the order's start
        break;
      }
    }
  }

  const CallInput& input_;
  const Knowledge& knowledge_;
  const PatientProof proof_;
  Facts facts_;
  std::vector<Source> sources_;
  ResourceList drafts_, medications_;
  std::deque<std::string> read_urls_;  // of Medications that were read, where the entries look
  fhir::MedicationShelf shelf_;
  std::set<std::pair<std::string_view, std::string_view>> listed_;
};

}  // namespace

Facts collect_facts(const CallInput& input, const Knowledge& knowledge) {
  return Collector(input, knowledge).collect();
}

}  // namespace cofactor::cards
