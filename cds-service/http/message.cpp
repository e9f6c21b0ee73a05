// Promises: header look-up without regard to letter case.
#include "cds-service/http/message.hpp"

#include <algorithm>
#include <cctype>

namespace cofactor::service::http {

std::string_view Request::header(std::string_view name) const {
  const auto same = [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  };
  for (const Header& h : headers)
    if (std::ranges::equal(h.name, name, same)) return h.value;
  return {};
}

}  // namespace cofactor::service::http
