// Promises: see reference.hpp.
#include "fhir/resources/reference.hpp"

#include "fhir/json/members.hpp"

namespace cofactor::fhir {
namespace {

bool is_type_name(std::string_view name) {
  if (name.empty() || name.front() < 'A' || name.front() > 'Z') return false;
  for (const char c : name)
    if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z')) return false;
  return true;
}

std::string_view without_trailing_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

/// Splits "<before/>Type/id[/_history/v]"; false when the text does not end so.
bool split(std::string_view text, std::string_view& before, std::string_view& type,
           std::string_view& id) {
  if (const auto history = text.find("/_history"); history != std::string_view::npos)
    text = text.substr(0, history);
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == text.size()) return false;
  id = text.substr(slash + 1);
  if (id.find_first_of("?#") != std::string_view::npos) return false;
  text = text.substr(0, slash);
  const auto before_type = text.rfind('/');
  type = before_type == std::string_view::npos ? text : text.substr(before_type + 1);
  before = before_type == std::string_view::npos ? std::string_view() : text.substr(0, before_type);
  return is_type_name(type);
}

}  // namespace

Reference read_reference(std::string_view reference) {
  Reference out;
  out.text = reference;
  if (reference.empty()) return out;
  out.form = ReferenceForm::other;
  if (reference.front() == '#') {
    out.form = ReferenceForm::contained;
    out.id = reference.substr(1);
  } else if (reference.starts_with("urn:")) {
    out.form = ReferenceForm::urn;
    out.id = reference;
  } else {
    const bool absolute = reference.starts_with("http://") || reference.starts_with("https://");
    std::string_view before, type, id;
    if (split(reference, before, type, id) && absolute == !before.empty()) {
      out.form = absolute ? ReferenceForm::absolute : ReferenceForm::relative;
      out.type = type;
      out.id = id;
      out.base = without_trailing_slash(before);
    }
  }
  return out;
}

Reference read_reference_element(const json::Value& element, const json::ElementPath& at,
                                 Issues& issues) {
  if (element.is_null()) return {};
  if (!element.is_object()) {
    issues.push_back(
        {Severity::warning, "wrong-type", at.text(), "the value has the wrong JSON type"});
    return {};
  }
  Reference out = read_reference(json::string_member(element, "reference", at, issues));
  out.display = json::string_member(element, "display", at, issues);
  if (out.type.empty()) out.type = json::string_member(element, "type", at, issues);
  out.has_identifier = element.find("identifier") != nullptr;
  return out;
}

SamePatient same_patient(const Reference& subject, std::string_view patient_id,
                         std::string_view fhir_server) {
  if (patient_id.empty()) return SamePatient::unproven;
  if (subject.form != ReferenceForm::relative && subject.form != ReferenceForm::absolute)
    return SamePatient::unproven;
  if (subject.type != "Patient" || subject.id != patient_id) return SamePatient::no;
  if (subject.form == ReferenceForm::relative) return SamePatient::yes;
  fhir_server = without_trailing_slash(fhir_server);
  return fhir_server.empty() || subject.base == fhir_server ? SamePatient::yes
                                                            : SamePatient::unproven;
}

}  // namespace cofactor::fhir
