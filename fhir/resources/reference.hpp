// Promises: the forms of a FHIR reference told apart, and whether it names a given patient. Pure.
#pragma once
#include <string_view>

#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::fhir {

enum class ReferenceForm { none, relative, absolute, contained, urn, other };

struct Reference {
  std::string_view text;  ///< Reference.reference as written
  std::string_view display;
  ReferenceForm form = ReferenceForm::none;
  std::string_view type;  ///< "Patient"; empty when not known
  std::string_view id;    ///< logical id without /_history; the fragment of a contained one
  std::string_view base;  ///< of an absolute one, without trailing slash
  bool has_identifier = false;
};

Reference read_reference(std::string_view reference);
/// A Reference element with its display, type and whether it has an identifier.
Reference read_reference_element(const json::Value& element, const json::ElementPath& at,
                                 Issues& issues);
/// The Reference element of that name; empty when absent.
inline Reference reference_member(const json::Value& parent, std::string_view name,
                                  const json::ElementPath& at, Issues& issues) {
  const json::Value* found = parent.find(name);
  return found != nullptr ? read_reference_element(*found, json::ElementPath{&at, name, -1}, issues) : Reference{};
}

enum class SamePatient { yes, no, unproven };

/// `patient_id` is bare. An absolute reference is `yes` when its base equals `fhir_server`
/// (trailing slash ignored) or when `fhir_server` is empty, `no` when the id differs, else
/// `unproven` (another server may use the same id for someone else). None, identifier-only,
/// contained and urn are `unproven`.
SamePatient same_patient(const Reference& subject, std::string_view patient_id,
                         std::string_view fhir_server);

}  // namespace cofactor::fhir
