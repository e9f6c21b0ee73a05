// Promises: what audiences.hpp says.
#include "cds-service/security/audiences.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace cofactor::service::security {
namespace {

constexpr std::string_view kRoom = "/cds-services", kFeedback = "/feedback";

struct Named {
  std::string_view service_id;
  bool feedback = false;
};

/// The endpoint that a configured entry names, if it names a service.
std::optional<Named> endpoint_named(std::string_view entry) {
  if (entry.ends_with('/')) entry.remove_suffix(1);
  Named named;
  if (entry.ends_with(kFeedback)) {
    named.feedback = true;
    entry.remove_suffix(kFeedback.size());
  }
  const auto slash = entry.rfind('/');
  if (slash == std::string_view::npos || !entry.substr(0, slash).ends_with(kRoom)) return std::nullopt;
  named.service_id = entry.substr(slash + 1);
  if (named.service_id.empty()) return std::nullopt;
  return named;
}

}  // namespace

Audiences::Audiences(std::string public_base_url, std::vector<std::string> configured)
    : discovery_url_(std::move(public_base_url)), configured_(std::move(configured)) {
  discovery_url_ += kRoom;
}

bool Audiences::accept(std::span<const std::string> token, Purpose purpose, std::string_view service_id) const {
  return std::any_of(token.begin(), token.end(), [&](const std::string& audience) {
    return !audience.empty() && accept_one(audience, purpose, service_id);
  });
}

bool Audiences::accept_one(std::string_view audience, Purpose purpose, std::string_view service_id) const {
  if (purpose == Purpose::discovery) {
    if (audience == discovery_url_) return true;
  } else {
    const std::string service_url = discovery_url_ + "/" + std::string(service_id);
    if (audience == service_url) return true;
    if (purpose == Purpose::feedback && audience == service_url + std::string(kFeedback)) return true;
  }
  return std::any_of(configured_.begin(), configured_.end(), [&](const std::string& entry) {
    if (audience != entry) return false;
    const auto named = endpoint_named(entry);
    if (!named) return true;
    if (purpose == Purpose::discovery || named->service_id != service_id) return false;
    return !named->feedback || purpose == Purpose::feedback;
  });
}

}  // namespace cofactor::service::security
