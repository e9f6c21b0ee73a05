// Promises: see bundle.hpp.
#include "fhir/resources/bundle.hpp"

#include <algorithm>
#include <array>

#include "fhir/json/members.hpp"

namespace cofactor::fhir {
namespace {

using json::ElementPath;
using json::Value;

constexpr int deepest_bundle = 3;  ///< Bundles inside Bundles (batch answers) are opened this far

/// Outcome codes that say something was held back, whatever the severity: FHIR issue types, and
/// Epic's numbers for "additional data may exist", "more than 100 results", "not authorised" and
/// "break the glass".
constexpr std::array<std::string_view, 6> withheld_types{"incomplete", "suppressed", "too-costly",
                                                         "forbidden",  "timeout",    "throttled"};
constexpr std::array<std::string_view, 5> withheld_codes{"4119", "4127", "59133", "4118", "4130"};

template <std::size_t n>
bool among(std::string_view word, const std::array<std::string_view, n>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::span<const Value> one_or_many(const Value& value) {
  return value.is_array() ? value.items() : std::span<const Value>(&value, value.is_null() ? 0 : 1);
}

/// Does this OperationOutcome say that the answer is not whole?
bool says_incomplete(const Value& outcome) {
  // A resource that calls itself an outcome and is none, or an outcome without issue: nobody knows what it stands for.
  if (outcome["resourceType"].string() != "OperationOutcome" || one_or_many(outcome["issue"]).empty()) return true;
  for (const Value& issue : one_or_many(outcome["issue"])) {
    const std::string_view severity = issue["severity"].string();
    if (severity == "error" || severity == "fatal" || among(issue["code"].string(), withheld_types))
      return true;
    for (const Value& coding : one_or_many(issue["details"]["coding"]))
      if (among(coding["code"].string(), withheld_codes) ||
          among(coding["code"].number_text(), withheld_codes))
        return true;
  }
  return false;
}

class BundleReader {
 public:
  BundleReader(ResourceList& out, Issues& issues) : out_(out), issues_(issues) {}

  void read(const Value& bundle, const ElementPath& at, int depth) {
    std::size_t matches = 0;
    // Only once: exact room for each of many inner Bundles would move all entries each time.
    if (depth == 1) out_.entries.reserve(bundle["entry"].items().size());
    json::each_member(bundle, "entry", at, issues_,
                      [&](const Value& entry, const ElementPath& here) {
                        const std::string_view mode = entry["search"]["mode"].string();
                        if (read_entry(entry, mode, here, depth) && mode != "include") ++matches;
                      });
    for (const Value& link : one_or_many(bundle["link"]))
      if (link["relation"].string() == "next") incomplete("next-link");
    const Value& total = bundle["total"];
    const auto count = total.number();
    // A total that is no number cannot vouch for the page.
    if (count ? *count > static_cast<double>(matches) : !total.is_null()) incomplete("total-larger");
  }

 private:
  /// True when the entry holds a resource that is not an outcome.
  bool read_entry(const Value& entry, std::string_view mode, const ElementPath& at, int depth) {
    const Value& resource = entry["resource"];
    const std::string_view type = resource["resourceType"].string();
    if (type.empty()) {
      issues_.push_back(
          {Severity::warning, "not-a-resource", at.text(), "the entry holds no resource"});
      incomplete("not-a-resource");
      return false;
    }
    if (type == "OperationOutcome" || mode == "outcome") {
      if (says_incomplete(resource)) incomplete("outcome-entry");
      return false;
    }
    if (type == "Bundle") {
      const ElementPath here{&at, "resource", -1};
      if (depth < deepest_bundle) {
        read(resource, here, depth + 1);
      } else {
        issues_.push_back(
            {Severity::warning, "too-deep", here.text(), "Bundles are nested too deep"});
        incomplete("not-a-resource");
      }
      return true;
    }
    out_.entries.push_back({&resource, entry["fullUrl"].string(), type, resource["id"].string()});
    return true;
  }
  void incomplete(std::string_view reason) {
    out_.state = SourceState::incomplete;
    if (out_.reason.empty()) out_.reason = reason;
  }

  ResourceList& out_;
  Issues& issues_;
};

ResourceList failed(std::string_view reason) {
  ResourceList out;
  out.state = SourceState::error;
  out.reason = reason;
  return out;
}

}  // namespace

std::string_view name_of(SourceState state) {
  constexpr std::array<std::string_view, 5> names{"absent", "none-found", "present", "incomplete",
                                                  "error"};
  return names[static_cast<std::size_t>(state)];
}

ResourceList read_resources(const Value* value, const ElementPath& at, Issues& issues) {
  ResourceList out;
  if (value == nullptr) {
    out.reason = "not-supplied";
    return out;
  }
  out.state = SourceState::none_found;
  if (value->is_null()) return out;
  const std::string_view type = (*value)["resourceType"].string();
  if (type == "OperationOutcome") return failed("operation-outcome");
  const bool bundle = type == "Bundle" || (type.empty() && (*value)["entry"].is_array());
  if (!bundle) {
    if (type.empty()) {
      issues.push_back(
          {Severity::warning, "not-a-resource", at.text(), "the value is no FHIR resource"});
      return failed("not-a-resource");
    }
    out.entries.push_back({value, {}, type, (*value)["id"].string()});
    out.state = SourceState::present;
    return out;
  }
  BundleReader(out, issues).read(*value, at, 1);
  if (out.state == SourceState::none_found && !out.entries.empty())
    out.state = SourceState::present;
  return out;
}

}  // namespace cofactor::fhir
