// Promises: one configured server as the transport tells them apart: what of it decides whether a connection may be shared. Pure.
#pragma once
#include <cstdint>
#include <string>

#include "fhir/client/address_rule.hpp"

namespace cofactor::fhir::client {

struct Origin {
  bool secure = true;
  std::string host;          ///< lower case name, or an address; IPv6 without brackets
  std::uint16_t port = 443;
  std::string ca_file;       ///< PEM; empty: the certificates of the system
  AddressRule addresses;
  std::string ca_version;    ///< another one: the file is read again

  /// Host and, where it is not the usual one, port: the value of Host.
  std::string authority() const;
  bool operator<(const Origin& other) const;
};

}  // namespace cofactor::fhir::client
