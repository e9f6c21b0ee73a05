// Promises: see base_url.hpp.
#include "fhir/client/base_url.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>

namespace cofactor::fhir::client {
namespace {

constexpr std::size_t longest_url = 8u << 10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// "0" to "255" as everybody writes it: no leading zero, no octal, no hexadecimal.
bool is_octet(std::string_view text) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return false;
  int value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  return value <= 255;
}

/// A name, or an IPv4 address as four decimal octets. A last label that some parser takes for a number ("0x7f.1",
/// "2130706433", "127.1") is no name.
bool is_name_or_ipv4(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  std::size_t labels = 0, octets = 0;
  std::string_view rest = host, last;
  for (;;) {
    const auto dot = rest.find('.');
    last = rest.substr(0, dot);
    if (last.empty() || last.size() > 63 || last.front() == '-' || last.back() == '-') return false;
    if (!std::all_of(last.begin(), last.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_'; })) return false;
    ++labels;
    if (is_octet(last)) ++octets;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (is_digit(last.front())) return labels == 4 && octets == 4;
  return true;
}

/// In the one form of RFC 5952, so that one address is one text; letter case is the only freedom. Those that wrap an IPv4
/// address are written in several ways, and refused.
bool is_ipv6(std::string_view host) {
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  host = host.substr(1, host.size() - 2);
  const std::string address = lowered(host);
  unsigned char bytes[16];
  char canonical[INET6_ADDRSTRLEN];
  return inet_pton(AF_INET6, address.c_str(), bytes) == 1 && inet_ntop(AF_INET6, bytes, canonical, sizeof canonical) != nullptr &&
         address == canonical && address.find('.') == std::string::npos;
}

bool is_path_character(char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '$'; }

/// Segments between slashes: none empty, no dot segments, nothing encoded. `path` has no slash at either end.
bool is_plain_path(std::string_view path) {
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (!std::all_of(segment.begin(), segment.end(), is_path_character)) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
    if (path.empty()) return false;  // a slash at the end
  }
  return true;
}

/// Printable ASCII without what URLs may not hold; every % begins an encoded character that is no control.
bool is_plain_query(std::string_view query) {
  for (std::size_t i = 0; i < query.size(); ++i) {
    const char c = query[i];
    if (c <= 0x20 || c >= 0x7f) return false;
    if (std::string_view("\"#<>[\\]^`{|}").find(c) != std::string_view::npos) return false;
    if (c != '%') continue;
    if (i + 2 >= query.size() || !is_hex(query[i + 1]) || !is_hex(query[i + 2])) return false;
    if (query[i + 1] == '0' || query[i + 1] == '1') return false;
  }
  return true;
}

struct Parts {
  bool secure = true;
  std::string host;
  std::uint16_t port = 0;
  std::string_view tail;  ///< from the slash after the authority, or empty
};

std::optional<std::uint16_t> read_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(value);
}

bool starts_with_scheme(std::string_view url, std::string_view scheme) {
  return url.size() > scheme.size() && lowered(url.substr(0, scheme.size())) == scheme;
}

std::optional<Parts> split(std::string_view url) {
  if (url.size() > longest_url) return std::nullopt;
  Parts parts;
  if (starts_with_scheme(url, "https://")) {
    url.remove_prefix(8);
  } else if (starts_with_scheme(url, "http://")) {
    parts.secure = false;
    url.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const auto end = url.find_first_of("/?");
  std::string_view authority = url.substr(0, end);
  if (end != std::string_view::npos) parts.tail = url.substr(end);
  parts.port = parts.secure ? 443 : 80;
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    const auto port = read_port(authority.substr(colon + 1));
    if (!port) return std::nullopt;
    parts.port = *port;
    authority = authority.substr(0, colon);
  }
  if (!is_name_or_ipv4(authority) && !is_ipv6(authority)) return std::nullopt;
  parts.host = lowered(authority);
  return parts;
}

tl::unexpected<Failure> refused(std::string_view what) {
  return fail("base-url-refused", "the FHIR base URL " + std::string(what) +
                                      ": write it as https://host[:port]/path, without user, query or fragment");
}

}  // namespace

Result<BaseUrl> BaseUrl::read(std::string_view url) {
  const auto parts = split(url);
  if (!parts) return refused("is not a plain http or https URL");
  std::string_view path = parts->tail;
  if (path.find('?') != std::string_view::npos) return refused("has a query");
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!path.empty() && (path.front() != '/' || path.size() == 1 || !is_plain_path(path.substr(1))))
    return refused("has a path with empty, encoded or dot segments");
  BaseUrl base;
  base.secure_ = parts->secure;
  base.host_ = parts->host;
  base.port_ = parts->port;
  base.path_ = path;
  base.text_ = (base.secure_ ? "https://" : "http://") + base.authority() + base.path_;
  return base;
}

std::string BaseUrl::bare_host() const { return host_.starts_with('[') ? host_.substr(1, host_.size() - 2) : host_; }

std::string BaseUrl::authority() const {
  return port_ == (secure_ ? 443 : 80) ? host_ : host_ + ":" + std::to_string(port_);
}

bool BaseUrl::same(std::string_view url) const {
  const auto other = read(url);
  return other && other->text_ == text_;
}

std::optional<std::string> BaseUrl::below(std::string_view url) const {
  if (url.find(':') == std::string_view::npos || is_plain_relative(url))
    return is_plain_relative(url) ? std::optional(std::string(url)) : std::nullopt;
  const auto parts = split(url);
  if (!parts || parts->secure != secure_ || parts->host != host_ || parts->port != port_) return std::nullopt;
  std::string_view tail = parts->tail;
  if (!tail.starts_with(path_)) return std::nullopt;
  tail.remove_prefix(path_.size());
  if (tail.starts_with('/')) {
    tail.remove_prefix(1);
  } else if (!tail.starts_with('?')) {
    return std::nullopt;
  }
  if (!is_plain_relative(tail)) return std::nullopt;
  return std::string(tail);
}

bool is_plain_relative(std::string_view relative) {
  if (relative.empty() || relative.size() > longest_url) return false;
  const auto question = relative.find('?');
  const std::string_view path = relative.substr(0, question);
  if (question == std::string_view::npos && path.empty()) return false;
  if (!path.empty() && (path.front() == '/' || !is_plain_path(path))) return false;
  return question == std::string_view::npos || is_plain_query(relative.substr(question + 1));
}

bool is_key_set_url(std::string_view url) {
  const auto question = url.find('?');
  const auto base = BaseUrl::read(url.substr(0, question));
  if (!base || !base->secure() || base->host().starts_with('[')) return false;
  return question == std::string_view::npos || is_plain_relative(url.substr(question));
}

bool is_fhir_id(std::string_view id) {
  if (id.empty() || id.size() > 64 || id == "." || id == "..") return false;
  return std::all_of(id.begin(), id.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

std::string query_escaped(std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    if (is_alnum(c) || std::string_view("-._~,:/").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

}  // namespace cofactor::fhir::client
