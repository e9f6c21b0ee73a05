// Promises: see reference.hpp.
#include "fhir/resources/reference.hpp"

#include <algorithm>
#include <string>
#include <utility>

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

/// Scheme and host in small letters, without the scheme's own port; the path as it stands.
std::string comparable_base(std::string_view base) {
  base = without_trailing_slash(base);
  const auto scheme_end = base.find("://");
  if (scheme_end == std::string_view::npos) return std::string(base);
  const auto path = std::min(base.find('/', scheme_end + 3), base.size());
  std::string out(base.substr(0, path));
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const auto& [scheme, port] : {std::pair<std::string_view, std::string_view>{"https://", ":443"}, {"http://", ":80"}})
    if (out.starts_with(scheme) && out.ends_with(port)) out.resize(out.size() - port.size());
  out += base.substr(path);
  return out;
}

bool is_web_address(std::string_view text) {
  const auto starts = [&](std::string_view scheme) {
    return text.size() > scheme.size() &&
           std::equal(scheme.begin(), scheme.end(), text.begin(), [](char a, char b) {
             return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
           });
  };
  return starts("http://") || starts("https://");
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
    const bool absolute = is_web_address(reference);
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
  if (subject.type != "Patient") return SamePatient::unproven;  // a group or a device is not another patient
  if (subject.id != patient_id) return SamePatient::no;
  if (subject.form == ReferenceForm::relative) return SamePatient::yes;
  const bool ours = fhir_server.empty() || comparable_base(subject.base) == comparable_base(fhir_server);
  return ours ? SamePatient::yes : SamePatient::unproven;
}

}  // namespace cofactor::fhir
