// Proves: which files TLS starts with, and what each refusal says: the file, the fault, what to do, and no secret.
#include "cds-service/http/tls.hpp"

#include <gtest/gtest.h>

#include <ctime>

#include "tests/cds-service/http/tls_client.hpp"

namespace cofactor::service::http {
namespace {

using testing::PemFolder;
using testing::TestCertificate;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    settings_.certificate = folder_.certificate("good.pem", good_);
    settings_.key = folder_.key("good.key", good_);
  }
  void refused(const char* code, const std::string& file) {
    const auto checked = check_tls(settings_);
    ASSERT_FALSE(checked) << code;
    EXPECT_EQ(checked.error().code, code) << checked.error().text;
    EXPECT_NE(checked.error().text.find("`" + file + "`"), std::string::npos) << checked.error().text;
  }

  PemFolder folder_;
  TestCertificate good_{{.common_name = "good", .organisation = "Example", .to_seconds = 3600}};
  TlsSettings settings_;
};

TEST_F(TlsTest, TellsWhoseCertificateItIsAndWhenItEnds) {
  const auto checked = check_tls(settings_);
  ASSERT_TRUE(checked) << checked.error().text;
  EXPECT_EQ(checked->subject, "CN=good,O=Example");
  EXPECT_NEAR(static_cast<double>(checked->expires), static_cast<double>(std::time(nullptr) + 3600), 60);
}

TEST_F(TlsTest, T_CFG_1_AKeyThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0640, 0604, 0644, 0620, 0602}) {
    settings_.key = folder_.key("open.key", good_, mode);
    refused("tls-key-exposed", settings_.key);
  }
  settings_.key = folder_.key("closed.key", good_, 0400);
  EXPECT_TRUE(check_tls(settings_));
}

TEST_F(TlsTest, MissingEmptyForeignAndEncryptedFilesAreNamed) {
  const std::string key = settings_.key;
  settings_.key = folder_.path("missing.key");
  refused("tls-unreadable", settings_.key);
  settings_.key = folder_.text("empty.key", "");
  refused("tls-malformed", settings_.key);
  settings_.key = folder_.text("text.key", "no key");
  refused("tls-malformed", settings_.key);
  settings_.key = folder_.key("encrypted.key", good_, 0600, "password");
  refused("tls-malformed", settings_.key);
  settings_.key = folder_.key("other.key", TestCertificate({.common_name = "other"}));
  refused("tls-mismatch", settings_.key);
  settings_.key = key;
  settings_.certificate = folder_.path("missing.pem");
  refused("tls-unreadable", settings_.certificate);
  settings_.certificate = folder_.path(".");
  refused("tls-unreadable", settings_.certificate);
  settings_.certificate = key;
  refused("tls-malformed", settings_.certificate);
}

TEST_F(TlsTest, CertificatesOutOfTheirTimeAreRefused) {
  for (const auto& [from, to] : {std::pair{-7200L, -3600L}, std::pair{3600L, 7200L}}) {
    const TestCertificate off({.from_seconds = from, .to_seconds = to});
    settings_.certificate = folder_.certificate("off.pem", off);
    settings_.key = folder_.key("off.key", off);
    refused("tls-expired", settings_.certificate);
  }
}

TEST_F(TlsTest, WeakKeysAreRefused) {
  const TestCertificate weak({.rsa_bits = 1024});
  settings_.certificate = folder_.certificate("weak.pem", weak);
  settings_.key = folder_.key("weak.key", weak);
  refused("tls-weak", settings_.certificate);
}

TEST_F(TlsTest, AClientCaMustHoldACertificate) {
  settings_.client_ca = folder_.path("missing.pem");
  refused("tls-unreadable", settings_.client_ca);
  settings_.client_ca = folder_.text("text.pem", "no certificate");
  refused("tls-malformed", settings_.client_ca);
  settings_.client_ca = settings_.certificate;
  EXPECT_TRUE(check_tls(settings_));
}

}  // namespace
}  // namespace cofactor::service::http
