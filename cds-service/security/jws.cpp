// Promises: what jws.hpp says.
#include "cds-service/security/jws.hpp"

#include <array>

#include "cds-service/security/base64url.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::service::security {
namespace {

// Each of these would change what is signed, or let the token bring its own key. `crit` names extensions that must be
// understood; we understand none.
constexpr std::array<std::string_view, 7> kNotAllowed{"crit", "b64", "jwk", "x5c", "x5u", "zip", "enc"};

bool read_text(const json::Value& header, std::string_view name, std::optional<std::string>& into) {
  const auto* member = header.find(name);
  if (member == nullptr) return true;
  if (!member->is_string()) return false;
  into = std::string(member->string());
  return true;
}

bool is_jwt(std::string_view typ) {
  return typ.size() == 3 && (typ[0] | 0x20) == 'j' && (typ[1] | 0x20) == 'w' && (typ[2] | 0x20) == 't';
}

}  // namespace

tl::expected<TokenParts, Reason> split_token(std::string_view token) {
  if (token.size() > kMostTokenBytes) return tl::unexpected(Reason::token_too_long);
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return tl::unexpected(Reason::token_malformed);
  }
  TokenParts parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
                   token.substr(0, second)};
  if (parts.header.empty()) return tl::unexpected(Reason::token_malformed);
  return parts;
}

tl::expected<JwsHeader, Reason> read_header(std::string_view encoded) {
  auto text = base64url_decoded(encoded);
  if (!text) return tl::unexpected(Reason::token_malformed);
  const auto document = json::parse(std::move(*text), {.bytes = kMostTokenBytes, .depth = 8, .values = 200});
  if (!document || !document->root().is_object()) return tl::unexpected(Reason::header_malformed);
  const json::Value& header = document->root();
  for (const auto name : kNotAllowed) {
    if (header.find(name) != nullptr) return tl::unexpected(Reason::header_not_allowed);
  }
  JwsHeader read;
  if (!read_text(header, "kid", read.kid) || !read_text(header, "typ", read.typ) ||
      !read_text(header, "jku", read.jku) || !header["alg"].is_string()) {
    return tl::unexpected(Reason::header_malformed);
  }
  const auto algorithm = algorithm_named(header["alg"].string());
  if (!algorithm) return tl::unexpected(Reason::algorithm_not_allowed);
  read.algorithm = *algorithm;
  return read;
}

Reason fault_of_jwt_header(const JwsHeader& header) {
  if (!header.typ || !is_jwt(*header.typ)) return Reason::type_not_jwt;
  if (!header.kid || header.kid->empty()) return Reason::key_id_missing;
  return Reason::none;
}

}  // namespace cofactor::service::security
