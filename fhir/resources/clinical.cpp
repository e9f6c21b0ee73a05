// Promises: see clinical.hpp. Older placements are looked for where the R4 one is absent.
#include "fhir/resources/clinical.hpp"

#include "fhir/dosage/datatypes.hpp"
#include "fhir/dosage/dosage.hpp"
#include "fhir/json/members.hpp"

namespace cofactor::fhir {
namespace {

using json::ElementPath;
using json::Value;

/// A code that is a string in older versions and a concept since R4.
std::string_view code_or_concept(const Value& parent, std::string_view name) {
  const Value& found = parent[name];
  if (found.is_string()) return found.string();
  const Value& coding = found["coding"];
  if (coding.is_object()) return coding["code"].string();
  for (const Value& item : coding.items())
    if (const std::string_view code = item["code"].string(); !code.empty()) return code;
  return found["text"].string();
}

std::string_view first_string(const Value& parent, std::initializer_list<std::string_view> names,
                              const ElementPath& at, Issues& issues) {
  for (const std::string_view name : names)
    if (const std::string_view found = json::string_member(parent, name, at, issues);
        !found.empty())
      return found;
  return {};
}

Reference subject_of(const Value& resource, const ElementPath& at, Issues& issues) {
  return reference_member(resource, resource.find("subject") != nullptr ? "subject" : "patient", at,
                          issues);
}

}  // namespace

Patient read_patient(const Value& resource, const ElementPath& at, Issues& issues) {
  Patient out;
  out.id = json::string_member(resource, "id", at, issues);
  out.birth_date = json::string_member(resource, "birthDate", at, issues);
  out.gender = json::string_member(resource, "gender", at, issues);
  out.deceased = json::boolean_member(resource, "deceasedBoolean", at, issues) ||
                 !resource["deceasedDateTime"].string().empty();
  return out;
}

Condition read_condition(const Value& resource, const ElementPath& at, Issues& issues) {
  Condition out;
  out.id = json::string_member(resource, "id", at, issues);
  out.clinical_status = code_or_concept(resource, "clinicalStatus");
  out.verification_status = code_or_concept(resource, "verificationStatus");
  out.subject = subject_of(resource, at, issues);
  out.code = concept_member(resource, "code", at, issues);
  out.onset = first_string(resource, {"onsetDateTime"}, at, issues);
  if (out.onset.empty()) out.onset = resource["onsetPeriod"]["start"].string();
  out.recorded =
      first_string(resource, {"recordedDate", "assertedDate", "dateRecorded"}, at, issues);
  out.abatement = first_string(resource, {"abatementDateTime", "abatementString"}, at, issues);
  if (out.abatement.empty()) out.abatement = resource["abatementPeriod"]["end"].string();
  const bool abated = resource["abatementBoolean"].flag || resource["abatementAge"].is_object();
  if (out.abatement.empty() && abated) out.abatement = "abated";
  return out;
}

ServiceRequest read_service_request(const Value& resource, const ElementPath& at, Issues& issues) {
  ServiceRequest out;
  out.id = json::string_member(resource, "id", at, issues);
  out.status = json::string_member(resource, "status", at, issues);
  out.intent = json::string_member(resource, "intent", at, issues);
  out.do_not_perform = json::boolean_member(resource, "doNotPerform", at, issues);
  out.subject = subject_of(resource, at, issues);
  if (const Value* code = resource.find("code")) {
    const ElementPath here{&at, "code", -1};
    CodeableConcept read =
        read_concept(code->find("concept") != nullptr ? (*code)["concept"] : *code, here, issues);
    if (!read.empty()) out.codes.push_back(std::move(read));
  }
  json::each_member(resource, "item", at, issues, [&](const Value& item, const ElementPath& here) {
    if (CodeableConcept read = concept_member(item, "code", here, issues); !read.empty())
      out.codes.push_back(std::move(read));
  });
  out.authored_on = first_string(resource, {"authoredOn", "orderedOn"}, at, issues);
  out.occurrence = first_string(resource, {"occurrenceDateTime", "scheduledDateTime"}, at, issues);
  if (out.occurrence.empty()) out.occurrence = resource["occurrencePeriod"]["start"].string();
  return out;
}

Procedure read_procedure(const Value& resource, const ElementPath& at, Issues& issues) {
  Procedure out;
  out.id = json::string_member(resource, "id", at, issues);
  out.status = json::string_member(resource, "status", at, issues);
  out.subject = subject_of(resource, at, issues);
  out.code = concept_member(resource, "code", at, issues);
  out.performed = first_string(resource, {"performedDateTime", "occurrenceDateTime"}, at, issues);
  for (const std::string_view name : {"performedPeriod", "occurrencePeriod"})
    for (const std::string_view edge : {"end", "start"})
      if (out.performed.empty()) out.performed = resource[name][edge].string();
  return out;
}

Encounter read_encounter(const Value& resource, const ElementPath& at, Issues& issues) {
  Encounter out;
  out.id = json::string_member(resource, "id", at, issues);
  out.status = json::string_member(resource, "status", at, issues);
  out.subject = subject_of(resource, at, issues);
  const Value& kind = resource["class"];
  if (kind.is_string()) {
    out.class_code = kind.string();  // DSTU2
  } else if (kind.is_object()) {
    out.class_code =
        kind.find("coding") != nullptr ? code_or_concept(resource, "class") : kind["code"].string();
  } else if (!kind.items().empty()) {  // R5: a list of concepts
    const Value& codings = kind.items().front()["coding"];
    if (!codings.items().empty()) out.class_code = codings.items().front()["code"].string();
  }
  out.types = read_concepts(resource, "type", at, issues);
  const Value& places = resource["location"];
  if (!places.items().empty())
    out.location = places.items().front()["location"]["display"].string();
  return out;
}

}  // namespace cofactor::fhir
