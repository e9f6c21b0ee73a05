// Promises: this process may have as many files and sockets open as its surroundings allow.
#pragma once

namespace cofactor::service::ops {

/// Raises the soft limit of open descriptors to the hard one (getrlimit(2)): shells and containers usually start a process with
/// 1,024, which is less than `limits.connections`; idle connections would keep call-backs and the store from opening theirs.
/// Where that is not allowed nothing changes.
void use_all_descriptors();

}  // namespace cofactor::service::ops
