// Promises: text that shows who somebody is leaves nothing behind in freed memory.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace cofactor::service::security {

/// One text, overwritten when it goes.
struct Wiped {
  std::string text;
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe(); }
  void wipe();
};

/// Several, taken over as they are: no copy is made of them.
struct WipedTexts {
  std::vector<std::string> texts;
  explicit WipedTexts(std::vector<std::string> given) : texts(std::move(given)) {}
  WipedTexts(const WipedTexts&) = delete;
  WipedTexts& operator=(const WipedTexts&) = delete;
  ~WipedTexts() { wipe(); }
  /// Each keeps its length and holds zeros.
  void wipe();
};

}  // namespace cofactor::service::security
