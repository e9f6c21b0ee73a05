// Promises: UUIDs as lower-case text: version 4 from the operating system's generator for what goes to
// clients, version 5 of a name for what has to be reproducible. Safe from any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace cofactor::service::hooks {

using UuidSource = std::function<std::string()>;

std::string random_uuid();

/// The first call gives the version 5 UUID of "0" in the name space of `hook_instance`, the next that of "1",
/// and so on. `hook_instance` is a UUID as read_uuid() returns it.
UuidSource reproducible_uuids(std::string_view hook_instance);

}  // namespace cofactor::service::hooks
