// Promises: the one rule about which clients of one issuer a token could both mean. The configuration and the judge of tokens
// ask it alike. Pure.
#pragma once
#include <string>
#include <vector>

namespace cofactor::service::security {

/// Which tokens a client is meant by; an empty list takes any value, also none.
struct TokenScope {
  const std::string& issuer;
  const std::vector<std::string>& tenants;
  const std::vector<std::string>& subjects;
};

/// False when their issuers differ, or both list tenants, or both list subjects, and have none in common. A client that takes
/// any tenant is told apart from no other one: a hospital that somebody forgot to list would be taken for it.
bool could_mean_both(const TokenScope& a, const TokenScope& b);

}  // namespace cofactor::service::security
