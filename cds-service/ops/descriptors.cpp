// Promises: see descriptors.hpp.
#include "cds-service/ops/descriptors.hpp"

#include <sys/resource.h>

namespace cofactor::service::ops {

void use_all_descriptors() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace cofactor::service::ops
