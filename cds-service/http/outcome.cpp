// Promises: the OperationOutcome body of every error the edge gives out.
#include "cds-service/http/router.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::http {

Response refusal(int status, std::string_view issue_code, std::string_view text,
                 std::string_view request_id, std::string_view place) {
  std::string diagnostics(text);
  if (!request_id.empty()) diagnostics.append(" (request ").append(request_id).append(")");
  json::Writer out;
  out.begin_object()
      .field("resourceType", "OperationOutcome")
      .key("issue")
      .begin_array()
      .begin_object();
  out.field("severity", "error").field("code", issue_code).field("diagnostics", diagnostics);
  if (!place.empty()) out.key("expression").begin_array().string(place).end_array();
  out.end_object().end_array().end_object();
  Response response;
  response.status = status;
  response.body = out.take();
  // The client may try again: the next call can find a free queue.
  if (status == 503) response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace cofactor::service::http
