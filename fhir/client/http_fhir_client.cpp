// Promises: see http_fhir_client.hpp.
#include "fhir/client/http_fhir_client.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include "fhir/client/trust.hpp"

namespace cofactor::fhir::client {
namespace {

constexpr std::size_t key_set_bytes = 64u << 10;
constexpr std::array<std::string_view, 4> fhir_types{"application/fhir+json", "application/json", "application/json+fhir",
                                                     "text/json"};

class HttpFhirClient final : public FhirClient {
 public:
  HttpFhirClient(std::shared_ptr<HttpTransport> transport, FhirServerSettings settings)
      : transport_(std::move(transport)), settings_(std::move(settings)) {
    origin_.secure = settings_.base.secure();
    origin_.host = settings_.base.bare_host();
    origin_.port = settings_.base.port();
    origin_.ca_file = settings_.ca_file;
    origin_.ca_version = version_of_file(settings_.ca_file);
    origin_.addresses = settings_.addresses;
  }

  ~HttpFhirClient() override { transport_->forget(origin_); }
  HttpFhirClient(const HttpFhirClient&) = delete;
  HttpFhirClient& operator=(const HttpFhirClient&) = delete;

  const BaseUrl& base() const override { return settings_.base; }
  const Origin& origin() const { return origin_; }

  void get(std::string relative, SharedSecret token, Clock::time_point deadline, std::function<void(FhirAnswer)> done) override {
    if (!is_plain_relative(relative)) return done({FhirFailure::not_asked, {}});
    HttpRequest request;
    request.target = settings_.base.path() + (relative.starts_with('?') && !settings_.base.path().empty() ? "" : "/") + relative;
    request.accept = "application/fhir+json";
    request.token = std::move(token);
    request.deadline = deadline;
    request.body_bytes = settings_.body_bytes;
    transport_->get(origin_, std::move(request), [done = std::move(done)](HttpAnswer answer) {
      if (answer.failure == FhirFailure::none && std::ranges::find(fhir_types, answer.content_type) == fhir_types.end())
        return done({FhirFailure::not_fhir, {}});
      done({answer.failure, std::move(answer.body)});
    });
  }

 private:
  std::shared_ptr<HttpTransport> transport_;
  FhirServerSettings settings_;
  Origin origin_;
};

/// What was called last for a key set: its connections go with whoever fetches it, and when its CA file is replaced.
class KeySetOrigin {
 public:
  explicit KeySetOrigin(std::shared_ptr<HttpTransport> transport) : transport_(std::move(transport)) {}
  ~KeySetOrigin() {
    if (called_) transport_->forget(*called_);
  }
  KeySetOrigin(const KeySetOrigin&) = delete;
  KeySetOrigin& operator=(const KeySetOrigin&) = delete;

  void called(const Origin& origin) {
    std::optional<Origin> before;
    {
      const std::lock_guard lock(mutex_);
      before = std::exchange(called_, origin);
    }
    if (before && (*before < origin || origin < *before)) transport_->forget(*before);
  }

 private:
  const std::shared_ptr<HttpTransport> transport_;
  std::mutex mutex_;
  std::optional<Origin> called_;
};

struct Named {
  FhirFailure failure;
  std::string_view code;
};
constexpr std::array<Named, 17> names{{{FhirFailure::none, ""},
                                       {FhirFailure::timeout, "fhir-timeout"},
                                       {FhirFailure::unreachable, "fhir-unreachable"},
                                       {FhirFailure::address, "fhir-address"},
                                       {FhirFailure::tls, "fhir-tls"},
                                       {FhirFailure::unauthorized, "fhir-unauthorized"},
                                       {FhirFailure::forbidden, "fhir-forbidden"},
                                       {FhirFailure::not_found, "fhir-not-found"},
                                       {FhirFailure::rate_limited, "fhir-rate-limited"},
                                       {FhirFailure::server_error, "fhir-server-error"},
                                       {FhirFailure::redirect, "fhir-redirect"},
                                       {FhirFailure::refused, "fhir-refused"},
                                       {FhirFailure::too_large, "fhir-too-large"},
                                       {FhirFailure::not_fhir, "fhir-not-fhir"},
                                       {FhirFailure::breaker_open, "fhir-breaker-open"},
                                       {FhirFailure::busy, "fhir-busy"},
                                       {FhirFailure::not_asked, "fhir-not-asked"}}};

}  // namespace

std::string_view code_of(FhirFailure failure) {
  for (const Named& each : names)
    if (each.failure == failure) return each.code;
  return "fhir-unreachable";
}

bool is_server_trouble(FhirFailure failure) {
  switch (failure) {
    case FhirFailure::timeout:
    case FhirFailure::unreachable:
    case FhirFailure::address:
    case FhirFailure::tls:
    case FhirFailure::rate_limited:
    case FhirFailure::server_error:
    case FhirFailure::redirect:
    case FhirFailure::too_large:
    case FhirFailure::not_fhir:
      return true;
    case FhirFailure::none:
    case FhirFailure::unauthorized:
    case FhirFailure::forbidden:
    case FhirFailure::not_found:
    case FhirFailure::refused:
    case FhirFailure::breaker_open:
    case FhirFailure::busy:
    case FhirFailure::not_asked:
      return false;
  }
  return true;
}

Result<std::unique_ptr<FhirClient>> http_fhir_client(std::shared_ptr<HttpTransport> transport, FhirServerSettings settings) {
  auto client = std::make_unique<HttpFhirClient>(transport, std::move(settings));
  if (const auto trusted = transport->check_trust(client->origin()); !trusted) return tl::unexpected(trusted.error());
  return client;
}

KeySetFetch key_set_fetch(std::shared_ptr<HttpTransport> transport, std::string ca_file, AddressRule addresses) {
  auto last = std::make_shared<KeySetOrigin>(transport);
  return [transport = std::move(transport), last = std::move(last), ca_file = std::move(ca_file), addresses = std::move(addresses)](
             const std::string& url, Clock::time_point deadline, std::function<void(Result<std::string>)> done) {
    const auto question = url.find('?');
    const auto parsed = BaseUrl::read(url.substr(0, question));
    const std::string query = question == std::string::npos ? std::string() : url.substr(question);
    if (!parsed || !is_key_set_url(url))
      return done(fail("jwks-url-refused", "the URL of the key set is not a plain https URL"));
    const Origin origin{true, parsed->host(), parsed->port(), ca_file, addresses, version_of_file(ca_file)};
    last->called(origin);
    HttpRequest request;
    const auto slash = url.find('/', url.find("//") + 2);
    request.target = slash == std::string::npos ? "/" + query : url.substr(slash);
    request.accept = "application/json";
    request.deadline = deadline;
    request.body_bytes = key_set_bytes;
    transport->get(origin, std::move(request), [done = std::move(done)](HttpAnswer answer) {
      if (answer.failure != FhirFailure::none)
        return done(fail(std::string(code_of(answer.failure)), "the key set could not be fetched"));
      done(std::move(answer.body));
    });
  };
}

}  // namespace cofactor::fhir::client
