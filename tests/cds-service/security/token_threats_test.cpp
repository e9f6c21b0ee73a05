// Proves: what a token may not be, threat by threat (T-JWT-1 to T-JWT-8, T-JWT-11 to T-JWT-15, T-JWT-18; S-02 to S-08,
// S-14 to S-16): each is the good token with one thing changed.
#include <gtest/gtest.h>

#include <cmath>

#include "cds-service/security/base64url.hpp"
#include "tests/cds-service/security/trust_setup.hpp"

namespace cofactor::service::security {
namespace {

using testing::compact;
using testing::ehr_key;
using testing::json_string;
using testing::jwks;
using testing::kIssuer;
using testing::kServiceUrl;
using testing::Members;
using testing::SigningKey;
using testing::TrustSetup;

class TokenThreats : public ::testing::Test, protected TrustSetup {
 protected:
  std::string with_header(const Members& changed) const { return std::string(name_of(reason(changed, claims()))); }
  std::string with_claims(const Members& changed) const { return std::string(name_of(reason(header(), changed))); }
  std::string of(const std::string& token) const { return std::string(name_of(judge(token).reason)); }
  std::string seconds(std::int64_t offset) const { return std::to_string(time.seconds() + offset); }
};

TEST_F(TokenThreats, AGoodTokenIsAcceptedAndSaysWho) {
  const Members said = claims().set("sub", "\"client-7\"").set("tenant", "\"north\"").set("jti", "\"one\"");
  const Verdict verdict = judge(token(header(), said));
  EXPECT_EQ(verdict.outcome, Verdict::Outcome::accepted);
  EXPECT_EQ(verdict.client, 0u);
  EXPECT_EQ(verdict.by, Authentication::jwt);
  EXPECT_EQ(verdict.issuer, kIssuer);
  EXPECT_EQ(verdict.tenant, "north");
  EXPECT_EQ(verdict.subject, "client-7");
  EXPECT_EQ(verdict.jti, "one");
  EXPECT_EQ(verdict.algorithm, "ES384");
  EXPECT_EQ(verdict.key_id_hash.size(), 16u);
  EXPECT_FALSE(verdict.replay_in_memory_only);
}

TEST_F(TokenThreats, T_JWT_1_NoneInAnySpellingIsRefused) {
  for (const char* alg : {"\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\"", "\"\"", "null", "7"}) {
    const std::string start = base64url(header().set("alg", alg).json()) + "." + base64url(claims().json());
    for (const std::string& end : {std::string("."), std::string(), "." + ehr_key().sign("ES384", start)}) {
      EXPECT_EQ(judge(start + end).outcome, Verdict::Outcome::refused) << alg;
    }
  }
  EXPECT_EQ(with_header(header().set("alg", "\"none\"")), "algorithm-not-allowed");
}

TEST_F(TokenThreats, T_JWT_1_AnEmptySignatureIsRefused) {
  const std::string good = token();
  EXPECT_EQ(of(good.substr(0, good.rfind('.') + 1)), "signature-wrong");
  EXPECT_EQ(of(good.substr(0, good.rfind('.'))), "token-malformed");
  EXPECT_EQ(of(".."), "token-malformed");
  EXPECT_EQ(of("."), "token-malformed");
  EXPECT_EQ(of("..."), "token-malformed");
}

TEST_F(TokenThreats, T_JWT_2_APublicKeyIsNoSecret) {
  const SigningKey rsa = SigningKey::rsa(2048);
  settings.clients[0].jwks = folder.file("both.json", jwks({ehr_key().jwk("key-1"), rsa.jwk("key-2")}));
  reload();
  for (const auto& [key, kid] : {std::pair{&ehr_key(), "key-1"}, std::pair{&rsa, "key-2"}}) {
    const std::string pem = key->pem(), der = key->public_der(), jwk = key->jwk(kid);
    for (const std::string& secret :
         {pem, pem.substr(0, pem.size() - 1), der, der + "\n", jwk, jwk + "\n", std::string()}) {
      for (const char* digest : {"SHA256", "SHA384", "SHA512"}) {
        const std::string alg = "HS" + std::string(digest).substr(3);
        const auto forged = header().set("alg", json_string(alg)).set("kid", json_string(kid));
        EXPECT_EQ(of(testing::hmac_token(digest, secret, forged.json(), claims().json())), "algorithm-not-allowed");
        // The same MAC under the name of the key's own algorithm.
        const auto named =
            header().set("kid", json_string(kid)).set("alg", kid == std::string("key-1") ? "\"ES384\"" : "\"RS384\"");
        EXPECT_EQ(of(testing::hmac_token(digest, secret, named.json(), claims().json())), "signature-wrong");
      }
    }
  }
}

TEST_F(TokenThreats, T_JWT_3_TheAlgorithmMustBeTheKeys) {
  const SigningKey p256 = SigningKey::ec("P-256"), rsa = SigningKey::rsa(2048);
  settings.clients[0].jwks = folder.file(
      "all.json", jwks({ehr_key().jwk("key-1"), p256.jwk("p256"), rsa.jwk("rsa"), rsa.jwk("rsa-384", "RS384")}));
  settings.clients[0].algorithms = {"ES256", "ES384", "RS256", "RS384", "PS384"};
  reload();
  const auto signed_by = [&](const SigningKey& key, const char* signed_as, const char* alg, const char* kid) {
    return of(compact(key, signed_as, header().set("alg", json_string(alg)).set("kid", json_string(kid)).json(),
                      claims().json()));
  };
  EXPECT_EQ(signed_by(p256, "ES256", "ES256", "p256"), "none");
  EXPECT_EQ(signed_by(p256, "ES384", "ES384", "p256"), "key-does-not-fit");
  EXPECT_EQ(signed_by(rsa, "RS384", "ES384", "rsa"), "key-does-not-fit");
  EXPECT_EQ(signed_by(rsa, "RS256", "RS256", "rsa"), "none");
  EXPECT_EQ(signed_by(rsa, "RS256", "RS256", "rsa-384"), "key-does-not-fit");
  EXPECT_EQ(signed_by(rsa, "PS384", "RS384", "rsa-384"), "signature-wrong");
  EXPECT_EQ(signed_by(rsa, "RS384", "PS384", "rsa"), "signature-wrong");
  EXPECT_EQ(signed_by(rsa, "RS384", "RS384", "rsa-384"), "none");
  EXPECT_EQ(signed_by(ehr_key(), "ES384", "RS384", "key-1"), "key-does-not-fit");
}

TEST_F(TokenThreats, S_05_OnlyTheClientsAlgorithmsAreAccepted) {
  const SigningKey p256 = SigningKey::ec("P-256"), rsa = SigningKey::rsa(2048);
  settings.clients[0].jwks = folder.file("all.json", jwks({ehr_key().jwk("key-1"), p256.jwk("p256"), rsa.jwk("rsa")}));
  reload();
  const auto signed_by = [&](const SigningKey& key, const char* alg, const char* kid) {
    return of(
        compact(key, alg, header().set("alg", json_string(alg)).set("kid", json_string(kid)).json(), claims().json()));
  };
  EXPECT_EQ(signed_by(ehr_key(), "ES384", "key-1"), "none");
  EXPECT_EQ(signed_by(rsa, "RS384", "rsa"), "none");
  EXPECT_EQ(signed_by(p256, "ES256", "p256"), "algorithm-not-allowed");
  EXPECT_EQ(signed_by(rsa, "RS256", "rsa"), "algorithm-not-allowed");
  for (const char* alg : {"es384", "ES384 ", "ES521", "ES256K", "RS1", "dir", "A256GCM"}) {
    EXPECT_EQ(with_header(header().set("alg", json_string(alg))), "algorithm-not-allowed") << alg;
  }
}

TEST_F(TokenThreats, T_JWT_4_KidsAreComparedAndNothingElse) {
  for (const char* kid : {"../../etc/passwd", "' OR 1=1--", "KEY-1", "key-1 ", "key-10", "key-", "\\u212aey-1"}) {
    EXPECT_EQ(with_header(header().set("kid", "\"" + std::string(kid) + "\"")), "key-unknown") << kid;
  }
  EXPECT_EQ(with_header(header().set("kid", "\"key-1\\n\"")), "key-unknown");
  EXPECT_EQ(with_header(header().set("kid", "\"key-1\\u0000\"")), "header-malformed");
  EXPECT_EQ(with_header(header().set("kid", json_string(std::string(65536, 'k')))), "token-too-long");
  EXPECT_EQ(with_header(header().set("kid", json_string(std::string(2000, 'k')))), "key-unknown");
  EXPECT_EQ(with_header(header().set("kid", "[\"key-1\"]")), "header-malformed");
  EXPECT_EQ(with_header(header().set("kid", "{}")), "header-malformed");
  EXPECT_EQ(with_header(header().set("kid", "\"\"")), "key-id-missing");
  EXPECT_EQ(with_header(header().without("kid")), "key-id-missing");
}

TEST_F(TokenThreats, T_JWT_6_ATokenMayNotBringItsOwnKeyOrChangeWhatIsSigned) {
  const SigningKey own = SigningKey::ec("P-384");
  const std::pair<const char*, std::string> members[] = {
      {"jwk", own.jwk("key-1")}, {"x5c", R"(["MIIB"])"}, {"x5u", "\"https://evil.example/cert\""},
      {"crit", R"(["exp"])"},    {"crit", "[]"},         {"b64", "false"},
      {"b64", "true"},           {"zip", "\"DEF\""},     {"enc", "\"A256GCM\""}};
  for (const auto& [name, value] : members) {
    const std::string spoiled = header().set(name, value).json();
    EXPECT_EQ(of(compact(own, "ES384", spoiled, claims().json())), "header-not-allowed") << name;
    EXPECT_EQ(of(compact(ehr_key(), "ES384", spoiled, claims().json())), "header-not-allowed") << name;
  }
  // Names of no consequence are left alone: libraries add the thumbprint of their certificate.
  EXPECT_EQ(with_header(header().set("x5t", "\"abc\"").set("cty", "\"json\"")), "none");
}

TEST_F(TokenThreats, T_JWT_6_OtherSerialisationsAreRefused) {
  const std::string good = token();
  EXPECT_EQ(of(good + ".AAAA.AAAA"), "token-malformed");
  const auto first = good.find('.'), second = good.rfind('.');
  const std::string protected_part = good.substr(0, first), payload = good.substr(first + 1, second - first - 1),
                    signature = good.substr(second + 1);
  EXPECT_EQ(of(R"({"payload":")" + payload + R"(","protected":")" + protected_part + R"(","signature":")" + signature +
               "\"}"),
            "token-malformed");
  EXPECT_EQ(of(protected_part + ".." + signature), "claims-malformed") << "detached payload";
  EXPECT_EQ(of("." + payload + "." + signature), "token-malformed");
}

TEST_F(TokenThreats, T_JWT_7_NamesThatStandTwiceAreRefusedInAnyOrder) {
  const auto header_text = [](const char* text) { return std::string(text); };
  for (const auto& spoiled : {header_text(R"({"alg":"ES384","typ":"JWT","kid":"key-1","alg":"none"})"),
                              header_text(R"({"alg":"none","typ":"JWT","kid":"key-1","alg":"ES384"})"),
                              header_text(R"({"alg":"ES384","typ":"JWT","kid":"key-1","\u0061lg":"ES384"})"),
                              header_text(R"({"alg":"ES384","typ":"JWT","kid":"key-1","kid":"key-1"})")}) {
    EXPECT_EQ(of(compact(ehr_key(), "ES384", spoiled, claims().json())), "header-malformed");
  }
  const std::string body = claims().json();
  for (const std::string extra :
       {R"(,"iss":"https://evil.example"})", R"(,"iss":"https://ehr.example/fhir"})", R"(,"\u0065xp":9999999999})"}) {
    const std::string after = body.substr(0, body.size() - 1) + extra;
    const std::string before = "{" + extra.substr(1, extra.size() - 2) + "," + body.substr(1);
    EXPECT_EQ(of(compact(ehr_key(), "ES384", header().json(), after)), "claims-malformed");
    EXPECT_EQ(of(compact(ehr_key(), "ES384", header().json(), before)), "claims-malformed");
  }
}

TEST_F(TokenThreats, T_JWT_8_OnlyStrictBase64urlIsRead) {
  const std::string good = token();
  const auto first = good.find('.'), second = good.rfind('.');
  for (const std::size_t end : {first, second, good.size()}) {
    for (const char* junk : {"=", "==", " ", "\n", "\r\n", "+", "/", "%"}) {
      std::string spoiled = good;
      spoiled.insert(end, junk);
      if (std::string_view(junk) == " " && end == good.size())
        continue;  // white space of the header field, not of the token
      EXPECT_EQ(judge(spoiled).outcome, Verdict::Outcome::refused) << end << junk;
      EXPECT_NE(of(spoiled), "none");
    }
  }
  // The last character of a 96-byte signature carries no spare bits, that of a payload often does.
  std::string payload = claims().json();
  while (payload.size() % 3 == 0) payload += ' ';
  std::string start = base64url(header().json()) + "." + base64url(payload);
  ++start.back();
  EXPECT_EQ(of(start + "." + ehr_key().sign("ES384", start)), "token-malformed");
}

TEST_F(TokenThreats, T_JWT_11_TheIssuerIsComparedExactly) {
  for (const char* issuer :
       {"https://ehr.example", "https://ehr.example/", "https://ehr.example/fhir/", "https://ehr.example/fhir.evil",
        "https://ehr.example.evil/fhir", "https://EHR.example/fhir", "https://ehr.example:443/fhir",
        "http://ehr.example/fhir", " https://ehr.example/fhir", "https://ehr.example/fhir ", ""}) {
    const Verdict verdict = judge(token(header(), claims().set("iss", json_string(issuer))));
    EXPECT_EQ(name_of(verdict.reason), "issuer-unknown") << issuer;
    EXPECT_FALSE(verdict.client);
    EXPECT_EQ(verdict.issuer, "") << "an issuer that is not ours is text of a stranger";
  }
  EXPECT_EQ(with_claims(claims().without("iss")), "issuer-unknown");
  EXPECT_EQ(with_claims(claims().set("iss", R"(["https://ehr.example/fhir"])")), "claims-malformed");
}

TEST_F(TokenThreats, T_JWT_14_ExpiryAtItsBoundary) {
  const auto expires = [&](std::int64_t offset) {
    return with_claims(claims().set("iat", seconds(-600)).set("exp", seconds(offset)));
  };
  EXPECT_EQ(expires(-59), "none");
  EXPECT_EQ(expires(-60), "none");
  EXPECT_EQ(expires(-61), "expired");
  EXPECT_EQ(expires(-599), "expired");
}

TEST_F(TokenThreats, T_JWT_14_AnExpiryThatIsNoTimeIsRefused) {
  EXPECT_EQ(with_claims(claims().without("exp")), "expiry-missing");
  for (const char* exp : {"\"1800000300\"", "1e400", "-1", "-1e400", "9223372036854775807", "9223372036854775808",
                          "1e30", "true", "[1800000300]", "{}", "null", "253402300800"}) {
    EXPECT_EQ(with_claims(claims().set("exp", exp)), "claims-malformed") << exp;
  }
  EXPECT_EQ(with_claims(claims().set("exp", "NaN")), "claims-malformed");
  EXPECT_EQ(with_claims(claims().set("exp", "0x6b49d200")), "claims-malformed");
}

TEST_F(TokenThreats, T_JWT_14_ATokenThatExpiresBeforeItIsIssuedIsRefused) {
  EXPECT_EQ(with_claims(claims().set("iat", seconds(10)).set("exp", seconds(9))), "expires-before-issued");
  EXPECT_EQ(with_claims(claims().set("iat", seconds(10)).set("exp", seconds(10))), "expires-before-issued");
  EXPECT_EQ(with_claims(claims().set("iat", seconds(10)).set("exp", seconds(11))), "none");
}

TEST_F(TokenThreats, S_16_TimesMayHaveFractionsAndExponents) {
  EXPECT_EQ(with_claims(claims().set("exp", "1800000300.5").set("iat", "1800000000.25")), "none");
  EXPECT_EQ(with_claims(claims().set("exp", "1.8000003e9").set("iat", "1.8E+9")), "none");
  EXPECT_EQ(with_claims(claims().set("exp", "18000003e2")), "none");
}

TEST_F(TokenThreats, T_JWT_15_IssueTimeAndNotBeforeAtTheirBoundary) {
  for (const char* name : {"iat", "nbf"}) {
    EXPECT_EQ(with_claims(claims().set(name, seconds(60))), "none") << name;
    EXPECT_EQ(with_claims(claims().set(name, seconds(61))), "not-yet-valid") << name;
    EXPECT_EQ(with_claims(claims().set(name, seconds(60) + ".5")), "not-yet-valid") << name;
    EXPECT_EQ(with_claims(claims().set(name, "\"soon\"")), "claims-malformed") << name;
  }
  EXPECT_EQ(with_claims(claims().set("nbf", seconds(-300))), "none");
  EXPECT_EQ(with_claims(claims().without("iat")), "issue-time-missing");
}

TEST_F(TokenThreats, S_14_AnIssueTimeHalfASecondAheadAndALifetimeOfAQuarterHourAreFine) {
  EXPECT_EQ(with_claims(claims().set("iat", seconds(0) + ".5")), "none");
  EXPECT_EQ(with_claims(claims().set("iat", seconds(1))), "none");
  EXPECT_EQ(with_claims(claims().set("exp", seconds(900)).set("nbf", seconds(-300))), "none");
  EXPECT_EQ(with_claims(claims().set("iat", seconds(300)).set("exp", seconds(600))), "not-yet-valid");
}

TEST_F(TokenThreats, T_JWT_15_TheLifetimeIsLimited) {
  EXPECT_EQ(with_claims(claims().set("iat", seconds(-3600)).set("exp", seconds(0))), "none");
  EXPECT_EQ(with_claims(claims().set("exp", seconds(3600))), "none");
  EXPECT_EQ(with_claims(claims().set("exp", seconds(3601))), "lifetime-too-long");
  settings.clients[0].max_token_lifetime = std::chrono::seconds(300);
  reload();
  EXPECT_EQ(with_claims(claims().set("exp", seconds(300))), "none");
  EXPECT_EQ(with_claims(claims().set("exp", seconds(301))), "lifetime-too-long");
  EXPECT_EQ(with_claims(claims().set("iat", "0")), "lifetime-too-long");
}

TEST_F(TokenThreats, T_JWT_18_TooLongATokenIsNotLookedAt) {
  std::string padded = token(header().set("pad", "\"\""), claims());
  const std::size_t missing = 8 * 1024 - padded.size();
  for (std::size_t pad = missing * 3 / 4 - 8; padded.size() < 8 * 1024; ++pad) {
    padded = token(header().set("pad", json_string(std::string(pad, 'p'))), claims());
  }
  EXPECT_GE(padded.size(), 8u * 1024);
  EXPECT_EQ(of(std::string(8 * 1024, 'a')), "token-malformed");
  EXPECT_EQ(of(std::string(8 * 1024 + 1, 'a')), "token-too-long");
  EXPECT_EQ(of(std::string(1024 * 1024, '.')), "token-too-long");
  std::string many = claims().json();
  many.pop_back();
  for (int i = 0; i < 10'000; ++i) many += ",\"c" + std::to_string(i) + "\":1";
  EXPECT_EQ(of(compact(ehr_key(), "ES384", header().json(), many + "}")), "token-too-long");
}

TEST_F(TokenThreats, T_JWT_17_AnIdOfTheTokenIsRequiredAndShort) {
  EXPECT_EQ(with_claims(claims().without("jti")), "token-id-missing");
  EXPECT_EQ(with_claims(claims().set("jti", "\"\"")), "token-id-missing");
  EXPECT_EQ(with_claims(claims().set("jti", "7")), "claims-malformed");
  EXPECT_EQ(with_claims(claims().set("jti", json_string(std::string(256, 'j')))), "none");
  EXPECT_EQ(with_claims(claims().set("jti", json_string(std::string(257, 'j')))), "claims-malformed");
}

TEST_F(TokenThreats, S_06_TypeAlgorithmAndKeyIdAreRequired) {
  EXPECT_EQ(with_header(header().without("typ")), "type-not-jwt");
  for (const char* typ : {"\"JOSE\"", "\"at+jwt\"", "\"\"", "\"JWTX\""})
    EXPECT_EQ(with_header(header().set("typ", typ)), "type-not-jwt");
  EXPECT_EQ(with_header(header().set("typ", "7")), "header-malformed");
  EXPECT_EQ(with_header(header().set("typ", "\"jwt\"")), "none") << "a media type has no case";
  EXPECT_EQ(with_header(header().without("alg")), "header-malformed");
  EXPECT_EQ(with_header(header().without("kid")), "key-id-missing");
}

TEST_F(TokenThreats, S_07_EveryRequiredClaimIsMissedAndOthersAreIgnored) {
  EXPECT_EQ(with_claims(claims().without("aud")), "audience-wrong");
  EXPECT_EQ(with_claims(claims().set("given_name", "\"x\"").set("list", "[1,{\"a\":[]}]").set("nothing", "null")),
            "none");
  EXPECT_EQ(with_claims(claims().set("sub", "7")), "claims-malformed");
  EXPECT_EQ(with_claims(claims().set("tenant", "{}")), "claims-malformed");
  EXPECT_EQ(of(compact(ehr_key(), "ES384", header().json(), "\"text\"")), "claims-malformed");
  EXPECT_EQ(of(compact(ehr_key(), "ES384", header().json(), "[]")), "claims-malformed");
  EXPECT_EQ(of(compact(ehr_key(), "ES384", header().json(), claims().json() + "x")), "claims-malformed");
}

TEST_F(TokenThreats, S_15_ASignatureInDerIsRefused) {
  const std::string start = base64url(header().json()) + "." + base64url(claims().json());
  EXPECT_EQ(of(start + "." + ehr_key().sign_der("ES384", start)), "signature-wrong");
  EXPECT_EQ(of(start + "." + ehr_key().sign("ES384", start)), "none");
}

TEST_F(TokenThreats, EveryOtherKeyAndEveryChangedByteIsRefused) {
  EXPECT_EQ(of(compact(SigningKey::ec("P-384"), "ES384", header().json(), claims().json())), "signature-wrong");
  const std::string good = token();
  for (std::size_t at = 0; at < good.size(); at += 7) {
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(judge(changed).outcome, Verdict::Outcome::refused) << at;
  }
  EXPECT_EQ(of(good), "none");
}

TEST_F(TokenThreats, S_02_TheSchemeHasNoCaseAndMayStandApart) {
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", "bEaReR   ", "  Bearer ", "Bearer  "}) {
    const std::string value = scheme + token();
    EXPECT_EQ(name_of(judge(Credentials{{value}, {}, {}}).reason), "none") << scheme;
  }
  const std::string good = token();
  for (const std::string& value : std::vector<std::string>{good, "Basic " + good, "Bearer", "Bearer ", "Bearer" + good,
                                                           "Bearer\t" + good, "BearerX " + good, std::string()}) {
    EXPECT_EQ(name_of(judge(Credentials{{value}, {}, {}}).reason), "scheme-not-bearer");
  }
  EXPECT_EQ(name_of(judge(Credentials{}).reason), "credentials-missing");
  const std::string value = "Bearer " + good;
  EXPECT_EQ(name_of(judge(Credentials{{value, value}, {}, {}}).reason), "credentials-repeated");
  EXPECT_EQ(of(good + " " + good), "token-malformed");
  EXPECT_EQ(name_of(judge(Credentials{{value}, {}, {}}).reason), "none");
}

TEST_F(TokenThreats, S_18_AVerdictHoldsNoPartOfTheToken) {
  const std::string good = token(header().set("kid", "\"key-9\""), claims());
  const Verdict verdict = judge(good);
  EXPECT_EQ(name_of(verdict.reason), "key-unknown");
  for (const std::string& text :
       {verdict.issuer, verdict.tenant, verdict.subject, verdict.jti, verdict.algorithm, verdict.key_id_hash}) {
    EXPECT_FALSE(text.size() > 8 && good.find(text) != std::string::npos);
    EXPECT_EQ(text.find("key-9"), std::string::npos);
  }
  EXPECT_EQ(verdict.client, 0u);
  EXPECT_EQ(verdict.issuer, kIssuer);
  EXPECT_EQ(verdict.jti, "") << "nobody has proved it";
}

TEST(Reasons, EveryReasonHasItsOwnName) {
  std::vector<std::string_view> names;
  for (const Reason reason : all_reasons()) {
    const auto name = name_of(reason);
    EXPECT_FALSE(name.empty());
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 0) << name;
    names.push_back(name);
  }
  EXPECT_EQ(name_of(Reason::none), "none");
  EXPECT_FALSE(is_unavailable(Reason::too_old_without_replay_memory));
  EXPECT_TRUE(is_unavailable(Reason::too_many_signatures));
  EXPECT_TRUE(is_unavailable(Reason::deadline_passed));
}

}  // namespace
}  // namespace cofactor::service::security
