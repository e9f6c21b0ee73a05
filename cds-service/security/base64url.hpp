// Promises: base64url as RFC 7515 has it, and nothing besides: no padding, no `+` or `/`, no white space, no set bits
// after the last byte. One text, one meaning.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cofactor::service::security {

std::optional<std::string> base64url_decoded(std::string_view text);
std::string base64url(std::string_view bytes);

}  // namespace cofactor::service::security
