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

/// The string of that name; empty when absent or null. Another kind is an Issue.
std::string_view string_member(const Value& parent, std::string_view name, const ElementPath& at,
                               Issues& issues);
/// As string_member, but a number gives its text (codes are sometimes sent as numbers), with an
/// Issue.
std::string_view token_member(const Value& parent, std::string_view name, const ElementPath& at,
                              Issues& issues);
/// false when absent; the strings "true" and "false" are taken with an Issue.
bool boolean_member(const Value& parent, std::string_view name, const ElementPath& at,
                    Issues& issues);
/// The object of that name, or nullptr. Another kind is an Issue.
const Value* object_member(const Value& parent, std::string_view name, const ElementPath& at,
                           Issues& issues);

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
