// Promises: see members.hpp.
#include "fhir/json/members.hpp"

namespace cofactor::json {

void wrong_type(const ElementPath& at, std::string_view name, Issues& issues) {
  issues.push_back({Severity::warning, "wrong-type", ElementPath{&at, name, -1}.text(),
                    "the value has the wrong JSON type"});
}

std::string_view string_member(const Value& parent, std::string_view name, const ElementPath& at,
                               Issues& issues) {
  const Value* found = parent.find(name);
  if (found == nullptr || found->is_null()) return {};
  if (!found->is_string()) wrong_type(at, name, issues);
  return found->string();
}

std::string_view token_member(const Value& parent, std::string_view name, const ElementPath& at,
                              Issues& issues) {
  const Value* found = parent.find(name);
  if (found == nullptr || found->is_null()) return {};
  if (found->is_string()) return found->string();
  wrong_type(at, name, issues);
  return found->number_text();
}

bool boolean_member(const Value& parent, std::string_view name, const ElementPath& at,
                    Issues& issues) {
  const Value* found = parent.find(name);
  if (found == nullptr || found->is_null()) return false;
  if (found->is_boolean()) return found->flag;
  wrong_type(at, name, issues);
  return found->string() == "true";
}

const Value* object_member(const Value& parent, std::string_view name, const ElementPath& at,
                           Issues& issues) {
  const Value* found = parent.find(name);
  if (found == nullptr || found->is_null()) return nullptr;
  if (found->is_object()) return found;
  wrong_type(at, name, issues);
  return nullptr;
}

}  // namespace cofactor::json
