// Proves: nothing that is put into a header can start a header or a response of its own.
#include "cds-service/http/response_text.hpp"

#include <gtest/gtest.h>

namespace cofactor::service::http {
namespace {

std::string head(const Response& response, const Frame& frame = {}) {
  std::string out;
  write_head(response, frame, out);
  return out;
}

TEST(ResponseText, KeepsLineBreaksOutOfValues) {
  Response response;
  response.headers = {{"X-A", std::string("a\r\nX-B: c\n\0d\x7f", 13)}};
  const std::string text = head(response, {"id\r\nX-Zed: d", "", false, false});
  EXPECT_EQ(text.find("\nX-B"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nX-Zed"), std::string::npos) << text;
  EXPECT_NE(text.find("X-A: a  X-B: c  d \r\n"), std::string::npos) << text;
}

TEST(ResponseText, SaysLengthAndTypeOnlyWhereTheyBelong) {
  Response response;
  EXPECT_NE(head(response).find("Content-Length: 0\r\n"), std::string::npos);
  EXPECT_EQ(head(response).find("\nContent-Type"), std::string::npos);
  response.status = 204;
  EXPECT_EQ(head(response).find("Content-Length"), std::string::npos);
  response.status = 200;
  response.body = "abc";
  EXPECT_NE(head(response).find("Content-Type: application/json\r\nContent-Length: 3\r\n"),
            std::string::npos);
  EXPECT_TRUE(head(response).ends_with("\r\n\r\n"));
}

TEST(ResponseText, WritesTheDateAsTheProtocolWantsIt) {
  EXPECT_EQ(imf_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(imf_date(1709164800), "Thu, 29 Feb 2024 00:00:00 GMT");
}

}  // namespace
}  // namespace cofactor::service::http
