// Promises: says whether this process's memory holds a secret, without holding it for the search: the secret is put
// together at run time and known as a mask of itself.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace cofactor::testing {

constexpr char kMask = 0x55;
constexpr std::size_t kSecretLength = 64;

/// "canary-" and 57 more characters, masked, so that the program's text does not hold them.
inline std::string masked_secret() {
  std::string out("canary-");
  for (int i = 0; i < 57; ++i) out += static_cast<char>('A' + (i * 7 + 3) % 26);
  for (char& c : out) c = static_cast<char>(c ^ kMask);
  return out;
}

inline void overwrite(char* bytes, std::size_t count) {
  volatile char* const seen = bytes;
  for (std::size_t i = 0; i < count; ++i) seen[i] = 0;
}

/// The address space above this is a sanitizer's own: its shadow is mapped as a few ranges of terabytes, most of them without a
/// page behind, and holds what it knows about memory, never the memory's bytes. No mapping of a program itself is that large.
constexpr unsigned long kLargestSearched = 1ul << 33;
constexpr std::size_t kSearched = 32;

/// How often the last 32 characters of the secret stand in these bytes.
inline int occurrences_in(const char* bytes, std::size_t size, const std::string& masked) {
  int found = 0;
  for (std::size_t i = 0; i + kSearched <= size; ++i) {
    const void* const next = std::memchr(bytes + i, masked[kSearched] ^ kMask, size - (kSearched - 1) - i);
    if (next == nullptr) break;
    i = static_cast<std::size_t>(static_cast<const char*>(next) - bytes);
    std::size_t same = 0;
    while (same < kSearched && static_cast<char>(bytes[i + same] ^ kMask) == masked[kSearched + same]) ++same;
    if (same == kSearched) ++found;
  }
  return found;
}

/// How often they stand in memory that can be written, and in which mappings.
inline int occurrences(const std::string& masked, std::string& where) {
  int found = 0;
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  std::FILE* const memory = std::fopen("/proc/self/mem", "r");
  std::setvbuf(memory, nullptr, _IONBF, 0);
  char line[512];
  constexpr std::size_t step = 1 << 20;
  std::vector<char> block(step + kSearched - 1);  // each block goes a little into the next, so that no cut hides one
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0, end = 0;
    char rights[8] = {};
    if (std::sscanf(line, "%lx-%lx %7s", &begin, &end, rights) != 3 || rights[0] != 'r' || rights[1] != 'w') continue;
    if (end - begin > kLargestSearched) continue;
    for (unsigned long at = begin; at < end; at += step) {
      if (std::fseek(memory, static_cast<long>(at), SEEK_SET) != 0) break;
      const std::size_t got = std::fread(block.data(), 1, std::min<std::size_t>(block.size(), end - at), memory);
      if (const int here = occurrences_in(block.data(), got, masked); here > 0) {
        found += here;
        where += line;
      }
      overwrite(block.data(), got);
      if (got == 0) break;
    }
  }
  std::fclose(memory);
  std::fclose(maps);
  return found;
}

}  // namespace cofactor::testing
