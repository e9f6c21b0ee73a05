// The key file and what it protects: tags, sealed texts, nonces, rotation (audit.md 3.7).
#include "cds-service/audit/key_ring.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

#include "scratch_store.hpp"

namespace cofactor::service::audit {
namespace {

class KeyRingTest : public ::testing::Test {
 protected:
  testing::ScratchStore scratch;
  std::string file = scratch.path("audit.key");
  std::string stream = std::string(16, 's');

  void write_key(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(file, std::ios::trunc) << text;
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
  }
  static std::string line(int kid, char index, char encrypt) {
    return "kid " + std::to_string(kid) + " index " + std::string(64, index) + " encrypt " + std::string(64, encrypt) + "\n";
  }
};

TEST_F(KeyRingTest, NewKeyFileIsForTheOwnerOnlyAndIsNotOverwritten) {
  auto keys = KeyRing::create(file);
  ASSERT_TRUE(keys) << keys.error().text;
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_FALSE(KeyRing::create(file));
  auto again = KeyRing::load(file);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->fingerprint(1), keys->fingerprint(1));
}

TEST_F(KeyRingTest, RefusesAFileThatOthersCanRead) {
  for (const mode_t mode : {0640u, 0604u, 0660u, 0644u}) {
    write_key(line(1, 'a', 'b'), mode);
    auto keys = KeyRing::load(file);
    ASSERT_FALSE(keys) << mode;
    EXPECT_EQ(keys.error().code, "audit-key-exposed");
  }
}

TEST_F(KeyRingTest, RefusesWhatItCannotUnderstand) {
  const std::string good = line(1, 'a', 'b');
  for (const std::string& text : {std::string(), std::string("# only words\n"), std::string("kid 1\n"), line(0, 'a', 'b'),
                                  line(1, 'g', 'b'), good + good, good.substr(0, good.size() - 3) + "\n"}) {
    write_key(text);
    auto keys = KeyRing::load(file);
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().code, "audit-key-malformed");
    EXPECT_EQ(keys.error().text.find("aaaa"), std::string::npos) << "a message must not repeat key material";
  }
  EXPECT_EQ(KeyRing::load(scratch.path("none")).error().code, "audit-key-missing");
}

TEST_F(KeyRingTest, TagSeparatesIssuersAndLastsOverRestarts) {
  auto keys = KeyRing::create(file);
  ASSERT_TRUE(keys);
  const auto tag = keys->patient_tag(1, "https://a.example", "123");
  EXPECT_EQ(tag.size(), 16u);
  EXPECT_NE(tag, keys->patient_tag(1, "https://b.example", "123"));
  EXPECT_NE(tag, keys->patient_tag(1, "https://a.example", "124"));
  EXPECT_EQ(KeyRing::load(file)->patient_tag(1, "https://a.example", "123"), tag);
}

TEST_F(KeyRingTest, SealedTextOpensOnlyWithItsKeyAndItsPlace) {
  write_key(line(1, 'a', 'b'));
  auto keys = KeyRing::load(file);
  ASSERT_TRUE(keys);
  NonceSource nonces("prefix");
  for (const std::string text : {"", "x", "https://ehr.example\0SYNTHETIC-1"}) {
    const auto sealed = keys->seal(text, nonces.next(), {stream, 7});
    EXPECT_EQ(sealed.size(), text.size() + 28);
    EXPECT_EQ(keys->open(1, sealed, {stream, 7}).value(), text);
    EXPECT_EQ(keys->open(1, sealed, {stream, 8}).error().code, "audit-key-mismatch");
    EXPECT_FALSE(keys->open(1, sealed, {std::string(16, 't'), 7}));
    EXPECT_FALSE(keys->open(2, sealed, {stream, 7}));
    auto changed = sealed;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    EXPECT_FALSE(keys->open(1, changed, {stream, 7}));
  }
  EXPECT_FALSE(keys->open(1, "short", {stream, 7}));
  const auto sealed = keys->seal("text", nonces.next(), {stream, 1});
  write_key(line(1, 'a', 'c'));
  EXPECT_FALSE(KeyRing::load(file)->open(1, sealed, {stream, 1}));
}

TEST_F(KeyRingTest, RotationKeepsOldRecordsReadable) {
  write_key(line(1, 'a', 'b'));
  auto before = KeyRing::load(file);
  ASSERT_TRUE(before);
  const auto tag = before->patient_tag(1, "i", "p");
  const auto sealed = before->seal("old", NonceSource("prefix").next(), {stream, 1});
  write_key(line(1, 'a', 'b') + line(2, 'c', 'd'));
  auto after = KeyRing::load(file);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->current(), 2);
  EXPECT_EQ(after->patient_tag(1, "i", "p"), tag);
  EXPECT_EQ(after->open(1, sealed, {stream, 1}).value(), "old");
}

TEST(NonceSource, NeverRepeats) {
  NonceSource nonces("prefix");
  std::set<std::string> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(nonces.next());
  EXPECT_EQ(seen.size(), 100'000u);
  EXPECT_EQ(seen.begin()->size(), NonceSource::size);
}

}  // namespace
}  // namespace cofactor::service::audit
