// Promises: the one decision about where a FHIR call may go, made on text alone, with no look-up: a URL is either under
// a configured base, byte for byte after a narrow normalisation, or it is refused. What parsers disagree about (userinfo,
// fragments, backslashes, encoded dots, odd IPv4 spellings, empty segments) is refused, never mended. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fhir/result.hpp"

namespace cofactor::fhir::client {

class BaseUrl {
 public:
  /// Only http and https, a host, an optional port from 1 to 65535 and a plain path; one slash at the end is
  /// allowed. An IPv6 address in the one form of RFC 5952 (`[2001:db8::1]`). Failure code: base-url-refused. The text never repeats the URL.
  static Result<BaseUrl> read(std::string_view url);

  bool secure() const { return secure_; }
  const std::string& host() const { return host_; }  ///< lower case; an IPv6 address in brackets
  std::string bare_host() const;                     ///< without the brackets
  std::uint16_t port() const { return port_; }
  const std::string& path() const { return path_; }  ///< "" or "/fhir/r4", no slash at its end
  /// Scheme, host, port where it is not the usual one, path: what two spellings of one base have in common.
  const std::string& text() const { return text_; }
  /// Host and, where it is not the usual one, port.
  std::string authority() const;

  /// Is this the base itself? Case of scheme and host, the usual port and one slash at the end do not matter.
  bool same(std::string_view url) const;

  /// The part of a URL below this base ("Observation?patient=1", "?page=2"), or nullopt when it lies elsewhere. A
  /// relative reference is below the base when it could not lead out of it.
  std::optional<std::string> below(std::string_view url) const;

 private:
  bool secure_ = true;
  std::string host_, path_, text_;
  std::uint16_t port_ = 0;
};

/// "Type/id", "Type?query" or "?query" in the characters that need no second thought: no dot segments, no empty
/// segments, no encoded characters in the path, no control characters anywhere. The longest is 8 KiB.
bool is_plain_relative(std::string_view relative);

/// Is it the address of a key set that key_set_fetch() asks for: https, a host that is no IPv6 address, a plain path and
/// perhaps a plain query?
bool is_key_set_url(std::string_view url);

/// A FHIR id: 1 to 64 of [A-Za-z0-9.-], and not a dot segment.
bool is_fhir_id(std::string_view id);

/// A query value with everything but unreserved characters percent-encoded; commas, colons and slashes stay.
std::string query_escaped(std::string_view value);

}  // namespace cofactor::fhir::client
