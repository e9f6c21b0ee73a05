// Proves: one text of base64url has one meaning, and nothing else is read (T-JWT-8, S-16).
#include "cds-service/security/base64url.hpp"

#include <gtest/gtest.h>

namespace cofactor::service::security {
namespace {

TEST(Base64url, GivesBackWhatWasWritten) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(base64url_decoded(base64url(bytes)), bytes) << i;
    bytes += static_cast<char>(i * 7);
  }
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64url_decoded("Zm9v"), "foo");
  EXPECT_EQ(base64url_decoded(""), "");
}

TEST(Base64url, T_JWT_8_RefusesPaddingOtherAlphabetsAndWhiteSpace) {
  for (const char* text :
       {"Zg==", "Zg=", "Zm9vYg==", "+_8", "a/8", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v.", "Zm9v\t", "Zm9v\xc3\xa9"}) {
    EXPECT_FALSE(base64url_decoded(text)) << text;
  }
}

TEST(Base64url, T_JWT_8_RefusesLengthsAndTrailingBitsThatNoWriterMakes) {
  EXPECT_FALSE(base64url_decoded("Z"));
  EXPECT_FALSE(base64url_decoded("Zm9vY"));
  EXPECT_TRUE(base64url_decoded("Zg"));
  for (const char* text : {"Zh", "Zi", "Zj", "Zv", "Zm9w_x"}) EXPECT_FALSE(base64url_decoded(text)) << text;
  EXPECT_TRUE(base64url_decoded("Zm8"));
  EXPECT_FALSE(base64url_decoded("Zm9"));
}

TEST(Base64url, TakesEveryByteOnlyOfItsAlphabet) {
  int taken = 0;
  for (int c = 0; c < 256; ++c) {
    const std::string text{'A', 'A', 'A', static_cast<char>(c)};
    taken += base64url_decoded(text).has_value() ? 1 : 0;
  }
  EXPECT_EQ(taken, 64);
}

}  // namespace
}  // namespace cofactor::service::security
