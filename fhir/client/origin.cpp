// Promises: see origin.hpp.
#include "fhir/client/origin.hpp"

#include <tuple>

namespace cofactor::fhir::client {

std::string Origin::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (secure ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

bool Origin::operator<(const Origin& other) const {
  return std::tie(secure, host, port, ca_file, ca_version, addresses.networks) <
         std::tie(other.secure, other.host, other.port, other.ca_file, other.ca_version, other.addresses.networks);
}

}  // namespace cofactor::fhir::client
