// Promises: see router.hpp. The order of refusals is path, method, content type: cheap before dear,
// and a preflight never needs more than its path.
#include "cds-service/http/router.hpp"

#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "cds-service/http/call_shares.hpp"
#include "cds-service/http/tls.hpp"
#include "fhir/client/secret_text.hpp"

namespace cofactor::service::http {
namespace {

struct Route {
  enum class Kind { discovery, service, feedback, any } kind = Kind::discovery;
  std::string id;
};

std::optional<std::string> percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : digit(text[i + 2]);
    if (low < 0 || high * 16 + low == 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// "https://host/a/b/" -> "/a/b"
std::string base_path(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const auto slash = url.find('/');
  url = slash == std::string_view::npos ? std::string_view() : url.substr(slash);
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

/// RFC 9110: type and subtype in any letter case, any parameters. FHIR clients say
/// application/fhir+json.
bool is_json(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) content_type.remove_suffix(1);
  std::string type(content_type);
  for (char& c : type)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json") && type.size() > 17);
}

std::string_view allow(const Route& route) {
  switch (route.kind) {
    case Route::Kind::discovery:
      return "GET, HEAD, OPTIONS";
    case Route::Kind::any:
      return "GET, HEAD, POST, OPTIONS";
    case Route::Kind::service:
    case Route::Kind::feedback:
      break;
  }
  return "POST, OPTIONS";
}

struct Refused {
  int status;
  std::string_view code;
};

Refused refused(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::malformed:
      return {400, "invalid"};
    case Answer::Kind::unknown_service:
      return {404, "not-found"};
    case Answer::Kind::precondition_failed:
      return {412, "required"};
    case Answer::Kind::unavailable:
      return {503, "transient"};
    case Answer::Kind::ok:
    case Answer::Kind::accepted_empty:
    case Answer::Kind::internal:
      break;
  }
  return {500, "exception"};
}

Response response_of(Answer answer, std::string_view request_id) {
  Response response;
  if (answer.kind == Answer::Kind::ok) {
    response.body = std::move(answer.body);
  } else if (answer.kind != Answer::Kind::accepted_empty) {
    const auto [status, code] = refused(answer.kind);
    const std::string_view text =
        answer.text.empty() ? "the call could not be answered" : std::string_view(answer.text);
    response = refusal(status, answer.code.empty() ? code : std::string_view(answer.code), text,
                       request_id, answer.place);
  }
  if (!answer.decision.empty())
    response.headers.push_back({"X-Cofactor-Decision", std::move(answer.decision)});
  return response;
}

/// The same bytes for every cause: a reason would help who guesses. The cause is in the audit store.
Response not_admitted() {
  Response response = refusal(401, "login", "a valid credential of a configured client is needed", {});
  response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

class Router {
 public:
  Router(RouterSettings settings, Gate& gate, Endpoints& endpoints)
      : base_(base_path(settings.public_base_url)),
        cors_(std::move(settings.cors_origins)),
        shares_(std::make_shared<CallShares>(settings.calls_under_way)),
        gate_(gate),
        endpoints_(endpoints) {}

  void handle(Request request, const Reply& reply) const {
    const std::string origin(request.header("Origin"));
    const auto answer = [&](Response response) {
      cors_.decorate(origin, response);
      reply(std::move(response));
    };
    const auto refuse = [&](int status, std::string_view code, std::string_view text) {
      return refusal(status, code, text, request.request_id);
    };
    const auto route = find(request.path);
    if (!route)
      return answer(
          refuse(404, "not-found",
                 "there is nothing at this address: start at `/cds-services` under the base URL"));
    if (request.method == "OPTIONS") return answer(preflight(request, *route, origin));
    if (route->kind == Route::Kind::any) {  // `*` is for OPTIONS alone (RFC 9110 7.1)
      Response response = refuse(405, "not-supported", "this method is not known here: see the Allow field");
      response.headers.push_back({"Allow", "OPTIONS"});
      return answer(std::move(response));
    }
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (route->kind == Route::Kind::discovery ? !reads : request.method != "POST") {
      Response response =
          refuse(405, "not-supported", "this method is not known here: see the Allow field");
      response.headers.push_back({"Allow", std::string(allow(*route))});
      return answer(std::move(response));
    }
    if (route->kind != Route::Kind::discovery && !is_json(request.header("Content-Type")))
      return answer(refuse(415, "not-supported",
                           "the body must be JSON: send `Content-Type: application/json`"));
    pass_on(std::move(request), *route, origin, reply);
  }

 private:
  /// Every service is known by its id before a body is looked at.
  std::optional<Route> find(std::string_view path) const {
    if (path == "*") return Route{Route::Kind::any, {}};
    // A proxy may have taken the prefix away already.
    if (!base_.empty() && path.starts_with(base_) && path.substr(base_.size()).starts_with('/'))
      path.remove_prefix(base_.size());
    constexpr std::string_view kRoot = "/cds-services";
    if (!path.starts_with(kRoot)) return std::nullopt;
    path.remove_prefix(kRoot.size());
    if (path.empty() || path == "/") return Route{};
    if (path.front() != '/') return std::nullopt;
    path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    const auto slash = path.find('/');
    if (slash != std::string_view::npos && path.substr(slash) != "/feedback") return std::nullopt;
    auto id = percent_decoded(path.substr(0, slash));
    if (!id || !endpoints_.has_service(*id)) return std::nullopt;
    return Route{slash == std::string_view::npos ? Route::Kind::service : Route::Kind::feedback,
                 std::move(*id)};
  }

  /// Without authentication: a browser sends none here.
  Response preflight(const Request& request, const Route& route, std::string_view origin) const {
    Response response;
    response.status = 204;
    response.headers.push_back({"Allow", std::string(allow(route))});
    if (!cors_.allows(origin) || request.header("Access-Control-Request-Method").empty())
      return response;
    response.headers.push_back({"Access-Control-Allow-Methods", "GET, POST, OPTIONS"});
    // By name: `*` would not cover Authorization.
    response.headers.push_back(
        {"Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, X-Request-Id"});
    response.headers.push_back({"Access-Control-Max-Age", "600"});
    return response;
  }

  void pass_on(Request request, const Route& route, const std::string& origin,
               const Reply& reply) const {
    Gate::Shown shown;
    shown.authorization = request.header_values("Authorization");
    if (request.tls_client) shown.certificate_subject = request.tls_client->subject;
    shown.remote_address = request.remote_address;
    shown.request_id = request.request_id;
    shown.service = route.id;
    shown.purpose = route.kind == Route::Kind::discovery ? Gate::Purpose::discovery
                    : route.kind == Route::Kind::service ? Gate::Purpose::service
                                                         : Gate::Purpose::feedback;
    shown.deadline = request.deadline;
    Call call;
    call.service = route.id;
    call.body = std::move(request.body);
    call.request_id = request.request_id;
    call.remote_address = std::move(request.remote_address);
    call.arrived = request.arrived;
    call.deadline = request.deadline;
    call.thread = request.thread;
    // By value: the answer may come when the server is already being taken down.
    AnswerReply answer = [reply, cors = cors_for(origin),
                          id = std::move(request.request_id)](Answer given) {
      Response response = response_of(std::move(given), id);
      for (const Header& header : cors) response.headers.push_back(header);
      reply(std::move(response));
    };
    auto passing = std::make_shared<Passing>(Passing{endpoints_, shares_, route.kind, std::move(call), reply,
                                                     cors_for(origin), std::move(answer)});
    gate_.ask(std::move(shown), [passing = std::move(passing), thread = std::move(request.thread),
                                 asked_on = std::this_thread::get_id()](Gate::Verdict verdict) {
      if (!thread || std::this_thread::get_id() == asked_on) return passing->go_on(std::move(verdict));
      // Not on a thread that others wait for: the whole evaluation comes now.
      thread->go_on([passing, verdict = std::move(verdict)] { passing->go_on(verdict); });
    });
  }

  /// A call between the gate's question and its answer. It may outlive the router.
  struct Passing {
    Endpoints& endpoints;
    std::shared_ptr<CallShares> shares;
    Route::Kind kind;
    Call call;
    Reply reply;
    std::vector<Header> cors;
    AnswerReply answer;

    void go_on(Gate::Verdict verdict) {
      if (verdict.decision == Gate::Decision::refused) {
        fhir::client::wipe(call.body.data(), call.body.size());  // it can hold an access token
        Response response = not_admitted();
        for (const Header& header : cors) response.headers.push_back(header);
        return reply(std::move(response));
      }
      if (verdict.decision == Gate::Decision::unavailable)
        return turn_down("the service cannot take this call now: try again");
      if (Clock::now() >= call.deadline) return turn_down("the call's time was over before it was its turn: try again");
      auto ticket = shares->enter(verdict.caller.client);
      if (!ticket) return turn_down("too many calls of this client are under way: try again");
      call.caller = std::move(verdict.caller);
      AnswerReply done = [ticket = std::make_shared<CallShares::Ticket>(std::move(*ticket)),
                          answer = std::move(answer)](Answer given) { answer(std::move(given)); };
      switch (kind) {
        case Route::Kind::discovery:
          return endpoints.discovery(std::move(call), std::move(done));
        case Route::Kind::service:
          return endpoints.service(std::move(call), std::move(done));
        case Route::Kind::feedback:
          return endpoints.feedback(std::move(call), std::move(done));
        case Route::Kind::any:
          break;
      }
    }

    void turn_down(const char* why) {
      fhir::client::wipe(call.body.data(), call.body.size());
      answer(Answer::refusal(Answer::Kind::unavailable, why));
    }
  };

  std::vector<Header> cors_for(std::string_view origin) const {
    Response only_headers;
    cors_.decorate(origin, only_headers);
    return std::move(only_headers.headers);
  }

  std::string base_;
  Cors cors_;
  const std::shared_ptr<CallShares> shares_;
  Gate& gate_;
  Endpoints& endpoints_;
};

}  // namespace

Handler cds_router(RouterSettings settings, Gate& gate, Endpoints& endpoints) {
  auto router = std::make_shared<const Router>(std::move(settings), gate, endpoints);
  return [router](Request request, Reply reply) { router->handle(std::move(request), reply); };
}

}  // namespace cofactor::service::http
