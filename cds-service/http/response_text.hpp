// Promises: the header of a response as bytes. No header value can start a line of its own.
#pragma once
#include <string>
#include <string_view>

#include "cds-service/http/message.hpp"

namespace cofactor::service::http {

struct Frame {
  std::string_view request_id;  ///< empty: none
  std::string_view date;        ///< IMF-fixdate; empty: none
  bool http_1_0 = false;
  bool close = false;
};

/// Replaces `out`. Says Content-Length of the body, except for statuses that have none.
void write_head(const Response& response, const Frame& frame, std::string& out);
/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string imf_date(long long seconds_since_1970);

}  // namespace cofactor::service::http
