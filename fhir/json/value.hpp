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
struct MemberList;

/// Two bytes that tell most names apart, so that looking a member up reads no name that is not the one.
constexpr std::uint16_t name_tag(std::string_view name) {
  if (name.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(name[i])); };
  return static_cast<std::uint16_t>((byte(0) << 8) ^ (byte(name.size() / 2) << 5) ^ byte(name.size() - 1) ^
                                    (static_cast<unsigned>(name.size()) << 11));
}
/// The one of 64 bits that stands for names of this tag in MemberList::names.
constexpr std::uint64_t name_bit(std::uint16_t tag) { return std::uint64_t{1} << ((tag ^ (tag >> 6)) & 63u); }

class Value {
 public:
  Kind kind = Kind::null;
  bool flag = false;           ///< the value of a boolean
  std::uint16_t tag = 0;       ///< name_tag() of the member that this is the value of; 0 elsewhere
  std::uint32_t size = 0;      ///< characters, items or members
  union {
    const char* characters;  ///< decoded string, or the number's literal text
    const Value* first_item;
    const MemberList* object;
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

 private:
  const Value* find(std::string_view name, std::uint16_t tag) const;
};

struct Member {
  std::string_view name;
  Value value;
};

/// The members of an object, and which names are among them: a FHIR reader mostly asks for what is not there, and one
/// bit says so without a look at any name.
struct MemberList {
  std::uint64_t names;  ///< name_bit() of every name
  const Member* first;
};

inline std::span<const Member> Value::members() const {
  return is_object() ? std::span(object->first, size) : std::span<const Member>();
}

inline const Value* Value::find(std::string_view name) const {
  const std::uint16_t wanted = name_tag(name);
  return is_object() && (object->names & name_bit(wanted)) != 0 ? find(name, wanted) : nullptr;
}

/// The one null that stands for "absent" in operator[].
extern const Value absent;

inline const Value& Value::operator[](std::string_view name) const {
  const Value* found = find(name);
  return found != nullptr ? *found : absent;
}

}  // namespace cofactor::json
