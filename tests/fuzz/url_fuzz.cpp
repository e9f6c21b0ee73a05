// Promises: any text through the decision about where a FHIR call may go: what passes is the base or lies below it, spelled in
// plain characters, and passes again when it is put back together.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fhir/client/base_url.hpp"

namespace {
void demand(bool held) {
  if (!held) std::abort();
}
bool printable(std::string_view text) {
  for (const char c : text)
    if (c <= 0x20 || c >= 0x7f || c == '\\') return false;
  return true;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cofactor::fhir::client::BaseUrl;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const BaseUrl bases[] = {*BaseUrl::read("https://ehr.example/fhir/r4"), *BaseUrl::read("http://127.0.0.1:8080"), *BaseUrl::read("https://[2001:db8::a]/fhir")};
  for (const BaseUrl& base : bases) {
    if (base.same(text)) {
      demand(printable(text) && text.size() >= base.text().size() && text.size() <= base.text().size() + 5);
    }
    if (const auto below = base.below(text)) {
      demand(printable(*below) && below->find("//") != 0 && !below->empty());
      const std::string path = below->substr(0, below->find('?'));
      demand(path.find("..") == std::string::npos || path.find("/../") == std::string::npos);
      demand(path.find('%') == std::string::npos && path.find("//") == std::string::npos && !path.starts_with('/'));
      const std::string whole = base.text() + (below->starts_with('?') ? "" : "/") + *below;
      demand(base.below(whole) == below);
    }
  }
  // A base that is read is its own base, and only in plain characters.
  if (const auto read = BaseUrl::read(text)) {
    demand(printable(text) && read->same(text) && read->same(read->text()) && !read->host().empty() && read->port() != 0);
    const auto again = BaseUrl::read(read->text());
    demand(again && again->text() == read->text() && again->path() == read->path());
  }
  const auto escaped = cofactor::fhir::client::query_escaped(text);
  if (escaped.size() < 4000) demand(cofactor::fhir::client::is_plain_relative("X?a=" + escaped) || size == 0 || escaped.find("%0") != std::string::npos || escaped.find("%1") != std::string::npos);
  return 0;
}
