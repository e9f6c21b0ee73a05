// Promises: see address_rule.hpp.
#include "fhir/client/address_rule.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <string>
#include <system_error>

namespace cofactor::fhir::client {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;  ///< 32 or 128
};

std::optional<Address> read_address(std::string_view text) {
  const std::string terminated(text);
  Address out;
  if (inet_pton(AF_INET, terminated.c_str(), out.bytes.data()) == 1) {
    out.bits = 32;
    return out;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) == 1) {
    out.bits = 128;
    return out;
  }
  return std::nullopt;
}

struct Network {
  Address address;
  int prefix = 0;
};

std::optional<Network> read_network(std::string_view cidr) {
  const auto slash = cidr.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = read_address(cidr.substr(0, slash));
  if (!address) return std::nullopt;
  Network out{*address, 0};
  const std::string_view digits = cidr.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.prefix);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (out.prefix < 0 || out.prefix > out.address.bits) return std::nullopt;
  return out;
}

bool contains(const Network& network, const Address& address) {
  if (network.address.bits != address.bits) return false;
  int left = network.prefix;
  for (std::size_t i = 0; left > 0; ++i, left -= 8) {
    const unsigned mask = left >= 8 ? 0xffu : (0xff00u >> left) & 0xffu;
    if (((network.address.bytes[i] ^ address.bytes[i]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> network_around(const Address& address, std::initializer_list<std::string_view> networks) {
  for (const std::string_view cidr : networks)
    if (const auto network = read_network(cidr); network && contains(*network, address)) return network;
  return std::nullopt;
}

std::optional<Network> loopback_around(const Address& address) { return network_around(address, {"127.0.0.0/8", "::1/128"}); }

/// Where no server of a hospital is: metadata services of clouds (AWS, Azure, Google, Oracle; Alibaba; AWS and Google by IPv6;
/// Azure's wire server; Oracle's older one), groups, nobody. What an IPv6 address only wraps is here
/// too: it would be judged by the lists of IPv6.
std::optional<Network> special_around(const Address& address) {
  return network_around(address, {"0.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128",
                                  "fd20:ce::254/128", "224.0.0.0/4", "240.0.0.0/4", "::/128", "fe80::/10", "ff00::/8",
                                  "::ffff:0:0/96", "64:ff9b::/96"});
}

}  // namespace

bool is_network(std::string_view cidr) { return read_network(cidr).has_value(); }

bool is_address(std::string_view host) { return read_address(host).has_value(); }

bool is_loopback_host(std::string_view host) {
  const auto address = read_address(host);
  return host == "localhost" || (address && loopback_around(*address));
}

bool is_allowed(std::string_view text, const AddressRule& rule, bool host_is_loopback) {
  const auto address = read_address(text);
  if (!address) return false;
  const auto loopback = loopback_around(*address), special = special_around(*address);
  if (rule.networks.empty()) return loopback ? host_is_loopback : !special;
  const int least = loopback ? loopback->prefix : special ? special->prefix : 0;
  return std::ranges::any_of(rule.networks, [&](const std::string& cidr) {
    const auto network = read_network(cidr);
    return network && network->prefix >= least && contains(*network, *address);
  });
}

}  // namespace cofactor::fhir::client
