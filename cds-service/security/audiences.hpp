// Promises: which `aud` a call may carry: the URL of the endpoint that was called, under the configured public base
// URL, byte for byte, and what the site lists besides. Host and forwarding headers play no part.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::service::security {

/// What was called.
enum class Purpose { discovery, service, feedback };

class Audiences {
 public:
  /// `public_base_url` without a slash at its end. A configured entry that names a service (its path ends in
  /// `/cds-services/ID` or `/cds-services/ID/feedback`, with or without a slash after it) counts for that endpoint
  /// alone, as a derived one would; any other entry (a client id, a base URL, a discovery URL typed in for everything)
  /// counts for every endpoint. A slash at the end, `:443` or another spelling of the host is another audience.
  Audiences(std::string public_base_url, std::vector<std::string> configured);

  /// One of the token's audiences is enough. For feedback the service's own URL is good as well.
  bool accept(std::span<const std::string> token, Purpose purpose, std::string_view service_id) const;

 private:
  bool accept_one(std::string_view audience, Purpose purpose, std::string_view service_id) const;
  std::string discovery_url_;
  std::vector<std::string> configured_;
};

}  // namespace cofactor::service::security
