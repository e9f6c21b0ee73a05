// Proves (T-FHIR-3): llhttp's strict response cases, served to the FHIR client. None ends the process, none is waited for
// beyond the deadline, and none, whole or cut, becomes an answer; nor do the same faults around a real FHIR body.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "fhir/json/reader.hpp"
#include "tests/fhir/client/running_client.hpp"
#include "tests/fhir/client/stub_server.hpp"

namespace cofactor::fhir::client {
namespace {

using namespace std::chrono_literals;

std::string base64_decoded(std::string_view text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<unsigned>(digit);
    if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8) & 0xff);
  }
  return out;
}

TEST(FhirLlhttp, T_FHIR_3_NoStrictResponseCaseBecomesAFhirAnswer) {
  std::ifstream file(COFACTOR_SHARED "/testdata/http-llhttp/cases.json", std::ios::binary);
  const auto document = json::parse({std::istreambuf_iterator<char>(file), {}});
  ASSERT_TRUE(document);
  const auto transport = testing::new_transport();
  std::size_t rejected = 0, accepted = 0;
  for (const json::Value& row : document->root().items()) {
    if (row["type"].string() != "response" || row["lenient"].flag) continue;
    ++(row["verdict"].string() == "reject" ? rejected : accepted);
    const std::string raw = base64_decoded(row["raw_b64"].string());
    testing::StubServer server([&](testing::Peer& peer) {
      if (!peer.read_request().empty()) peer.send(raw);
    });
    const auto client = testing::client_of(transport, server.base());
    const auto begin = Clock::now();
    const FhirAnswer answer = testing::answer(*client, "Patient/1", 2s, "canary");
    EXPECT_LT(Clock::now() - begin, 4s) << row["name"].string();
    EXPECT_NE(answer.failure, FhirFailure::none) << row["name"].string() << "\n" << raw;
    EXPECT_EQ(answer.body, "") << row["name"].string();
    // Cut anywhere, it is no answer either.
    for (std::size_t cut = 1; cut < raw.size(); cut += 1 + raw.size() / 4) {
      testing::StubServer partly([&](testing::Peer& peer) {
        if (!peer.read_request().empty()) peer.send(std::string_view(raw).substr(0, cut));
      });
      const auto another = testing::client_of(transport, partly.base());
      EXPECT_EQ(testing::answer(*another, "Patient/1", 2s).body, "") << row["name"].string() << " cut at " << cut;
    }
  }
  EXPECT_EQ(rejected, 26u);
  EXPECT_EQ(accepted, 50u);
}

TEST(FhirLlhttp, T_FHIR_3_WithAFhirBodyARefusedMessageIsNoAnswer) {
  const std::string body = R"({"resourceType":"Patient","id":"1"})";
  const std::string type = "Content-Type: application/fhir+json\r\n";
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  const auto transport = testing::new_transport();
  const auto answered = [&](const std::string& raw) {
    testing::StubServer server([&](testing::Peer& peer) {
      if (!peer.read_request().empty()) peer.send(raw);
    });
    const auto client = testing::client_of(transport, server.base());
    return testing::answer(*client, "Patient/1", 2s).body == body;
  };
  EXPECT_TRUE(answered("HTTP/1.1 200 OK\r\n" + type + length + "\r\n" + body));
  for (const std::string& raw : {
           "HTP/1.1 200 OK\r\n" + type + length + "\r\n" + body, "HTTP/11.1 200 OK\r\n" + type + length + "\r\n" + body,
           "HTTP/5.6 200 OK\r\n" + type + length + "\r\n" + body, "HTTP/1.1 2 OK\r\n" + type + length + "\r\n" + body,
           "HTTPER/1.1 200 OK\r\n" + type + length + "\r\n" + body, "HTTP/1.1 200 OK\n" "Content-Type: application/fhir+json\n\n" + body,
           "HTTP/1.1 200 OK\r\n" + type + length + "Transfer-Encoding: chunked\r\n\r\n" + body,
           "HTTP/1.1 200 OK\r\n" + type + "Transfer-Encoding: chunkedchunked\r\n\r\n" + body,
           "HTTP/1.1 200 OK\r\n" + type + "Transfer-Encoding: chunked, deflate\r\n\r\n" + body,
           "HTTP/1.1 200 OK\r\n" + type + "Content-Length: 35, 35\r\n\r\n" + body,
           "HTTP/1.1 101 Switching Protocols\r\n" + type + length + "\r\n" + body,
           "HTTP/1.1 204 No content\r\n" + type + length + "\r\n" + body})
    EXPECT_FALSE(answered(raw)) << raw;
}

}  // namespace
}  // namespace cofactor::fhir::client
