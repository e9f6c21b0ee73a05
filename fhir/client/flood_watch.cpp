// Promises: see flood_watch.hpp.
#include "fhir/client/flood_watch.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

namespace cofactor::fhir::client {
namespace {

std::optional<std::uint64_t> cookie_of(int descriptor) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return std::nullopt;
  return cookie;
}

std::uint64_t received(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

}  // namespace

void FloodWatch::begin(int descriptor) {
  const auto cookie = cookie_of(descriptor);
  if (!cookie) return;
  const std::lock_guard lock(mutex_);
  std::erase_if(sockets_, [&](const Watched& each) { return each.descriptor == descriptor; });
  sockets_.push_back({descriptor, *cookie, received(descriptor)});
}

bool FloodWatch::flooded(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sockets_, [](const Watched& each) { return cookie_of(each.descriptor) != each.cookie; });
  return std::any_of(sockets_.begin(), sockets_.end(), [&](const Watched& each) {
    const std::uint64_t now = received(each.descriptor);
    return now > each.before && now - each.before > bytes;
  });
}

}  // namespace cofactor::fhir::client
