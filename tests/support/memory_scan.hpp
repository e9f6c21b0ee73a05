// Promises: says whether this process's memory holds a secret, without holding it for the search: the secret is put
// together at run time and known as a mask of itself.
#pragma once
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

/// How often the last 32 characters of the secret stand in memory that can be written, and in which mappings.
inline int occurrences(const std::string& masked, std::string& where) {
  int found = 0;
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  std::FILE* const memory = std::fopen("/proc/self/mem", "r");
  std::setvbuf(memory, nullptr, _IONBF, 0);
  char line[512];
  std::vector<char> block;
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    unsigned long begin = 0, end = 0;
    char rights[8] = {};
    if (std::sscanf(line, "%lx-%lx %7s", &begin, &end, rights) != 3 || rights[0] != 'r' || rights[1] != 'w') continue;
    block.resize(end - begin);
    if (std::fseek(memory, static_cast<long>(begin), SEEK_SET) != 0) continue;
    const std::size_t got = std::fread(block.data(), 1, block.size(), memory);
    const auto* const begin_of = block.data();
    for (std::size_t i = 0; i + 32 <= got; ++i) {
      const void* const next = std::memchr(begin_of + i, masked[32] ^ kMask, got - 31 - i);
      if (next == nullptr) break;
      i = static_cast<std::size_t>(static_cast<const char*>(next) - begin_of);
      std::size_t same = 0;
      while (same < 32 && static_cast<char>(block[i + same] ^ kMask) == masked[32 + same]) ++same;
      if (same == 32) {
        ++found;
        where += line;
      }
    }
    overwrite(block.data(), block.size());
  }
  std::fclose(memory);
  std::fclose(maps);
  return found;
}

}  // namespace cofactor::testing
