// Promises: an Authenticator with clocks that a test sets, a key server that a test plays, and a folder of its own for
// files; and tokens that it would accept, to be spoiled one member at a time.
#pragma once
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/security/authenticator.hpp"
#include "tests/cds-service/security/token_maker.hpp"

namespace cofactor::service::security::testing {

/// Both clocks stand still until told.
class SetClocks {
 public:
  static constexpr std::int64_t kStart = 1'800'000'000;
  Clocks clocks() const;
  void advance(std::chrono::milliseconds by);  ///< both
  void set_system(std::int64_t seconds);       ///< a jump of the system clock alone
  std::int64_t seconds() const;

 private:
  struct Times {
    std::atomic<std::int64_t> steady_ms{1'000'000}, system_ms{kStart * 1000};
  };
  std::shared_ptr<Times> times_ = std::make_shared<Times>();
};

/// The other end of KeyFetch: counts, and answers at once, or holds replies back until told.
class KeyServer {
 public:
  KeyFetch fetch();
  void answer(Result<std::string> text);   ///< from now on, at once
  void hold();                             ///< from now on, keep the replies
  void release(Result<std::string> text);  ///< gives it to all that are kept
  int hits() const;
  std::vector<std::string> urls() const;

 private:
  struct State {
    std::mutex mutex;
    std::vector<std::string> urls;
    std::vector<FetchReply> kept;
    std::optional<Result<std::string>> text;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  std::string file(const std::string& name, std::string_view content) const;  ///< its path

 private:
  std::string path_;
};

constexpr std::string_view kIssuer = "https://ehr.example/fhir";
constexpr std::string_view kBase = "https://cds.example";
constexpr std::string_view kService = "cofactor-order-sign";
const std::string kServiceUrl = "https://cds.example/cds-services/cofactor-order-sign";

/// A P-384 key that all tests of a process share.
const SigningKey& ehr_key();

struct TrustSetup {
  SetClocks time;
  KeyServer server;
  Folder folder;
  AuthenticatorSettings settings;
  std::shared_ptr<KeyCache> keys;
  std::shared_ptr<ReplayMemory> replay;
  std::unique_ptr<Authenticator> authenticator;

  /// One client, `ehr`, with a pinned file that holds ehr_key() as `key-1`.
  TrustSetup();
  /// Makes the Authenticator anew from `settings`; throws with the failure's text.
  void reload();
  TrustedClient client() const;  ///< that one

  Members header() const;  ///< of a good token
  Members claims() const;  ///< with a fresh jti
  std::string token(const Members& header, const Members& claims) const;
  std::string token() const { return token(header(), claims()); }

  /// Waits for the verdict at most a minute.
  Verdict judge(const std::string& token, Purpose purpose = Purpose::service,
                std::string_view service = kService) const;
  Verdict judge(const Credentials& credentials, Purpose purpose = Purpose::service,
                std::string_view service = kService) const;
  Reason reason(const Members& header, const Members& claims) const { return judge(token(header, claims)).reason; }
};

}  // namespace cofactor::service::security::testing
