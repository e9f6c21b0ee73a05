// Promises: header look-up without regard to letter case.
#include "cds-service/http/message.hpp"

#include <string.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace cofactor::service::http {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

Request::~Request() {
  ::explicit_bzero(body.data(), body.size());
  for (Header& h : headers)
    if (same_name(h.name, "Authorization")) ::explicit_bzero(h.value.data(), h.value.size());
}

// By way of a third: what stood here goes as every request does.
Request& Request::operator=(Request&& other) noexcept {
  Request taken(std::move(other));
  std::swap(method, taken.method);
  std::swap(path, taken.path);
  std::swap(query, taken.query);
  std::swap(headers, taken.headers);
  std::swap(body, taken.body);
  std::swap(remote_address, taken.remote_address);
  std::swap(tls_client, taken.tls_client);
  std::swap(request_id, taken.request_id);
  std::swap(thread, taken.thread);
  std::swap(arrived, taken.arrived);
  std::swap(deadline, taken.deadline);
  return *this;
}

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
