// Promises: browser origins are matched whole and only against the configured list; credentials are
// never allowed, `*` never sent.
#include "cds-service/http/router.hpp"

#include <algorithm>

namespace cofactor::service::http {

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
  std::ranges::sort(origins_);
  origins_.erase(std::unique(origins_.begin(), origins_.end()), origins_.end());
}

bool Cors::allows(std::string_view origin) const {
  return !origin.empty() && std::ranges::find(origins_, origin) != origins_.end();
}

void Cors::decorate(std::string_view origin, Response& response) const {
  if (!on()) return;
  // Also without an origin: a cache must not give a page the answer that another page was refused.
  response.headers.push_back({"Vary", "Origin"});
  if (!allows(origin)) return;
  response.headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
  response.headers.push_back(
      {"Access-Control-Expose-Headers", "X-Request-Id, X-Cofactor-Decision, Retry-After"});
}

}  // namespace cofactor::service::http
