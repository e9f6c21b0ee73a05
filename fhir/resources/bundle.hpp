// Promises: the five prefetch states told apart (conformance P-11 to P-17) and a Bundle's resources
// listed, whatever odd shape the Bundle has. Views into the parsed request.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "fhir/issue.hpp"
#include "fhir/json/element_path.hpp"
#include "fhir/json/value.hpp"

namespace cofactor::fhir {

struct BundleEntry {
  const json::Value* resource = nullptr;  ///< an object with a string resourceType
  std::string_view full_url;
  std::string_view resource_type;
  std::string_view id;
};

/// What one prefetch key, or one search, gave.
enum class SourceState {
  absent,      ///< key not sent: unknown
  none_found,  ///< null, or an empty Bundle without sign of more: looked, and there is nothing
  present,     ///< resources, complete
  incomplete,  ///< resources or none, but a next link, a larger total, or an error outcome says
               ///< there is more
  error        ///< OperationOutcome as the value, or a value that is no resource
};
std::string_view name_of(SourceState state);  ///< "absent", "none-found", ...

struct ResourceList {
  SourceState state = SourceState::absent;
  std::string reason;  ///< code for absent/incomplete/error: "not-supplied", "next-link",
                       ///< "total-larger", "operation-outcome", "not-a-resource", "outcome-entry"
  std::vector<BundleEntry> entries;  ///< outcome entries left out; other resource types are kept
};

/// `value` nullptr means the key is absent. A single resource counts as a Bundle of one.
ResourceList read_resources(const json::Value* value, const json::ElementPath& at, Issues& issues);

}  // namespace cofactor::fhir
