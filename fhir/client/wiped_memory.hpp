// Promises: threads on which freed memory is overwritten first. A library that is given a token copies it into buffers of
// its own, which nobody outside can reach; on such threads those buffers are wiped when they are given back. The
// replacement of operator delete is linked into whatever uses the FHIR client.
#pragma once

namespace cofactor::fhir::client {

class WipeFreedMemory {
 public:
  enum Extent {
    this_scope,  ///< as long as this object lives
    for_good     ///< from now on, on this thread: it is a library's and does nothing else
  };
  explicit WipeFreedMemory(Extent extent);
  ~WipeFreedMemory();
  WipeFreedMemory(const WipeFreedMemory&) = delete;
  WipeFreedMemory& operator=(const WipeFreedMemory&) = delete;

 private:
  bool restore_;
};

}  // namespace cofactor::fhir::client
