// Promises: see chunk_decoder.hpp.
#include "cds-service/http/chunk_decoder.hpp"

#include <string.h>

#include <algorithm>
#include <utility>

namespace cofactor::service::http {
namespace {

// Nobody we know sends extensions or trailers; a few are allowed, a flood is not.
constexpr std::size_t kMostOverhead = 4096;

bool token(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
/// A body holds a token: where it grows out of its memory, that is wiped.
void append(std::string& body, std::string_view bytes) {
  if (body.capacity() - body.size() < bytes.size()) {
    std::string grown;
    grown.reserve(2 * (body.size() + bytes.size()) + 64);
    grown = body;
    std::swap(grown, body);
    explicit_bzero(grown.data(), grown.size());
  }
  body.append(bytes);
}
bool control(char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; }

}  // namespace

ChunkDecoder::State ChunkDecoder::go(std::string_view bytes, std::size_t& used, std::string& body,
                                     std::size_t most) {
  used = 0;
  while (used < bytes.size()) {
    if (at_ == At::data) {
      if (left_ > most - std::min(most, body.size())) return State::too_long;
      const auto take =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
      append(body, bytes.substr(used, take));
      used += take;
      left_ -= take;
      if (left_ == 0) at_ = At::data_cr;
      continue;
    }
    const State state = step(bytes[used++]);
    if (state != State::more) return state;
  }
  // A chunk whose announced size is over the limit is refused before its first byte.
  if (at_ == At::data && left_ > most - std::min(most, body.size())) return State::too_long;
  return State::more;
}

ChunkDecoder::State ChunkDecoder::step(char c) {
  const auto expect = [&](char wanted, At next) {
    at_ = next;
    return c == wanted ? State::more : State::malformed;
  };
  const auto overhead = [&] {
    return ++overhead_ > kMostOverhead ? State::malformed : State::more;
  };
  switch (at_) {
    case At::size: {
      const int digit = hex(c);
      if (digit >= 0) {
        // Eight digits are 4 GiB: more is no honest size and could overflow.
        if (++digits_ > 8) return State::malformed;
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return State::more;
      }
      if (digits_ == 0) return State::malformed;
      last_ = left_ == 0;
      name_ = 0;
      at_ = c == ';' ? At::extension : At::size_lf;
      return c == ';' || c == '\r' ? State::more : State::malformed;
    }
    case At::extension:
    case At::extension_value:
      if (token(c)) {
        ++name_;
        return overhead();
      }
      if (c == '"' && at_ == At::extension_value && name_ == 0) {
        at_ = At::quoted;
        return overhead();
      }
      if (name_ == 0) return State::malformed;
      if (c == '=' && at_ == At::extension) {
        at_ = At::extension_value;
        name_ = 0;
        return overhead();
      }
      [[fallthrough]];
    case At::after_quoted:
      name_ = 0;
      at_ = c == ';' ? At::extension : At::size_lf;
      return c == ';' ? overhead() : c == '\r' ? State::more : State::malformed;
    case At::quoted:
      if (control(c)) return State::malformed;
      if (c == '"') at_ = At::after_quoted;
      if (c == '\\') at_ = At::quoted_pair;
      return overhead();
    case At::quoted_pair:
      at_ = At::quoted;
      return control(c) ? State::malformed : overhead();
    case At::size_lf:
      digits_ = 0;
      return expect('\n', last_ ? At::trailer_start : At::data);
    case At::data_cr:
      return expect('\r', At::data_lf);
    case At::data_lf:
      return expect('\n', At::size);
    case At::trailer_start:
      if (c == '\r') {
        at_ = At::end_lf;
        return State::more;
      }
      if (!token(c)) return State::malformed;
      at_ = At::trailer;
      return overhead();
    case At::trailer:  // read over: a trailer may not contradict the header
      if (c == '\r') {
        at_ = At::trailer_lf;
        return State::more;
      }
      return control(c) ? State::malformed : overhead();
    case At::trailer_lf:
      return expect('\n', At::trailer_start);
    case At::end_lf:
      return c == '\n' ? State::done : State::malformed;
    case At::data:
      break;  // go() reads data
  }
  return State::malformed;
}

}  // namespace cofactor::service::http
