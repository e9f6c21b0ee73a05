// Promises: see token_scope.hpp.
#include "cds-service/security/token_scope.hpp"

#include <algorithm>

namespace cofactor::service::security {
namespace {

bool apart(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return !a.empty() && !b.empty() && std::ranges::find_first_of(a, b) == a.end();
}

}  // namespace

bool could_mean_both(const TokenScope& a, const TokenScope& b) {
  return a.issuer == b.issuer && !apart(a.tenants, b.tenants) && !apart(a.subjects, b.subjects);
}

}  // namespace cofactor::service::security
