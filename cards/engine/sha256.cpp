// Promises: SHA-256 as FIPS 180-4 writes it down, with the names of that document.
#include "cards/engine/sha256.hpp"

#include <algorithm>
#include <bit>

namespace cofactor::cards {
namespace {
constexpr std::array<std::uint32_t, 64> k{
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
    0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
    0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
    0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
    0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
    0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
    0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u};

std::uint32_t big_sigma0(std::uint32_t x) { return std::rotr(x, 2) ^ std::rotr(x, 13) ^ std::rotr(x, 22); }
std::uint32_t big_sigma1(std::uint32_t x) { return std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25); }
std::uint32_t small_sigma0(std::uint32_t x) { return std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3); }
std::uint32_t small_sigma1(std::uint32_t x) { return std::rotr(x, 17) ^ std::rotr(x, 19) ^ (x >> 10); }
}  // namespace

void Sha256::block(const unsigned char* bytes) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t t = 0; t < 16; ++t)
    w[t] = (std::uint32_t{bytes[4 * t]} << 24) | (std::uint32_t{bytes[4 * t + 1]} << 16) |
           (std::uint32_t{bytes[4 * t + 2]} << 8) | std::uint32_t{bytes[4 * t + 3]};
  for (std::size_t t = 16; t < 64; ++t)
    w[t] = small_sigma1(w[t - 2]) + w[t - 7] + small_sigma0(w[t - 15]) + w[t - 16];
  auto [a, b, c, d, e, f, g, h] = state_;
  // A round gives two of the eight new values; the other six only change their names, which the order of the arguments
  // does, so that nothing is moved.
  const auto round = [&w](std::size_t t, std::uint32_t a_, std::uint32_t b_, std::uint32_t c_, std::uint32_t& d_,
                          std::uint32_t e_, std::uint32_t f_, std::uint32_t g_, std::uint32_t& h_) {
    const std::uint32_t t1 = h_ + big_sigma1(e_) + ((e_ & f_) ^ (~e_ & g_)) + k[t] + w[t];
    const std::uint32_t t2 = big_sigma0(a_) + ((a_ & b_) ^ (a_ & c_) ^ (b_ & c_));
    d_ += t1;
    h_ = t1 + t2;
  };
  for (std::size_t t = 0; t < 64; t += 8) {
    round(t, a, b, c, d, e, f, g, h);
    round(t + 1, h, a, b, c, d, e, f, g);
    round(t + 2, g, h, a, b, c, d, e, f);
    round(t + 3, f, g, h, a, b, c, d, e);
    round(t + 4, e, f, g, h, a, b, c, d);
    round(t + 5, d, e, f, g, h, a, b, c);
    round(t + 6, c, d, e, f, g, h, a, b);
    round(t + 7, b, c, d, e, f, g, h, a);
  }
  const std::array<std::uint32_t, 8> next{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += next[i];
}

void Sha256::add(std::string_view bytes) {
  total_ += bytes.size();
  while (!bytes.empty()) {
    if (held_ == 0 && bytes.size() >= pending_.size()) {
      block(reinterpret_cast<const unsigned char*>(bytes.data()));
      bytes.remove_prefix(pending_.size());
      continue;
    }
    const std::size_t take = std::min(bytes.size(), pending_.size() - held_);
    for (std::size_t i = 0; i < take; ++i) pending_[held_ + i] = static_cast<unsigned char>(bytes[i]);
    held_ += take;
    bytes.remove_prefix(take);
    if (held_ == pending_.size()) {
      block(pending_.data());
      held_ = 0;
    }
  }
}

std::string Sha256::hex() {
  const std::uint64_t bits = total_ * 8;
  std::string tail(1, static_cast<char>(0x80));
  while ((held_ + tail.size()) % 64 != 56) tail.push_back('\0');
  for (int shift = 56; shift >= 0; shift -= 8) tail.push_back(static_cast<char>((bits >> shift) & 0xff));
  add(tail);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::uint32_t word : state_)
    for (int shift = 28; shift >= 0; shift -= 4) text.push_back(digits[(word >> shift) & 0xf]);
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.hex();
}

}  // namespace cofactor::cards
