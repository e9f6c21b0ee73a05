// Promises: header look-up without regard to letter case.
#include "cds-service/http/message.hpp"

#include <algorithm>
#include <cctype>

namespace cofactor::service::http {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  for (const Header& h : headers)
    if (same_name(h.name, name)) return h.value;
  return {};
}

std::vector<std::string> Request::header_values(std::string_view name) const {
  std::vector<std::string> values;
  for (const Header& h : headers)
    if (same_name(h.name, name)) values.push_back(h.value);
  return values;
}

}  // namespace cofactor::service::http
