// Promises: what candidates.hpp says.
#include "cds-service/security/candidates.hpp"

#include <algorithm>

namespace cofactor::service::security {
namespace {

bool allowed(const std::vector<std::string>& list, const std::optional<std::string>& claim) {
  return list.empty() || (claim && std::find(list.begin(), list.end(), *claim) != list.end());
}

int particulars(const TrustedClient& client) { return int{!client.tenants.empty()} + int{!client.subjects.empty()}; }

bool overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return true;
  return std::any_of(a.begin(), a.end(),
                     [&](const auto& item) { return std::find(b.begin(), b.end(), item) != b.end(); });
}

}  // namespace

Result<Candidates> Candidates::of(const std::vector<TrustedClient>& clients) {
  Candidates made;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (clients[i].authentication != Authentication::jwt) continue;
    auto& same = made.by_issuer_[clients[i].issuer];
    for (const std::size_t other : same) {
      if (particulars(clients[other]) == particulars(clients[i]) &&
          overlap(clients[other].tenants, clients[i].tenants) &&
          overlap(clients[other].subjects, clients[i].subjects)) {
        return fail("client-settings-wrong", "the clients `" + clients[other].name + "` and `" + clients[i].name +
                                                 "` have one issuer and nothing that tells their tokens apart; give "
                                                 "each its own `tenants` or `subjects`");
      }
    }
    same.push_back(i);
  }
  for (auto& [issuer, same] : made.by_issuer_) {
    std::stable_sort(same.begin(), same.end(),
                     [&](std::size_t a, std::size_t b) { return particulars(clients[a]) > particulars(clients[b]); });
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
