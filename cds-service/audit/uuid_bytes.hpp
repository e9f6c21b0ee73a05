// Promises: uuids as 16 bytes in the store and as lower-case text outside, and fresh ones that carry their time
// (version 7), so that a decision is found through the time index without an index of its own.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cofactor::service::audit {

/// The 16 bytes of a uuid in its 36-character form, letter case ignored; nullopt for anything else.
std::optional<std::string> uuid_bytes(std::string_view text);
/// 16 bytes as lower-case text; empty for another size.
std::string uuid_text(std::string_view bytes);
/// The milliseconds in a version 7 uuid; nullopt for other versions.
std::optional<std::int64_t> time_of_uuid(std::string_view bytes);
/// A fresh version 7 uuid (RFC 9562): 48 bits of UTC milliseconds and 74 random bits of OpenSSL's generator, which the
/// operating system seeds; no counter. A card's id is also what feedback is accepted for: whoever has seen any number of ids
/// and knows the millisecond guesses one with a chance of 2^-74, and it counts only for the client that was given it.
/// Throws std::runtime_error when there are no random bytes.
std::string time_ordered_uuid(std::int64_t now_ms);

/// Any bytes as lower-case hex digits and back; what is no pair of such digits ends the bytes.
std::string hex_of_bytes(std::string_view bytes);
std::string bytes_of_hex(std::string_view hex);

}  // namespace cofactor::service::audit
