// Promises: lenient access to the members of an object: the expected shape, or an Issue that names
// the place and an empty value. Nothing here throws or trusts the sender. Private to the readers of
// fhir/ and cards/facts.
#pragma once
#include <string_view>

#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::json {

/// Reports `wrong-type` at `at`.name.
void wrong_type(const ElementPath& at, std::string_view name, Issues& issues);

// What a member of that name gives when it is there and is not simply what was hoped for.
std::string_view string_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues);
std::string_view token_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues);
bool boolean_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues);
const Value* object_of(const Value& member, std::string_view name, const ElementPath& at, Issues& issues);

// Inline, so that the name's tag is known when the program is built: most of what a reader asks for is absent.

/// The string of that name; empty when absent or null. Another kind is an Issue.
inline std::string_view string_member(const Value& parent, std::string_view name, const ElementPath& at,
                                      Issues& issues) {
  const Value* found = parent.find(name);
  if (found == nullptr) return {};
  return found->is_string() ? found->string() : string_of(*found, name, at, issues);
}
/// As string_member, but a number gives its text (codes are sometimes sent as numbers), with an
/// Issue.
inline std::string_view token_member(const Value& parent, std::string_view name, const ElementPath& at,
                                     Issues& issues) {
  const Value* found = parent.find(name);
  return found != nullptr ? token_of(*found, name, at, issues) : std::string_view();
}
/// false when absent; the strings "true" and "false" are taken with an Issue.
inline bool boolean_member(const Value& parent, std::string_view name, const ElementPath& at, Issues& issues) {
  const Value* found = parent.find(name);
  return found != nullptr && boolean_of(*found, name, at, issues);
}
/// The object of that name, or nullptr. Another kind is an Issue.
inline const Value* object_member(const Value& parent, std::string_view name, const ElementPath& at,
                                  Issues& issues) {
  const Value* found = parent.find(name);
  return found != nullptr ? object_of(*found, name, at, issues) : nullptr;
}

/// Calls visit(item, its path) for every item that is not null. One value where a list is due
/// counts as a list of one (Epic and HL7's own examples send that), with an Issue of severity
/// information.
template <class Visit>
void each_member(const Value& parent, std::string_view name, const ElementPath& at, Issues& issues,
                 Visit visit) {
  const Value* list = parent.find(name);
  if (list == nullptr || list->is_null()) return;
  if (!list->is_array()) {
    const ElementPath here{&at, name, -1};
    issues.push_back(
        {Severity::information, "not-a-list", here.text(), "one value stands where a list is due"});
    visit(*list, here);
    return;
  }
  int index = 0;
  for (const Value& item : list->items()) {
    const ElementPath here{&at, name, index++};
    if (!item.is_null()) visit(item, here);
  }
}

}  // namespace cofactor::json
