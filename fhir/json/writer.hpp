// Promises: writes compact, valid JSON (escaped UTF-8, no NaN or infinity) into a string. Numbers
// given as text are written byte for byte, so that FHIR decimals survive a round trip. Not
// thread-safe.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fhir/json/value.hpp"

namespace cofactor::json {

class Writer {
 public:
  Writer();
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);  ///< invalid UTF-8 becomes U+FFFD
  Writer& number(double value);  ///< shortest text that reads back equal; non-finite becomes null
  Writer& integer(std::int64_t value);
  Writer& number_text(std::string_view text);  ///< a JSON number literal, written as it is
  Writer& boolean(bool value);
  Writer& null();
  Writer& value(const Value& tree);    ///< a parsed value with its number text unchanged
  Writer& raw(std::string_view json);  ///< one already serialised JSON value

  // key and value in one step
  Writer& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& field(std::string_view name, const char* text) { return key(name).string(text); }
  Writer& field(std::string_view name, double value) { return key(name).number(value); }
  Writer& field(std::string_view name, bool value) { return key(name).boolean(value); }

  std::string take();  ///< the text so far; the writer is empty afterwards
  std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cofactor::json
