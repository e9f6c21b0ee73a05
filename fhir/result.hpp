// Promises: one way to say that an operation failed. Bad input is an Issue (issue.hpp), not a Failure.
#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace cofactor {

/// Why an operation could not be done. `code` is kebab-case and stable (metrics, tests); `text` is
/// one lower-case sentence that says what, where and what to do. Never holds patient data.
struct Failure {
  std::string code;
  std::string text;
};

template <class T>
using Result = tl::expected<T, Failure>;

inline tl::unexpected<Failure> fail(std::string code, std::string text) {
  return tl::unexpected<Failure>(Failure{std::move(code), std::move(text)});
}

}  // namespace cofactor
