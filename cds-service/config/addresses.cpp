// Promises: see addresses.hpp.
#include "cds-service/config/addresses.hpp"

#include <algorithm>
#include <charconv>

namespace cofactor::service {

Result<void> read_endpoint(const Setting& setting, Endpoint& target) {
  std::string text;
  if (auto done = read_into(setting, text); !done) return done;
  const auto colon = text.rfind(':');
  std::string address = colon == std::string::npos ? "" : text.substr(0, colon);
  const char* const begin = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const char* const end = text.data() + text.size();
  std::uint16_t port = 0;
  const auto read = std::from_chars(begin, end, port);
  const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address.empty() || read.ec != std::errc() || read.ptr != end ||
      (!bracketed && address.find(':') != std::string::npos))
    return refuse(setting, "must be ADDRESS:PORT, such as `127.0.0.1:8080` or `[::1]:8080`");
  target = {std::move(address), port};
  return {};
}

Result<void> read_url(const Setting& setting, std::string& target) {
  std::string url;
  if (auto done = read_into(setting, url); !done) return done;
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  const auto bad = [](char c) {
    return c <= 0x20 || c >= 0x7f ||
           std::string_view("?#@\\\"<>`").find(c) != std::string_view::npos;
  };
  while (url.size() > scheme && url.ends_with('/')) url.pop_back();
  if (scheme == 0 || url.size() == scheme || url[scheme] == '/' || std::ranges::any_of(url, bad))
    return refuse(setting, "must be an http or https URL without query, fragment and credentials");
  target = std::move(url);
  return {};
}

Result<void> read_origins(const Setting& setting, std::vector<std::string>& target) {
  return read_array(setting, [&](const Setting& item) -> Result<void> {
    std::string origin;
    if (auto done = read_url(item, origin); !done) return done;
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (origin.find('/', origin.find("//") + 2) != std::string::npos ||
        std::ranges::any_of(origin, upper) || origin != item.value.string())
      return refuse(item,
                    "must be an origin as a browser sends it, such as `https://app.example` (lower "
                    "case, no path, no slash at the end)");
    target.push_back(std::move(origin));
    return {};
  });
}

bool Endpoint::loopback() const {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

}  // namespace cofactor::service
