// Promises: the probes and the metrics page. Live: the process turns; ready: it can do its work, or
// says why not.
#include <utility>

#include "cds-service/http/router.hpp"
#include "fhir/json/writer.hpp"

namespace cofactor::service::http {
namespace {

Response health(const std::vector<std::string>& reasons) {
  json::Writer out;
  out.begin_object().field("status", reasons.empty() ? "ready" : "not-ready");
  if (!reasons.empty()) {
    out.key("reasons").begin_array();
    for (const std::string& reason : reasons) out.string(reason);
    out.end_array();
  }
  out.end_object();
  Response response;
  response.status = reasons.empty() ? 200 : 503;
  response.body = out.take();
  return response;
}

Response page(const OperationsPages& pages, const Request& request) {
  const bool known = request.path == "/health/live" || request.path == "/health/ready" ||
                     request.path == "/metrics";
  if (!known)
    return refusal(404, "not-found", "here are `/health/live`, `/health/ready` and `/metrics`",
                   request.request_id);
  if (request.method != "GET" && request.method != "HEAD") {
    Response response =
        refusal(405, "not-supported", "this page can only be read", request.request_id);
    response.headers.push_back({"Allow", "GET, HEAD"});
    return response;
  }
  if (request.path == "/health/ready") return health(pages.why_not_ready());
  Response response;
  if (request.path == "/health/live") {
    response.body = R"({"status":"live"})";
  } else {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = pages.metrics();
  }
  return response;
}

}  // namespace

Handler operations_router(OperationsPages pages) {
  return [pages = std::move(pages)](Request request, Reply reply) { reply(page(pages, request)); };
}

}  // namespace cofactor::service::http
