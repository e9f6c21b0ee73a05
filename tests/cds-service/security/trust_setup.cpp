// Promises: what trust_setup.hpp says.
#include "tests/cds-service/security/trust_setup.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>

namespace cofactor::service::security::testing {

Clocks SetClocks::clocks() const {
  return {[times = times_] { return Clock::time_point(std::chrono::milliseconds(times->steady_ms.load())); },
          [times = times_] {
            return std::chrono::system_clock::time_point(std::chrono::milliseconds(times->system_ms.load()));
          }};
}
void SetClocks::advance(std::chrono::milliseconds by) {
  times_->steady_ms += by.count();
  times_->system_ms += by.count();
}
void SetClocks::set_system(std::int64_t seconds) { times_->system_ms = seconds * 1000; }
std::int64_t SetClocks::seconds() const { return times_->system_ms / 1000; }

KeyFetch KeyServer::fetch() {
  return [state = state_](const std::string& url, Clock::time_point, FetchReply reply) {
    std::unique_lock lock(state->mutex);
    state->urls.push_back(url);
    if (!state->text) {
      state->kept.push_back(std::move(reply));
      return;
    }
    const auto text = *state->text;
    lock.unlock();
    reply(text);
  };
}
void KeyServer::answer(Result<std::string> text) {
  const std::lock_guard lock(state_->mutex);
  state_->text = std::move(text);
}
void KeyServer::hold() {
  const std::lock_guard lock(state_->mutex);
  state_->text.reset();
}
void KeyServer::release(Result<std::string> text) {
  std::vector<FetchReply> kept;
  {
    const std::lock_guard lock(state_->mutex);
    kept.swap(state_->kept);
  }
  for (auto& reply : kept) reply(text);
}
int KeyServer::hits() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->urls.size());
}
std::vector<std::string> KeyServer::urls() const {
  const std::lock_guard lock(state_->mutex);
  return state_->urls;
}

Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "cofactor-trust-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::string Folder::file(const std::string& name, std::string_view content) const {
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

const SigningKey& ehr_key() {
  static const SigningKey key = SigningKey::ec("P-384");
  return key;
}

TrustSetup::TrustSetup() {
  settings.public_base_url = kBase;
  KeyCacheSettings cache;
  cache.own_thread = false;
  keys = std::make_shared<KeyCache>(cache, server.fetch(), time.clocks());
  replay = ReplayMemory::open({}, time.clocks()).value();
  TrustedClient ehr;
  ehr.name = "ehr";
  ehr.issuer = kIssuer;
  ehr.jwks = folder.file("ehr.json", jwks({ehr_key().jwk("key-1")}));
  settings.clients = {ehr};
  reload();
}

void TrustSetup::reload() {
  auto made = Authenticator::create(settings, keys, replay, time.clocks());
  if (!made) throw std::runtime_error(made.error().code + ": " + made.error().text);
  authenticator = std::move(*made);
}

TrustedClient TrustSetup::client() const { return settings.clients.front(); }

Members TrustSetup::header() const { return {{{"alg", "\"ES384\""}, {"typ", "\"JWT\""}, {"kid", "\"key-1\""}}}; }

Members TrustSetup::claims() const {
  static std::atomic<int> number{0};
  const auto now = time.seconds();
  return {{{"iss", json_string(kIssuer)},
           {"aud", json_string(kServiceUrl)},
           {"exp", std::to_string(now + 300)},
           {"iat", std::to_string(now)},
           {"jti", json_string("jti-" + std::to_string(++number))}}};
}

std::string TrustSetup::token(const Members& header, const Members& claims) const {
  return compact(ehr_key(), "ES384", header.json(), claims.json());
}

Verdict TrustSetup::judge(const std::string& token, Purpose purpose, std::string_view service) const {
  const std::string value = "Bearer " + token;
  return judge(Credentials{{value}, {}, "192.0.2.1"}, purpose, service);
}

Verdict TrustSetup::judge(const Credentials& credentials, Purpose purpose, std::string_view service) const {
  auto promise = std::make_shared<std::promise<Verdict>>();
  auto verdict = promise->get_future();
  authenticator->authenticate(credentials, purpose, service, time.clocks().steady() + std::chrono::milliseconds(500),
                              [promise](Verdict given) { promise->set_value(std::move(given)); });
  if (verdict.wait_for(std::chrono::seconds(60)) != std::future_status::ready) throw std::runtime_error("no verdict");
  return verdict.get();
}

}  // namespace cofactor::service::security::testing
