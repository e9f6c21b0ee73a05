// Promises: the one decision about which addresses a configured server may have, made on the numeric address that is going to
// be connected to, whatever its name was looked up to. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::fhir::client {

/// Which addresses a server may have.
struct AddressRule {
  /// CIDR blocks ("10.20.0.0/16", "fd00:20::/48"): only in one of them. A block that is wider than loopback, link-local
  /// (where clouds keep their metadata service) and the like does not mean these: they must be named by themselves.
  /// Empty: any unicast address but link-local; loopback only when the host is written as such. Private networks are where
  /// hospitals keep their FHIR servers, so they are allowed.
  std::vector<std::string> networks;
};

/// `address` is numeric ("10.1.2.3", "2001:db8::1"). `host_is_loopback`: the configured host is localhost or a loopback
/// address.
bool is_allowed(std::string_view address, const AddressRule& rule, bool host_is_loopback);
/// Is it "a.b.c.d/0..32" or an IPv6 block?
bool is_network(std::string_view cidr);
/// Is it an IPv4 or IPv6 address, without brackets?
bool is_address(std::string_view host);
bool is_loopback_host(std::string_view host);

}  // namespace cofactor::fhir::client
