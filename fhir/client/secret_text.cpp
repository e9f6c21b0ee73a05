// Promises: see secret_text.hpp.
#include "fhir/client/secret_text.hpp"

#include <string.h>

#include <algorithm>
#include <utility>

namespace cofactor::fhir::client {

SecretText::SecretText(std::string_view text) : characters_(new char[text.size()]), size_(text.size()) {
  std::copy(text.begin(), text.end(), characters_.get());
}

SecretText::~SecretText() { wipe(); }

SecretText::SecretText(SecretText&& other) noexcept
    : characters_(std::move(other.characters_)), size_(std::exchange(other.size_, 0)) {}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  if (this != &other) {
    wipe();
    characters_ = std::move(other.characters_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void SecretText::wipe() {
  if (characters_) client::wipe(characters_.get(), size_);
  size_ = 0;
}

void wipe(void* memory, std::size_t bytes) { explicit_bzero(memory, bytes); }

}  // namespace cofactor::fhir::client
