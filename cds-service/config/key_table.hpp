// Promises: JSON objects read by a table of keys, so that no key is read that is not known, and no
// key is known that is not read. Errors name the JSON pointer and the nearest known key.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fhir/json/value.hpp"
#include "fhir/result.hpp"

namespace cofactor::service {

/// Where a value stands, and the value.
struct Setting {
  const json::Value& value;
  std::string pointer;
};

struct Key {
  std::string name;
  std::function<Result<void>(const Setting&)> read;
};
using Keys = std::vector<Key>;

Result<void> read_object(const Setting& object, const Keys& keys);
/// Calls `item` with each member of an array.
Result<void> read_array(const Setting& array,
                        const std::function<Result<void>(const Setting&)>& item);

// Readers of one value. Strings may hold ${ENV:NAME} and ${FILE:PATH}; what they are filled with is
// not looked at again. Numbers are whole and within bounds.
Result<void> read_into(const Setting& setting, std::string& target);
Result<void> read_into(const Setting& setting, bool& target);
Result<void> read_into(const Setting& setting, std::uint64_t& target, std::uint64_t least,
                       std::uint64_t most);
Result<void> read_into(const Setting& setting, std::vector<std::string>& target);
/// One of `words`; `target` is its index.
Result<void> read_word(const Setting& setting, const std::vector<std::string_view>& words,
                       std::size_t& target);

tl::unexpected<Failure> refuse(const Setting& setting, std::string_view what);

// Rows of a table. What they fill must outlive the row.
Key text(std::string name, std::string& target);
Key texts(std::string name, std::vector<std::string>& target);
Key yes_or_no(std::string name, bool& target);
/// A whole number within bounds, into any arithmetic type or duration.
template <class T>
Key number(std::string name, T& target, std::uint64_t least, std::uint64_t most) {
  return {std::move(name), [&target, least, most](const Setting& s) {
            std::uint64_t value = 0;
            auto done = read_into(s, value, least, most);
            if (done) target = T(value);
            return done;
          }};
}
/// One of `words`; `take` gets its index.
Key word(std::string name, std::vector<std::string_view> words, std::function<void(std::size_t)> take);
Key section(std::string name, std::function<Keys()> keys);

}  // namespace cofactor::service
