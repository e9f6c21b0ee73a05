// Promises: small pieces to write facts without default values and to read them back with every member
// accounted for: an unknown member, or one of the wrong kind, is a problem that names its place.
#pragma once
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/dates/partial_date.hpp"
#include "fhir/json/value.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::cards {

inline void text_field(json::Writer& out, std::string_view name, std::string_view text) {
  if (!text.empty()) out.field(name, text);
}
inline void texts_field(json::Writer& out, std::string_view name,
                        const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out.key(name).begin_array();
  for (const std::string& text : texts) out.string(text);
  out.end_array();
}
inline void number_field(json::Writer& out, std::string_view name, std::optional<double> value) {
  if (value) out.field(name, *value);
}
inline void integer_field(json::Writer& out, std::string_view name, std::optional<int> value) {
  if (value) out.key(name).integer(*value);
}
inline void day_field(json::Writer& out, std::string_view name, std::optional<fhir::Day> day) {
  if (day) out.field(name, day->text());
}

/// Reads one object member by member; the first problem is kept in `problem`.
class FieldReader {
 public:
  FieldReader(const json::Value& object, std::string at, std::string& problem)
      : object_(object), at_(std::move(at)), problem_(problem) {
    if (!object.is_object()) refuse("", "must be an object");
  }

  std::string text(std::string_view name) {
    const json::Value* value = take(name);
    if (value == nullptr) return {};
    if (!value->is_string()) refuse(name, "must be a string");
    return std::string(value->string());
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> out;
    const json::Value* value = take(name);
    if (value == nullptr) return out;
    if (!value->is_array()) refuse(name, "must be an array of strings");
    for (const json::Value& item : value->items()) {
      if (!item.is_string()) refuse(name, "must be an array of strings");
      out.emplace_back(item.string());
    }
    return out;
  }
  bool flag(std::string_view name, bool otherwise) {
    const json::Value* value = take(name);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) refuse(name, "must be true or false");
    return value->flag;
  }
  std::optional<double> number(std::string_view name) {
    const json::Value* value = take(name);
    if (value == nullptr) return std::nullopt;
    const auto number = value->number();
    if (!number) refuse(name, "must be a number");
    return number;
  }
  std::optional<int> integer(std::string_view name) {
    const json::Value* value = take(name);
    if (value == nullptr) return std::nullopt;
    return whole<int>(name, *value);
  }
  std::int64_t integer64(std::string_view name) {
    const json::Value* value = take(name);
    return value == nullptr ? 0 : whole<std::int64_t>(name, *value).value_or(0);
  }
  std::optional<fhir::Day> day(std::string_view name) {
    const json::Value* value = take(name);
    if (value == nullptr) return std::nullopt;
    const auto day = fhir::Day::read(value->string());
    if (!day) refuse(name, "must be a date YYYY-MM-DD");
    return day;
  }
  template <class T>
  std::vector<T> objects(std::string_view name, T (*read)(FieldReader&)) {
    std::vector<T> out;
    const json::Value* value = take(name);
    if (value == nullptr) return out;
    if (!value->is_array()) refuse(name, "must be an array");
    out.reserve(value->items().size());
    std::size_t index = 0;
    for (const json::Value& item : value->items()) {
      FieldReader inner(item, at_ + "/" + std::string(name) + "/" + std::to_string(index++), problem_);
      out.push_back(read(inner));
      inner.finish();
    }
    return out;
  }
  template <class T>
  std::optional<T> object(std::string_view name, T (*read)(FieldReader&)) {
    const json::Value* value = take(name);
    if (value == nullptr) return std::nullopt;
    FieldReader inner(*value, at_ + "/" + std::string(name), problem_);
    std::optional<T> out = read(inner);
    inner.finish();
    return out;
  }

  void refuse(std::string_view name, std::string_view why) {
    if (problem_.empty())
      problem_ = (at_.empty() && name.empty() ? std::string("/") : at_ + (name.empty() ? "" : "/") +
                  std::string(name)) + " " + std::string(why);
  }
  /// Whether the member is there; counts as asked for.
  bool has(std::string_view name) { return take(name) != nullptr; }
  /// Call last: a member that nobody asked for is a problem.
  void finish() {
    for (const json::Member& member : object_.members())
      if (!seen_.contains(member.name)) refuse(member.name, "is no known member");
  }

 private:
  const json::Value* take(std::string_view name) {
    seen_.insert(name);
    return object_.find(name);
  }
  template <class T>
  std::optional<T> whole(std::string_view name, const json::Value& value) {
    const std::string_view text = value.number_text();
    T out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
      refuse(name, "must be a whole number");
      return std::nullopt;
    }
    return out;
  }

  const json::Value& object_;
  std::string at_;
  std::string& problem_;
  std::set<std::string_view> seen_;
};

}  // namespace cofactor::cards
