// Promises: see writer.hpp. Numbers are written here, not by RapidJSON: std::to_chars gives the
// shortest text that reads back equal. Its SSE2 path stays off: in 1.1.0 that lets some control
// characters out unescaped.
#include "fhir/json/writer.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "fhir/json/utf8.hpp"

namespace cofactor::json {

namespace {

/// Nothing in it needs an escape or a check: printable ASCII without quote and backslash. Most of what we write
/// is, and eight characters at a time tell so faster than RapidJSON escapes them one by one.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
  const auto has_zero = [](std::uint64_t w) { return (w - ones) & ~w & tops; };
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t w;
    std::memcpy(&w, text.data() + i, 8);
    const std::uint64_t below_space = (w - ones * 0x20u) & ~w & tops;
    if (((w & tops) | below_space | has_zero(w ^ (ones * '"')) | has_zero(w ^ (ones * '\\'))) != 0)
      return false;
  }
  for (; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') return false;
  }
  return true;
}

/// RapidJSON's writer, with runs of characters copied at once.
struct RunWriter : rapidjson::Writer<rapidjson::StringBuffer> {
  explicit RunWriter(rapidjson::StringBuffer& buffer) : rapidjson::Writer<rapidjson::StringBuffer>(buffer) {}
  void plain_string(std::string_view text) {
    Prefix(rapidjson::kStringType);
    char* to = os_->Push(text.size() + 2);
    to[0] = '"';
    std::memcpy(to + 1, text.data(), text.size());
    to[text.size() + 1] = '"';
  }
  void run(std::string_view text, rapidjson::Type type) {
    Prefix(type);
    std::memcpy(os_->Push(text.size()), text.data(), text.size());
  }
};

}  // namespace

struct Writer::State {
  rapidjson::StringBuffer buffer;
  RunWriter out{buffer};

  static rapidjson::SizeType size_of(std::string_view text) {
    return static_cast<rapidjson::SizeType>(text.size());
  }
  void raw(std::string_view text, rapidjson::Type type) {
    out.run(text, type);
  }
};

Writer::Writer() : state_(std::make_unique<State>()) {}
Writer::~Writer() = default;

Writer& Writer::begin_object() {
  state_->out.StartObject();
  return *this;
}
Writer& Writer::end_object() {
  state_->out.EndObject();
  return *this;
}
Writer& Writer::begin_array() {
  state_->out.StartArray();
  return *this;
}
Writer& Writer::end_array() {
  state_->out.EndArray();
  return *this;
}
Writer& Writer::key(std::string_view name) { return string(name); }

Writer& Writer::string(std::string_view text) {
  if (text.empty()) {
    state_->out.String("", 0);
  } else if (is_plain(text)) {
    state_->out.plain_string(text);
  } else if (is_utf8(text)) {
    state_->out.String(text.data(), State::size_of(text));
  } else {
    const std::string repaired = repaired_utf8(text);
    state_->out.String(repaired.data(), State::size_of(repaired));
  }
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  state_->raw(std::string_view(text, static_cast<std::size_t>(end - text)), rapidjson::kNumberType);
  return *this;
}
Writer& Writer::integer(std::int64_t value) {
  state_->out.Int64(value);
  return *this;
}
Writer& Writer::number_text(std::string_view text) {
  state_->raw(text, rapidjson::kNumberType);
  return *this;
}
Writer& Writer::boolean(bool value) {
  state_->out.Bool(value);
  return *this;
}
Writer& Writer::null() {
  state_->out.Null();
  return *this;
}

Writer& Writer::value(const Value& tree) {
  switch (tree.kind) {
    case Kind::null:
      return null();
    case Kind::boolean:
      return boolean(tree.flag);
    case Kind::number:
      return number_text(tree.number_text());
    case Kind::string:
      return string(tree.string());
    case Kind::array:
      begin_array();
      for (const Value& item : tree.items()) value(item);
      return end_array();
    case Kind::object:
      begin_object();
      for (const Member& member : tree.members()) key(member.name).value(member.value);
      return end_object();
  }
  return *this;
}

Writer& Writer::raw(std::string_view json) {
  state_->raw(json, rapidjson::kObjectType);
  return *this;
}

std::string Writer::take() {
  std::string out(state_->buffer.GetString(), state_->buffer.GetSize());
  state_->buffer.Clear();
  state_->out.Reset(state_->buffer);
  return out;
}
std::size_t Writer::size() const { return state_->buffer.GetSize(); }

}  // namespace cofactor::json
