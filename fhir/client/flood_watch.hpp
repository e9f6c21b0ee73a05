// Promises: how many bytes a server has sent on the connections that one client uses, counted by the kernel. cpprestsdk
// reads headers and chunks whole before it asks anybody; this tells in time when there is too much of them. It only
// looks: it never closes or keeps a descriptor. Thread-safe.
#pragma once
#include <cstdint>
#include <mutex>
#include <vector>

namespace cofactor::fhir::client {

class FloodWatch {
 public:
  /// A request is about to use this socket; what it received before does not count.
  void begin(int descriptor);
  /// Has any of them received more than `bytes` since then? Sockets that are gone are forgotten.
  bool flooded(std::uint64_t bytes);

 private:
  struct Watched {
    int descriptor = -1;
    std::uint64_t cookie = 0;  ///< the kernel's name of the socket: a reused descriptor has another
    std::uint64_t before = 0;
  };
  std::mutex mutex_;
  std::vector<Watched> sockets_;
};

}  // namespace cofactor::fhir::client
