// Promises: what uuid_bytes.hpp says. Random bits come from OpenSSL's generator, seeded by the operating system.
#include "cds-service/audit/uuid_bytes.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace cofactor::service::audit {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool dash_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

constexpr std::size_t random_size = 10;

/// The random part of one uuid. Drawn for several at once: a draw costs more than all else about a uuid, whatever its
/// size. No byte is given out twice; ids are no secrets, so bytes may wait in memory.
const unsigned char* random_part() {
  thread_local std::array<unsigned char, 32 * random_size> drawn;
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (RAND_bytes(drawn.data(), static_cast<int>(drawn.size())) != 1)
      throw std::runtime_error("the system gives no random bytes");
    left = drawn.size();
  }
  left -= random_size;
  return drawn.data() + left;
}

}  // namespace

std::optional<std::string> uuid_bytes(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string bytes(16, '\0');
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < 36; ++i) {
    if (dash_at(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    const auto shifted = static_cast<unsigned>(value) << (nibble % 2 == 0 ? 4 : 0);
    bytes[nibble / 2] = static_cast<char>(static_cast<unsigned char>(bytes[nibble / 2]) | shifted);
    ++nibble;
  }
  return bytes;
}

std::string uuid_text(std::string_view bytes) {
  if (bytes.size() != 16) return {};
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (const char c : bytes) {
    if (dash_at(text.size())) text += '-';
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<std::int64_t> time_of_uuid(std::string_view bytes) {
  if (bytes.size() != 16 || (static_cast<unsigned char>(bytes[6]) >> 4) != 7) return std::nullopt;
  std::int64_t time = 0;
  for (std::size_t i = 0; i < 6; ++i) time = (time << 8) | static_cast<unsigned char>(bytes[i]);
  return time;
}

std::string time_ordered_uuid(std::int64_t now_ms) {
  std::array<unsigned char, 16> bytes{};
  std::copy_n(random_part(), random_size, bytes.begin() + 6);
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(now_ms) >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  return uuid_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string hex_of_bytes(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string bytes_of_hex(std::string_view hex) {
  const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = value(hex[i]), low = value(hex[i + 1]);
    if (high < 0 || low < 0) break;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace cofactor::service::audit
