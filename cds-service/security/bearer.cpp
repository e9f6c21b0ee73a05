// Promises: what bearer.hpp says.
#include "cds-service/security/bearer.hpp"

#include <cstddef>

namespace cofactor::service::security {
namespace {

constexpr std::string_view kScheme = "bearer";

bool is_bearer(std::string_view word) {
  if (word.size() != kScheme.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char lower = word[i] >= 'A' && word[i] <= 'Z' ? static_cast<char>(word[i] | 0x20) : word[i];
    if (lower != kScheme[i]) return false;
  }
  return true;
}

}  // namespace

tl::expected<std::string_view, Reason> bearer_token(std::span<const std::string_view> authorization) {
  if (authorization.empty()) return tl::unexpected(Reason::credentials_missing);
  if (authorization.size() > 1) return tl::unexpected(Reason::credentials_repeated);
  std::string_view value = authorization.front();
  const auto blank = [&](std::size_t at) { return value[at] == ' ' || value[at] == '\t'; };
  while (!value.empty() && blank(0)) value.remove_prefix(1);
  while (!value.empty() && blank(value.size() - 1)) value.remove_suffix(1);
  const auto space = value.find(' ');
  if (!is_bearer(value.substr(0, space)) || space == std::string_view::npos) {
    return tl::unexpected(Reason::scheme_not_bearer);
  }
  value.remove_prefix(value.find_first_not_of(' ', space));
  return value;
}

}  // namespace cofactor::service::security
