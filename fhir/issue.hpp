// Promises: what was wrong or doubtful in one piece of FHIR input, with the place where it stood.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace cofactor {

enum class Severity { information, warning, error };

/// `code` is kebab-case and stable. `path` is a FHIRPath-like element path
/// ("MedicationRequest.dosageInstruction[0].timing.repeat"). `text` names the problem in our own words
/// and never repeats patient data; a vocabulary token such as a unit may be quoted in backticks.
struct Issue {
  Severity severity = Severity::warning;
  std::string code;
  std::string path;
  std::string text;
  bool operator==(const Issue&) const = default;
};

using Issues = std::vector<Issue>;

}  // namespace cofactor
