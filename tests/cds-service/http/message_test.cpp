// Proves: header names are matched without regard to letter case.
#include "cds-service/http/message.hpp"

#include <gtest/gtest.h>

TEST(HttpMessage, FindsHeadersInAnyLetterCase) {
  cofactor::service::http::Request request;
  request.headers = {{"Content-Type", "application/json"}};
  EXPECT_EQ(request.header("content-type"), "application/json");
  EXPECT_EQ(request.header("content"), "");
}
