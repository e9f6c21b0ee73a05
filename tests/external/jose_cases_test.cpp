// Proves: published signatures and keys get the right verdict from our verifier: Project Wycheproof's JSON web
// signature, key and mixed cases under its policy file, the JOSE cookbook (RFC 7520, RFC 7797), and the keys of public
// test tools.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "cds-service/security/base64url.hpp"
#include "cds-service/security/jws.hpp"
#include "cds-service/security/key_set.hpp"
#include "fhir/json/reader.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::security {
namespace {

json::Document read(const std::string& name) {
  std::ifstream file(COFACTOR_SHARED "/testdata/" + name, std::ios::binary);
  auto document = json::parse({std::istreambuf_iterator<char>(file), {}});
  EXPECT_TRUE(document) << name;
  return document ? std::move(*document) : json::Document();
}

/// A JWK without its private half, which a test vector may bring along.
std::string public_half(const json::Value& jwk) {
  static const std::set<std::string_view> hidden{"d", "p", "q", "dp", "dq", "qi", "oth"};
  json::Writer out;
  out.begin_object();
  for (const auto& member : jwk.members()) {
    if (!hidden.contains(member.name)) out.key(member.name).value(member.value);
  }
  out.end_object();
  return out.take();
}

bool verifies(std::string_view token, const VerificationKey& key) {
  const auto parts = split_token(token);
  if (!parts || !base64url_decoded(parts->payload)) return false;
  const auto header = read_header(parts->header);
  const auto signature = base64url_decoded(parts->signature);
  return header && signature && key.verify(header->algorithm, parts->signed_bytes, *signature);
}

/// One JWK, whatever its kid.
bool verifies_with_key(std::string_view token, const json::Value& jwk) {
  const auto document = json::parse(public_half(jwk));
  const auto key = VerificationKey::from_jwk(document->root(), true);
  return key && verifies(token, *key);
}

/// A set, where the token's kid chooses.
bool verifies_with_set(std::string_view token, const json::Value& keys) {
  std::string text = "{\"keys\":[";
  for (const auto& jwk : keys.items()) text += (text.back() == '[' ? "" : ",") + public_half(jwk);
  const auto set = KeySet::parse(text + "]}", true);
  const auto parts = split_token(token);
  if (!set || !parts) return false;
  const auto header = read_header(parts->header);
  const auto key = header && header->kid ? set->find(*header->kid) : nullptr;
  return key && verifies(token, *key);
}

/// The policy speaks of the private JWK of a group: its public half is what a key server would show.
bool accepted(const json::Value& group, std::string_view token) {
  const json::Value& key = group["private"];
  return key["keys"].is_array() ? verifies_with_set(token, key["keys"]) : verifies_with_key(token, key);
}

TEST(JoseCases, WycheproofSignaturesAllAgreeUnderThePolicy) {
  const auto cases = read("wycheproof/json_web_signature_test.json"), policy = read("wycheproof/policy.json");
  std::set<int> refused_by_policy;
  for (const auto& why : policy.root()["reject_although_published_valid"].members()) {
    for (const auto& id : why.value.items()) refused_by_policy.insert(static_cast<int>(*id.number()));
  }
  int all = 0, good = 0;
  for (const auto& group : cases.root()["testGroups"].items()) {
    for (const auto& row : group["tests"].items()) {
      const int id = static_cast<int>(*row["tcId"].number());
      const bool wanted = row["result"].string() == "valid" && !refused_by_policy.contains(id);
      EXPECT_EQ(accepted(group, row["jws"].string()), wanted)
          << id << ": " << group["comment"].string() << ", " << row["comment"].string();
      ++all, good += wanted ? 1 : 0;
    }
  }
  EXPECT_EQ(all, 401);
  EXPECT_EQ(good, static_cast<int>(
                      *policy.root()["group_totals"]["asymmetric valid that a strict service accepts"].number()));
}

TEST(JoseCases, WycheproofKeysAndMixedCasesAllAgree) {
  // Of what is published as valid, HMAC and encryption are refused here by design, and so is nothing else.
  const std::map<std::string, int> counts{{"wycheproof/json_web_key_test.json", 26},
                                          {"wycheproof/json_web_crypto_test.json", 83}};
  for (const auto& [name, count] : counts) {
    const auto cases = read(name);
    int all = 0;
    for (const auto& group : cases.root()["testGroups"].items()) {
      const bool asymmetric = group.find("public") != nullptr;
      for (const auto& row : group["tests"].items()) {
        const auto token = row.find("jws") != nullptr ? row["jws"].string() : row["jwe"].string();
        EXPECT_EQ(accepted(group, token), asymmetric && row["result"].string() == "valid")
            << name << " " << row["tcId"].number_text() << ": " << group["comment"].string() << ", "
            << row["comment"].string();
        ++all;
      }
    }
    EXPECT_EQ(all, count);
  }
}

std::string bytes_of_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(JoseCases, WycheproofPrimitivesUnderOurAlgorithmsAllAgree) {
  struct File {
    const char* name;
    Algorithm algorithm;
    int cases;  ///< that come with a JWK
  };
  const File files[] = {{"ecdsa_secp256r1_sha256_p1363", Algorithm::es256, 252},
                        {"ecdsa_secp384r1_sha384_p1363", Algorithm::es384, 270},
                        {"ed25519", Algorithm::eddsa, 151},
                        {"rsa_pss_2048_sha384_mgf1_48", Algorithm::ps384, 141},
                        {"rsa_signature_2048_sha384", Algorithm::rs384, 258}};
  for (const auto& [name, algorithm, count] : files) {
    const auto cases = read("wycheproof/primitives/" + std::string(name) + "_test.json");
    int all = 0;
    for (const auto& group : cases.root()["testGroups"].items()) {
      const json::Value& jwk = group.find("keyJwk") != nullptr ? group["keyJwk"] : group["publicKeyJwk"];
      if (!jwk.is_object()) continue;
      const auto key = VerificationKey::from_jwk(jwk, true);
      ASSERT_TRUE(key) << name << ": " << name_of(key.error());
      for (const auto& row : group["tests"].items()) {
        ++all;
        if (row["result"].string() == "acceptable") continue;
        EXPECT_EQ(key->verify(algorithm, bytes_of_hex(row["msg"].string()), bytes_of_hex(row["sig"].string())),
                  row["result"].string() == "valid")
            << name << " " << row["tcId"].number_text() << ": " << row["comment"].string();
      }
    }
    EXPECT_EQ(all, count) << name;
  }
}

TEST(JoseCases, OfTheCookbookThreeVerifyAndTheRestIsRefused) {
  int verified = 0, refused = 0;
  const std::pair<const char*, bool> files[] = {{"jws/4_1.rsa_v15_signature", true},
                                                {"jws/4_2.rsa-pss_signature", true},
                                                {"jws/4_3.ecdsa_signature", true},
                                                {"jws/4_4.hmac-sha2_integrity_protection", false},
                                                {"jws/4_5.signature_with_detached_content", false},
                                                {"jws/4_6.protecting_specific_header_fields", false},
                                                {"jws/4_7.protecting_content_only", false},
                                                {"jws/4_8.multiple_signatures", false},
                                                {"rfc7797/4.2.hmac-sha2_b64_false", false},
                                                {"rfc7797/hmac-sha2_b64_false", false}};
  for (const auto& [name, wanted] : files) {
    const auto example = read("jose-cookbook/" + std::string(name) + ".json");
    const json::Value& root = example.root();
    for (const auto& form : root["output"].members()) {
      json::Writer out;
      const std::string token =
          form.value.is_string() ? std::string(form.value.string()) : out.value(form.value).take();
      const json::Value& keys = root["input"]["key"];
      const bool good = keys.is_array()
                            ? std::any_of(keys.items().begin(), keys.items().end(),
                                          [&](const json::Value& key) { return verifies_with_key(token, key); })
                            : verifies_with_key(token, keys);
      EXPECT_EQ(good, wanted && form.name == "compact") << name << " as " << form.name;
      ++(good ? verified : refused);
    }
  }
  EXPECT_EQ(verified, 3);
  EXPECT_GT(refused, 15);
}

TEST(JoseCases, S_20_TheKeysOfPublicToolsAndSpecificationsAreRefusedByDefault) {
  const auto crd = read("crd-test-kit/crd_jwks.json"), spec = read("cdshooks-spec/spec-jwt.json");
  json::Writer whole;
  const auto as_published = KeySet::parse(whole.value(crd.root()).take(), true);
  ASSERT_TRUE(as_published);
  EXPECT_EQ(as_published->usable(), 0u) << "the file holds both halves under one kid";
  std::vector<std::string> keys;
  for (const auto& jwk : crd.root()["keys"].items()) {
    if (jwk.find("d") == nullptr) keys.push_back(public_half(jwk));
  }
  for (const char* name : {"3_1.ec_public_key", "3_3.rsa_public_key"}) {
    keys.push_back(public_half(read("jose-cookbook/jwk/" + std::string(name) + ".json").root()));
  }
  for (const auto& jwk : spec.root()["jwks"]["keys"].items()) keys.push_back(public_half(jwk));
  ASSERT_EQ(keys.size(), 5u);
  for (const auto& key : keys) {
    const auto document = json::parse(key);
    const auto refused = VerificationKey::from_jwk(document->root(), false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), KeyFault::test_key);
    EXPECT_TRUE(VerificationKey::from_jwk(document->root(), true));
  }
}

}  // namespace
}  // namespace cofactor::service::security
