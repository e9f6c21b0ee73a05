// Proves: a URL is under a configured base or it is refused; nothing that parsers disagree about passes.
#include "fhir/client/base_url.hpp"

#include <gtest/gtest.h>

namespace cofactor::fhir::client {
namespace {

BaseUrl base(std::string_view url) {
  auto read = BaseUrl::read(url);
  EXPECT_TRUE(read) << url;
  return *read;
}

TEST(BaseUrl, SpellingsOfOneBaseAreOne) {
  const BaseUrl ehr = base("https://EHR.example:443/fhir/r4/");
  EXPECT_EQ(ehr.text(), "https://ehr.example/fhir/r4");
  EXPECT_EQ(ehr.path(), "/fhir/r4");
  for (const char* same : {"https://ehr.example/fhir/r4", "HTTPS://ehr.EXAMPLE/fhir/r4/", "https://ehr.example:443/fhir/r4"})
    EXPECT_TRUE(ehr.same(same)) << same;
  EXPECT_EQ(base("http://127.0.0.1:8080").text(), "http://127.0.0.1:8080");
  EXPECT_EQ(base("http://127.0.0.1:80/").text(), "http://127.0.0.1");
}

TEST(BaseUrl, T_SSRF_1_AnythingButTheConfiguredBaseIsRefused) {
  const BaseUrl ehr = base("https://ehr.example/fhir");
  for (const char* other :
       {"https://evil.example/fhir", "https://169.254.169.254/fhir", "https://[::1]/fhir", "https://0x7f.1/fhir", "https://2130706433/fhir",
        "https://ehr.example@evil.example/fhir", "https://user@ehr.example/fhir", "https://user:pw@ehr.example/fhir",
        "https://evil.example#@ehr.example/fhir", "https://ehr.example/fhir#x", "https://ehr.example\\@evil.example/fhir",
        "https://ehr.example\\.evil.example/fhir", "https:\\\\ehr.example\\fhir", "https://ehr.example./fhir", "http://ehr.example/fhir",
        "https://ehr.example:444/fhir", "https://ehr.example:/fhir", "https://ehr.example:0443/fhir", "https://ehr.example:65979/fhir",
        "https://ehr.example.evil.example/fhir", "https://xehr.example/fhir", "https://\xd0\xb5hr.example/fhir", "https://xn--hr-nlc.example/fhir",
        "https://ehr%2eexample/fhir", "https://ehr.example%00.evil.example/fhir", "//ehr.example/fhir", "https:/ehr.example/fhir",
        "https:ehr.example/fhir", " https://ehr.example/fhir", "https://ehr.example/fhir ", "https://ehr.example/fhir\r\n", "https://ehr\t.example/fhir",
        "ftp://ehr.example/fhir", "file:///etc/passwd", "javascript:alert(1)", "", "https://", "https:///fhir", "https://ehr.example/FHIR",
        "https://ehr.example/fhir2", "https://ehr.example", "https://ehr.example/fhir//", "https://ehr.example/fhir?x=1"})
    EXPECT_FALSE(ehr.same(other)) << other;
}

TEST(BaseUrl, T_SSRF_1_AnIPv6AddressIsWrittenInOneWay) {
  const BaseUrl ehr = base("https://[2001:DB8::A]:443/fhir/");
  EXPECT_EQ(ehr.text(), "https://[2001:db8::a]/fhir");
  EXPECT_EQ(ehr.host(), "[2001:db8::a]");
  EXPECT_EQ(ehr.bare_host(), "2001:db8::a");
  EXPECT_EQ(base("http://[::1]:8080/fhir").authority(), "[::1]:8080");
  EXPECT_EQ(base("https://ehr.example").bare_host(), "ehr.example");
  for (const char* same : {"https://[2001:db8::a]/fhir", "HTTPS://[2001:db8::A]/fhir/", "https://[2001:db8::a]:443/fhir"}) EXPECT_TRUE(ehr.same(same)) << same;
  EXPECT_EQ(ehr.below("https://[2001:db8::a]/fhir/Patient/1"), "Patient/1");
  for (const char* other :
       {"https://[2001:db8::b]/fhir", "https://[2001:db8:0::a]/fhir", "https://[2001:db8:0:0:0:0:0:a]/fhir", "https://[2001:0db8::a]/fhir",
        "https://[2001:db8::0.0.0.10]/fhir", "https://2001:db8::a/fhir", "https://[2001:db8::a/fhir", "https://2001:db8::a]/fhir",
        "https://[2001:db8::a%25eth0]/fhir", "https://[2001:db8::a%eth0]/fhir", "https://[[2001:db8::a]]/fhir", "https://[2001:db8::a]444/fhir",
        "https://[2001:db8::a]:/fhir", "https://[2001:db8::a]:444/fhir", "https://[2001:db8::a].evil.example/fhir", "https://[2001:db8::a]@evil.example/fhir",
        "https://evil@[2001:db8::a]/fhir", "http://[2001:db8::a]/fhir", "https://[2001:db8::a]/fhir/../x", "https://%5b2001:db8::a%5d/fhir", "https://[2001:db8::a ]/fhir"}) {
    EXPECT_FALSE(ehr.same(other)) << other;
    EXPECT_EQ(ehr.below(std::string(other) + "/Patient/1"), std::nullopt) << other;
  }
  for (const char* bad : {"https://[]/", "https://[:]/", "https://[:::1]/", "https://[::ffff:10.0.0.1]/", "https://[::ffff:a00:1]/", "https://[::a00:1]/", "https://[1:2:3:4:5:6:7]/",
                          "https://[1:2:3:4:5:6:7:8:9]/", "https://[12345::1]/", "https://[::g]/", "https://[v1.x]/", "https://[1:0:0:2:0:0:0:3]/", "https://[1::2:0:0:0:3]/"})
    EXPECT_FALSE(BaseUrl::read(bad)) << bad;
  EXPECT_TRUE(BaseUrl::read("https://[1:0:0:2::3]/")) << "the longest run of zeros is the one that is left out";
}

TEST(BaseUrl, T_SSRF_2_NoPathClimbsOutOfTheBase) {
  const BaseUrl ehr = base("https://ehr.example/fhir");
  for (const char* climb :
       {"https://ehr.example/fhir/../admin", "https://ehr.example/fhir/%2e%2e/admin", "https://ehr.example/fhir/.%2e/admin",
        "https://ehr.example/fhir//admin", "https://ehr.example//fhir/Patient/1", "https://ehr.example/fhir/./Patient", "https://ehr.example/fhir/..",
        "https://ehr.example/fhir/..;/admin", "https://ehr.example/fhir/%2f..%2fadmin", "https://ehr.example/fhir\\..\\admin",
        "https://ehr.example/fhirx/Patient/1", "https://ehr.example/fhir%2fPatient", "../admin", "/admin", "//evil.example/x", "Patient/../../x",
        "Patient/%2e%2e", "?x=%0d%0aHost:%20evil", "?x=a b", "?x=\"", "Patient/1#x", "Patient//1", "Patient/", "http:Patient/1"})
    EXPECT_EQ(ehr.below(climb), std::nullopt) << climb;
}

TEST(BaseUrl, WhatLiesBelowIsGivenRelative) {
  const BaseUrl ehr = base("https://ehr.example/fhir");
  EXPECT_EQ(ehr.below("https://ehr.example/fhir/Observation?patient=1&page=2"), "Observation?patient=1&page=2");
  EXPECT_EQ(ehr.below("https://EHR.example:443/fhir?_getpages=8e1&_pretty=false"), "?_getpages=8e1&_pretty=false");
  EXPECT_EQ(ehr.below("https://ehr.example/fhir/Observation?code=http%3A%2F%2Floinc.org%7C19123-9"), "Observation?code=http%3A%2F%2Floinc.org%7C19123-9");
  EXPECT_EQ(ehr.below("Observation?page=2"), "Observation?page=2");
  EXPECT_EQ(ehr.below("?url=https://ehr.example/x"), "?url=https://ehr.example/x");
  EXPECT_EQ(base("https://ehr.example").below("https://ehr.example/Patient/1"), "Patient/1");
  EXPECT_EQ(ehr.below("https://ehr.example/fhir"), std::nullopt) << "nothing below it";
}

TEST(BaseUrl, AConfiguredBaseMustBePlainItself) {
  for (const char* bad : {"https://ehr.example/fhir?x", "https://ehr.example/a/../b", "https://ehr.example//fhir", "https://0x7f.1/", "https://127.1",
                          "https://1.2.3.4.5", "https://256.1.1.1", "https://01.2.3.4", "https://-x.example", "https://ehr.example/f%20hir",
                          "https://ehr.example:99999", "https://user@ehr.example", "ehr.example/fhir", "https://[::1", "https://[evil]/"})
    EXPECT_FALSE(BaseUrl::read(bad)) << bad;
  const auto refused = BaseUrl::read("https://secret-user@ehr.example");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "base-url-refused");
  EXPECT_EQ(refused.error().text.find("secret"), std::string::npos);
}

TEST(BaseUrl, AKeySetIsFetchedFromAPlainHttpsAddress) {
  for (const char* good : {"https://ehr.example", "https://ehr.example/", "https://EHR.example:8443/a/keys.json",
                           "https://ehr.example/keys?set=a%20b&x=1", "https://127.0.0.1/jwks"})
    EXPECT_TRUE(is_key_set_url(good)) << good;
  for (const char* bad :
       {"", "https://", "http://ehr.example/keys", "https://[2001:db8::1]/keys", "https://user@ehr.example/keys",
        "https://ehr.example/a%20b", "https://ehr.example/a//b", "https://ehr.example/./keys", "https://ehr.example/keys#x",
        "https://ehr.example/keys?a#b", "https://ehr.example/keys?a%0", "https://ehr.example/a:b", "https://0x7f.1/keys",
        "https://ehr.example:0/keys", "keys.json"})
    EXPECT_FALSE(is_key_set_url(bad)) << bad;
}

TEST(BaseUrl, T_SSRF_7_AnIdIsAnIdOrNothing) {
  for (const char* good : {"1", "pt-4471", "A.b-9", "1234567890123456789012345678901234567890123456789012345678901234"}) EXPECT_TRUE(is_fhir_id(good)) << good;
  for (const char* bad : {"", ".", "..", "a/b", "a?b", "a#b", "a%2Fb", "a\r\nb", "a b", "a_b", "\xe2\x80\x91",
                          "12345678901234567890123456789012345678901234567890123456789012345"})
    EXPECT_FALSE(is_fhir_id(bad)) << bad;
}

TEST(BaseUrl, QueryValuesAreEscapedOnce) {
  EXPECT_EQ(query_escaped("http://loinc.org|19123-9,http://loinc.org|2601-3"), "http://loinc.org%7C19123-9,http://loinc.org%7C2601-3");
  EXPECT_EQ(query_escaped("a b&c=d#e%"), "a%20b%26c%3Dd%23e%25");
}

}  // namespace
}  // namespace cofactor::fhir::client
