// Promises: what candidates.hpp says.
#include "cds-service/security/candidates.hpp"

#include <algorithm>

#include "cds-service/security/token_scope.hpp"

namespace cofactor::service::security {
namespace {

bool allowed(const std::vector<std::string>& list, const std::optional<std::string>& claim) {
  return list.empty() || (claim && std::find(list.begin(), list.end(), *claim) != list.end());
}

TokenScope scope_of(const TrustedClient& client) { return {client.issuer, client.tenants, client.subjects}; }

}  // namespace

Result<Candidates> Candidates::of(const std::vector<TrustedClient>& clients) {
  Candidates made;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (clients[i].authentication != Authentication::jwt) continue;
    auto& same = made.by_issuer_[clients[i].issuer];
    for (const std::size_t other : same) {
      if (could_mean_both(scope_of(clients[other]), scope_of(clients[i]))) {
        return fail("client-settings-wrong", "the clients `" + clients[other].name + "` and `" + clients[i].name +
                                                 "` have one issuer and nothing that tells their tokens apart; give "
                                                 "each its own `tenants` or `subjects`");
      }
    }
    same.push_back(i);
  }
  return made;
}

Candidates::Choice Candidates::choose(const std::vector<TrustedClient>& clients, const Claims& claims) const {
  const auto same = claims.issuer ? by_issuer_.find(*claims.issuer) : by_issuer_.end();
  if (same == by_issuer_.end()) return {std::nullopt, Reason::issuer_unknown};
  Choice choice{std::nullopt, Reason::tenant_not_allowed};
  for (const std::size_t i : same->second) {
    if (!allowed(clients[i].tenants, claims.tenant)) continue;
    if (allowed(clients[i].subjects, claims.subject)) return {i, Reason::none};
    choice.reason = Reason::subject_not_allowed;
  }
  return choice;
}

}  // namespace cofactor::service::security
