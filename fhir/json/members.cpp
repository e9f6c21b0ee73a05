// Promises: see members.hpp.
#include "fhir/json/members.hpp"

namespace cofactor::json {

void wrong_type(const ElementPath& at, std::string_view name, Issues& issues) {
  issues.push_back({Severity::warning, "wrong-type", ElementPath{&at, name, -1}.text(),
                    "the value has the wrong JSON type"});
}

std::string_view string_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues) {
  if (!member.is_string() && !member.is_null()) wrong_type(at, name, issues);
  return member.string();
}

std::string_view token_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues) {
  if (member.is_string() || member.is_null()) return member.string();
  wrong_type(at, name, issues);
  return member.number_text();
}

bool boolean_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues) {
  if (member.is_null()) return false;
  if (member.is_boolean()) return member.flag;
  wrong_type(at, name, issues);
  return member.string() == "true";
}

const Value* object_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues) {
  if (member.is_object()) return &member;
  if (!member.is_null()) wrong_type(at, name, issues);
  return nullptr;
}

}  // namespace cofactor::json
