// Uuids as bytes and text, and decision ids that carry their time.
#include "cds-service/audit/uuid_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

namespace cofactor::service::audit {
namespace {

TEST(UuidBytes, RoundTrip) {
  const std::string text = "6d6c2b0e-5f0c-4f5a-9a3e-0d0a8d2f1c01";
  ASSERT_TRUE(uuid_bytes(text));
  EXPECT_EQ(uuid_bytes(text)->size(), 16u);
  EXPECT_EQ(uuid_text(*uuid_bytes(text)), text);
  EXPECT_EQ(uuid_bytes("6D6C2B0E-5F0C-4F5A-9A3E-0D0A8D2F1C01"), uuid_bytes(text));
}

TEST(UuidBytes, RefusesWhatIsNoUuid) {
  for (const char* text : {"", "x", "6d6c2b0e5f0c4f5a9a3e0d0a8d2f1c01", "6d6c2b0e-5f0c-4f5a-9a3e-0d0a8d2f1c0",
                           "6d6c2b0e-5f0c-4f5a-9a3e-0d0a8d2f1c0g", "6d6c2b0e_5f0c_4f5a_9a3e_0d0a8d2f1c01",
                           "{6d6c2b0e-5f0c-4f5a-9a3e-0d0a8d2f1c0}"}) {
    EXPECT_FALSE(uuid_bytes(text)) << text;
  }
  EXPECT_EQ(uuid_text("short"), "");
}

TEST(UuidBytes, DecisionIdCarriesItsTimeAndIsNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const auto id = time_ordered_uuid(1'772'400'000'123);
    EXPECT_EQ(id[14], '7');
    EXPECT_EQ(time_of_uuid(*uuid_bytes(id)), 1'772'400'000'123);
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 10'000u);
}

// The 74 bits beside the time: each is as often 0 as 1, none follows from the id before it, and no id comes twice.
TEST(UuidBytes, T_FB_2_AMillionIdsOfOneMillisecondCannotBeGuessed) {
  constexpr int count = 1'000'000;
  std::vector<std::string> ids;
  ids.reserve(count);
  std::array<int, 128> ones{}, changes{};
  for (int i = 0; i < count; ++i) {
    ids.push_back(*uuid_bytes(time_ordered_uuid(1'772'400'000'123)));
    for (std::size_t byte = 6; byte < 16; ++byte) {
      const auto now = static_cast<unsigned char>(ids.back()[byte]);
      const auto change = static_cast<unsigned>(now ^ static_cast<unsigned char>(i > 0 ? ids[ids.size() - 2][byte] : '\0'));
      for (std::size_t bit = 0; bit < 8; ++bit) {
        ones[byte * 8 + bit] += (now >> bit) & 1;
        changes[byte * 8 + bit] += static_cast<int>((change >> bit) & 1u);
      }
    }
  }
  int random_bits = 0;
  for (std::size_t bit = 48; bit < 128; ++bit) {
    const bool fixed = ones[bit] == 0 || ones[bit] == count;
    if (fixed) continue;
    ++random_bits;
    // Six standard deviations of a fair coin are 3,000 of a million.
    EXPECT_NEAR(ones[bit], count / 2, 3'000) << bit;
    EXPECT_NEAR(changes[bit], count / 2, 3'000) << bit;
  }
  EXPECT_EQ(random_bits, 74);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST(UuidBytes, OtherVersionsTellNoTime) {
  EXPECT_FALSE(time_of_uuid(*uuid_bytes("6d6c2b0e-5f0c-4f5a-9a3e-0d0a8d2f1c01")));
}

}  // namespace
}  // namespace cofactor::service::audit
