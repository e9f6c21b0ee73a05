// Proves: the strict rules of the edge, without a socket; every case also byte by byte, because an
// attacker chooses where packets end.
#include "cds-service/http/request_reader.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace cofactor::service::http {
namespace {

using State = RequestReader::State;

struct Outcome {
  State state = State::empty;
  int status = 0;
  std::vector<Request> requests;
};

Outcome feed(std::string_view bytes, std::size_t piece, const ServerLimits& limits = {}) {
  ReadBuffers buffers(RequestReader::buffer_bytes(limits));
  RequestReader reader(limits, buffers);
  Outcome outcome;
  while (!bytes.empty()) {
    const auto room = reader.room();
    const auto some = std::min({piece, bytes.size(), room.size()});
    std::memcpy(room.data(), bytes.data(), some);
    reader.received(some);
    bytes.remove_prefix(some);
    while ((outcome.state = reader.advance()) == State::complete)
      outcome.requests.push_back(reader.take());
    if (outcome.state == State::refused) {
      outcome.status = reader.refusal().status;
      break;
    }
  }
  return outcome;
}

/// The same answer however the bytes are cut.
Outcome fed(std::string_view bytes, const ServerLimits& limits = {}) {
  const Outcome whole = feed(bytes, bytes.size(), limits);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    const Outcome cut = feed(bytes, piece, limits);
    EXPECT_EQ(cut.state, whole.state) << piece << ": " << bytes;
    EXPECT_EQ(cut.status, whole.status) << piece << ": " << bytes;
    EXPECT_EQ(cut.requests.size(), whole.requests.size()) << piece << ": " << bytes;
    for (std::size_t i = 0; i < std::min(cut.requests.size(), whole.requests.size()); ++i)
      EXPECT_EQ(cut.requests[i].body, whole.requests[i].body) << piece << ": " << bytes;
  }
  return whole;
}

int refused(std::string_view bytes, const ServerLimits& limits = {}) {
  const Outcome outcome = fed(bytes, limits);
  EXPECT_TRUE(outcome.requests.empty()) << bytes;
  return outcome.state == State::refused ? outcome.status : 0;
}

std::string with(std::string_view fields, std::string_view body = {}) {
  return std::string("POST / HTTP/1.1\r\nHost: h\r\n").append(fields).append("\r\n").append(body);
}

TEST(RequestReader, TakesPipelinedRequestsApartInOrder) {
  const auto outcome = fed(
      with("Content-Length: 3\r\n", "abc") + "GET /x?q=1 HTTP/1.1\r\nHost: h\r\nA:  b \r\n\r\n" +
      with("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nT: t\r\n\r\n") +
      "GET");
  ASSERT_EQ(outcome.requests.size(), 3u);
  EXPECT_EQ(outcome.requests[0].body, "abc");
  EXPECT_EQ(outcome.requests[1].method, "GET");
  EXPECT_EQ(outcome.requests[1].path, "/x");
  EXPECT_EQ(outcome.requests[1].query, "q=1");
  EXPECT_EQ(outcome.requests[1].header("a"), "b");
  EXPECT_EQ(outcome.requests[2].body, "abcde");
  EXPECT_EQ(outcome.requests[2].header("T"), "") << "a trailer must not become a header";
  EXPECT_EQ(outcome.state, State::header);
}

TEST(RequestReader, T_HTTP_1_RefusesWhatTwoServersMayReadDifferently) {
  const std::string five = "hello";
  for (const std::string& message : {
           with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", five),
           with("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n", five),
           with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
           with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
           with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
           with("Transfer-Encoding: identity\r\n"),
           with("Transfer-Encoding:\r\n"),
           with("Transfer-Encoding: \x0b"
                "chunked\r\n"),
           with("Transfer-Encoding : chunked\r\n"),
           with("Content-Length: 5\r\nContent-Length: 5\r\n", five),
           with("Content-Length: 2\r\nContent-Length: 5\r\n", five),
           with("Content-Length: 5,5\r\n", five),
           with("Content-Length: 5, 5\r\n", five),
           with("Content-Length: +5\r\n", five),
           with("Content-Length: -1\r\n", five),
           with("Content-Length: 0x5\r\n", five),
           with("Content-Length: 5 5\r\n", five),
           with("Content-Length: abc\r\n", five),
           with("Content-Length:\r\n"),
           with("Content-Length : 5\r\n", five),
           with("A: b\r\n c: d\r\n"),
           with("A: b\r\n\tc: d\r\n"),
           with("A: b\nC: d\r\n"),
           with("A: b\rC: d\r\n"),
           with(std::string_view("A: b\0c\r\n", 8)),
           with("A: b\x7f\r\n"),
           with("A b\r\n"),
           with(": b\r\n"),
           std::string("GET / HTTP/1.1\nHost: h\n\n"),
           std::string("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET  / HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET a HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
           std::string("GET / HTTP/9.9\r\nHost: h\r\n\r\n"),
           std::string("GET / XTTP/1.1\r\nHost: h\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
           std::string("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
           std::string("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           std::string("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
       })
    EXPECT_EQ(refused(message), 400) << message;
}

TEST(RequestReader, T_HTTP_1_RefusesBadChunks) {
  for (const std::string_view body :
       {"-1\r\n", "-2\r\n", "zz\r\n", "\r\n", "5\n", "3\r\nabcd\r\n", "3\r\nabc\n", "3 \r\nabc\r\n",
        "2;\r\nab\r\n", "2;a=\"b\r\nab\r\n", "2 a\r\nab\r\n", "1;=b\r\na\r\n", "0\r\nA\rb\r\n\r\n",
        "0\r\n a: b\r\n\r\n", "123456789\r\n"})
    EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\n", body)), 400) << body;
  EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\n", "1;" + std::string(5000, 'a'))), 400)
      << "extensions must be bounded";
}

TEST(RequestReader, T_10_RefusesBodiesOverTheLimitBeforeTheyCome) {
  ServerLimits limits;
  limits.body_bytes = 10;
  EXPECT_EQ(fed(with("Content-Length: 10\r\n", "0123456789"), limits).requests.size(), 1u);
  EXPECT_EQ(refused(with("Content-Length: 11\r\n"), limits), 413);
  EXPECT_EQ(refused(with("Content-Length: 99999999999999999999\r\n"), limits), 400);
  EXPECT_EQ(
      fed(with("Transfer-Encoding: chunked\r\n", "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"), limits)
          .requests.size(),
      1u);
  EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\n", "b\r\n"), limits), 413);
  EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\n", "5\r\n01234\r\n6\r\n"), limits), 413);
  EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\n", "ffffffff\r\n"), limits), 413);
}

TEST(RequestReader, BoundsHeaderBytesFieldsAndTarget) {
  ServerLimits limits;
  limits.header_bytes = 200;
  limits.header_fields = 3;
  limits.target_bytes = 20;
  const auto get = [](std::string_view target, std::string_view fields) {
    return std::string("GET ")
        .append(target)
        .append(" HTTP/1.1\r\nHost: h\r\n")
        .append(fields)
        .append("\r\n");
  };
  EXPECT_EQ(fed(get("/" + std::string(19, 'a'), "A: b\r\nC: d\r\n"), limits).requests.size(), 1u);
  EXPECT_EQ(refused(get("/" + std::string(20, 'a'), ""), limits), 414);
  EXPECT_EQ(refused(get("/", "A: b\r\nC: d\r\nE: f\r\n"), limits), 431);
  EXPECT_EQ(refused(get("/", "A: " + std::string(200, 'b') + "\r\n"), limits), 431);
  EXPECT_EQ(refused("GET /" + std::string(300, 'a'), limits), 431) << "a header that never ends";
}

TEST(RequestReader, T_HTTP_3_RefusesCompressedBodiesAndUnknownExpectations) {
  EXPECT_EQ(refused(with("Content-Encoding: gzip\r\nContent-Length: 1\r\n")), 415);
  EXPECT_EQ(fed(with("Content-Encoding: identity\r\nContent-Length: 1\r\n", "a")).requests.size(),
            1u);
  EXPECT_EQ(refused(with("Expect: tea\r\nContent-Length: 1\r\n")), 417);
}

TEST(RequestReader, OwesContinueOnlyToABodyThatMayCome) {
  ServerLimits limits;
  limits.body_bytes = 10;
  const auto owes = [&](std::string_view bytes) {
    ReadBuffers buffers(RequestReader::buffer_bytes(limits));
    RequestReader reader(limits, buffers);
    std::memcpy(reader.room().data(), bytes.data(), bytes.size());
    reader.received(bytes.size());
    reader.advance();
    return reader.owes_continue();
  };
  EXPECT_TRUE(owes(with("Expect: 100-Continue\r\nContent-Length: 10\r\n")));
  EXPECT_FALSE(owes(with("Expect: 100-continue\r\nContent-Length: 11\r\n"))) << "over the limit";
  EXPECT_FALSE(owes(with("Expect: 100-continue\r\nContent-Length: 10\r\n", "a")))
      << "the body is on its way";
  EXPECT_FALSE(owes("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"));
}

TEST(RequestReader, ReadsAllFormsOfATarget) {
  const auto path = [](std::string_view target) {
    const auto outcome =
        fed(std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: h\r\n\r\n"));
    return outcome.requests.empty() ? "refused"
                                    : outcome.requests[0].path + "|" + outcome.requests[0].query;
  };
  EXPECT_EQ(path("/a/b?c=d?e"), "/a/b|c=d?e");
  EXPECT_EQ(path("http://h:1/a?b"), "/a|b");
  EXPECT_EQ(path("HTTPS://h?b"), "/|b");
  EXPECT_EQ(path("*"), "*|");
  EXPECT_EQ(path("/a%2Fb#f"), "/a%2Fb|");
}

TEST(RequestReader, ForgivesAnEmptyLineBetweenRequests) {
  EXPECT_EQ(fed("\r\n" + with("Content-Length: 1\r\n", "a") + "\r\n\r\n" +
                with("Content-Length: 1\r\n", "b"))
                .requests.size(),
            2u);
}

}  // namespace
}  // namespace cofactor::service::http
