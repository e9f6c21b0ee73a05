// Promises: see writer.hpp. Numbers are written here, not by RapidJSON: std::to_chars gives the
// shortest text that reads back equal. Its SSE2 path stays off: in 1.1.0 that lets some control
// characters out unescaped.
#include "fhir/json/writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "fhir/json/utf8.hpp"

namespace cofactor::json {

namespace {

constexpr std::uint64_t every_byte = 0x0101010101010101u, every_top = 0x8080808080808080u;

std::uint64_t eight_bytes(const char* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}
/// Not zero when one of the eight is a control character, a quote or a backslash.
std::uint64_t must_be_escaped(std::uint64_t w) {
  const auto has_zero = [](std::uint64_t v) { return (v - every_byte) & ~v & every_top; };
  const std::uint64_t below_space = (w - every_byte * 0x20u) & ~w & every_top;
  return below_space | has_zero(w ^ (every_byte * '"')) | has_zero(w ^ (every_byte * '\\'));
}
bool must_be_escaped(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

/// Nothing in it needs an escape or a check: printable ASCII without quote and backslash. Most of what we write
/// is, and eight characters at a time tell so faster than RapidJSON escapes them one by one.
bool is_plain(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    const std::uint64_t w = eight_bytes(text.data() + i);
    if (((w & every_top) | must_be_escaped(w)) != 0) return false;
  }
  for (; i < text.size(); ++i)
    if (static_cast<unsigned char>(text[i]) >= 0x80 || must_be_escaped(text[i])) return false;
  return true;
}

/// The next character from `at` on that a JSON string must not hold as it is; npos when there is none.
std::size_t next_escaped(std::string_view text, std::size_t at) {
  while (at + 8 <= text.size() && must_be_escaped(eight_bytes(text.data() + at)) == 0) at += 8;
  for (; at < text.size(); ++at)
    if (must_be_escaped(text[at])) return at;
  return std::string_view::npos;
}

/// Names and codes are short: two overlapping stores spare the call of a copy.
void copy_characters(char* to, std::string_view text) {
  const char* from = text.data();
  const std::size_t size = text.size();
  if (size < 8 || size > 16) {
    if (size > 0) std::memcpy(to, from, size);  // an empty text may be nowhere
    return;
  }
  const std::uint64_t first = eight_bytes(from), last = eight_bytes(from + size - 8);
  std::memcpy(to, &first, 8);
  std::memcpy(to + size - 8, &last, 8);
}

/// RapidJSON writes to what its allocator gives without a look: its own gives nothing when memory is short.
struct ThrowingAllocator {
  static constexpr bool kNeedFree = true;
  static void* Malloc(std::size_t bytes) { return bytes > 0 ? given(std::malloc(bytes)) : nullptr; }
  static void* Realloc(void* old, std::size_t, std::size_t bytes) {
    if (bytes > 0) return given(std::realloc(old, bytes));
    Free(old);
    return nullptr;
  }
  static void Free(void* memory) { std::free(memory); }

 private:
  static void* given(void* memory) {
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
};

using Buffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, ThrowingAllocator>;
using BufferWriter = rapidjson::Writer<Buffer, rapidjson::UTF8<>, rapidjson::UTF8<>, ThrowingAllocator>;

/// RapidJSON's writer, with runs of characters copied at once.
struct RunWriter : BufferWriter {
  explicit RunWriter(Buffer& buffer) : BufferWriter(buffer) {}
  void plain_string(std::string_view text) {
    char* to = next_value(text.size() + 2);
    to[0] = '"';
    copy_characters(to + 1, text);
    to[text.size() + 1] = '"';
  }
  /// Valid UTF-8, escaped as RapidJSON does.
  void escaped_string(std::string_view text) {
    *next_value(1) = '"';
    std::size_t from = 0;
    for (std::size_t at; (at = next_escaped(text, from)) != std::string_view::npos; from = at + 1) {
      append(text.substr(from, at - from));
      append_escape(text[at]);
    }
    append(text.substr(from));
    os_->Put('"');
  }
  void run(std::string_view text) { copy_characters(next_value(text.size()), text); }

 private:
  /// Room for a value of that size behind the comma or colon that is due: what Prefix does, with one look at the room.
  char* next_value(std::size_t size) {
    char* to = os_->Push(size + 1);
    std::size_t before = 0;
    bool in_array = true;
    if (level_stack_.Empty()) {
      hasRoot_ = true;
    } else {
      Level& level = *level_stack_.template Top<Level>();
      before = level.valueCount++;
      in_array = level.inArray;
    }
    if (before == 0) {
      os_->Pop(1);
      return to;
    }
    *to = in_array || before % 2 == 0 ? ',' : ':';
    return to + 1;
  }
  void append(std::string_view text) { std::memcpy(os_->Push(text.size()), text.data(), text.size()); }
  void append_escape(char c) {
    constexpr std::string_view short_of = "\b\f\n\r\t\"\\", letters = "bfnrt\"\\", digits = "0123456789ABCDEF";
    if (const std::size_t known = short_of.find(c); known != std::string_view::npos) {
      const char escape[2] = {'\\', letters[known]};
      return append({escape, sizeof escape});
    }
    const auto code = static_cast<unsigned char>(c);
    const char escape[6] = {'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
    append({escape, sizeof escape});
  }
};

}  // namespace

struct Writer::State {
  Buffer buffer{nullptr, 4'096};  // most answers fit
  RunWriter out{buffer};
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
  if (is_plain(text)) {
    state_->out.plain_string(text);
  } else if (is_utf8(text)) {
    state_->out.escaped_string(text);
  } else {
    state_->out.escaped_string(repaired_utf8(text));
  }
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  state_->out.run(std::string_view(text, static_cast<std::size_t>(end - text)));
  return *this;
}
Writer& Writer::integer(std::int64_t value) {
  state_->out.Int64(value);
  return *this;
}
Writer& Writer::number_text(std::string_view text) {
  state_->out.run(text);
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
  state_->out.run(json);
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
