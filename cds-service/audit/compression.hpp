// Promises: record contents compressed by zstd with a fixed dictionary, so that a record of a few kilobytes of JSON
// costs a few hundred bytes. The dictionary is kept in the store under an id; a record names the id, so it can be
// read for as long as the store lives, also by a program with a newer dictionary.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "fhir/result.hpp"

namespace cofactor::service::audit {

/// The dictionary that this binary was built with: only synthetic text.
std::string_view record_dictionary();

class Compressor {
 public:
  explicit Compressor(std::string_view dictionary);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  /// Callable from any thread; each thread keeps its working memory.
  std::string compress(std::string_view text) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Failure code audit-malformed. `dictionary` empty: none.
Result<std::string> decompress(std::string_view compressed, std::string_view dictionary);
/// Without dictionary, for large texts such as knowledge files.
std::string compress_alone(std::string_view text);

}  // namespace cofactor::service::audit
