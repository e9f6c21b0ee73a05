// Promises: a parsed JSON value that keeps number text exactly as it was written (FHIR decimals),
// with plain accessors that never throw. Values live inside a Document (reader.hpp) and are
// read-only; every string_view stays valid while that Document lives. Safe to read from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cofactor::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

struct Member;

class Value {
 public:
  Kind kind = Kind::null;
  bool flag = false;       ///< the value of a boolean
  std::uint32_t size = 0;  ///< characters, items or members
  union {
    const char* characters;  ///< decoded string, or the number's literal text
    const Value* first_item;
    const Member* first_member;
  };

  constexpr Value() : characters(nullptr) {}

  bool is_null() const { return kind == Kind::null; }
  bool is_object() const { return kind == Kind::object; }
  bool is_array() const { return kind == Kind::array; }
  bool is_string() const { return kind == Kind::string; }
  bool is_number() const { return kind == Kind::number; }
  bool is_boolean() const { return kind == Kind::boolean; }

  /// The characters of a string; empty for everything else.
  std::string_view string() const {
    return is_string() ? std::string_view(characters, size) : std::string_view();
  }
  /// The literal text of a number ("1.50"); empty for everything else.
  std::string_view number_text() const {
    return is_number() ? std::string_view(characters, size) : std::string_view();
  }
  /// The nearest double of a number; nullopt for everything else and for what overflows.
  std::optional<double> number() const;
  /// The items of an array; empty for everything else.
  std::span<const Value> items() const {
    return is_array() ? std::span(first_item, size) : std::span<const Value>();
  }
  /// The members of an object in their order; empty for everything else.
  std::span<const Member> members() const;
  /// The member of that name, or nullptr (also when this is no object).
  const Value* find(std::string_view name) const;
  /// The member of that name, or a null value: for chains like order["timing"]["repeat"].
  const Value& operator[](std::string_view name) const;
};

struct Member {
  std::string_view name;
  Value value;
};

inline std::span<const Member> Value::members() const {
  return is_object() ? std::span(first_member, size) : std::span<const Member>();
}

/// The one null that stands for "absent" in operator[].
extern const Value absent;

}  // namespace cofactor::json
