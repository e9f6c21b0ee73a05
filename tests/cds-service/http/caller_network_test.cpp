// Proves: whoever has a whole IPv6 network is one caller, and an IPv4 address is itself however it is written.
#include "cds-service/http/caller_network.hpp"

#include <gtest/gtest.h>

namespace cofactor::service::http {
namespace {

TEST(CallerNetwork, T_HTTP_2_AnIPv6NetworkIsOneCallerAndAnIPv4AddressIsItself) {
  for (const auto& [address, network] : {std::pair{"192.0.2.7", "192.0.2.7"},
                                         {"::ffff:192.0.2.7", "192.0.2.7"},
                                         {"::ffff:c000:208", "192.0.2.8"},
                                         {"2001:db8:0:1::7", "2001:db8:0:1::/64"},
                                         {"2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"},
                                         {"2001:db8:0:2::7", "2001:db8:0:2::/64"},
                                         {"::1", "::/64"},
                                         {"64:ff9b::192.0.2.9", "192.0.2.9"},
                                         {"64:ff9b:1::c000:209", "64:ff9b:1::/64"},
                                         {"fe80::1:2:3:4%eth0", "fe80::%eth0/64"},
                                         {"not an address", "not an address"},
                                         {"x:y", "x:y"},
                                         {"", ""}})
    EXPECT_EQ(caller_network(address), network) << address;
}

}  // namespace
}  // namespace cofactor::service::http
