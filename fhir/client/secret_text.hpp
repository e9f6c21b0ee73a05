// Promises: a piece of secret text (an access token) that is wiped when it dies, is never copied by accident and
// cannot be printed: no operator gives it to a stream, and whoever reads it calls reveal() by name.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>

namespace cofactor::fhir::client {

class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view text);
  ~SecretText();
  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(SecretText&& other) noexcept;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;

  bool empty() const { return size_ == 0; }
  /// Valid as long as this lives and is not moved from. Not to be stored.
  std::string_view reveal() const { return {characters_.get(), size_}; }

 private:
  void wipe();

  std::unique_ptr<char[]> characters_;
  std::size_t size_ = 0;
};

/// Overwrites memory in a way that the compiler may not leave out.
void wipe(void* memory, std::size_t bytes);

/// One access token, shared by the parallel requests of one call.
using SharedSecret = std::shared_ptr<const SecretText>;

}  // namespace cofactor::fhir::client
