// Promises: UUIDs as lower-case text: version 7 for what goes to clients, so that the store's index of cards grows at
// its end instead of everywhere, version 5 of a name for what has to be reproducible. Safe from any thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace cofactor::service::hooks {

using UuidSource = std::function<std::string()>;

/// Of now; how hard it is to guess is said at audit::time_ordered_uuid.
std::string fresh_uuid();

/// The first call gives the version 5 UUID of "0" in the name space of `hook_instance`, the next that of "1",
/// and so on. `hook_instance` is a UUID as read_uuid() returns it.
UuidSource reproducible_uuids(std::string_view hook_instance);

}  // namespace cofactor::service::hooks
