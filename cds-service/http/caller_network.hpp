// Promises: who counts as one caller by its address, wherever connections, turns or signatures are shared out. Not for records
// and logs: those name the address itself.
#pragma once
#include <string>
#include <string_view>

namespace cofactor::service::http {

/// IPv4: the address, also where it is mapped into IPv6 or translated to it (64:ff9b::/96, RFC 6052). IPv6: the /64 that it is
/// in, as "2001:db8:0:1::/64" (a link-local one with its interface), for whoever has one address there has all 2^64 of them
/// (RFC 7421). What is no address stays as it is.
std::string caller_network(std::string_view address);

}  // namespace cofactor::service::http
