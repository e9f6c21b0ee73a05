// Promises: the door of the service: asks the Authenticator in force who calls, lets in or turns away, and leaves the
// reason of each refusal in audit, metrics and log, never in the answer; says there too what becomes of the clients'
// key sets. Thread-safe; what is in force can be exchanged while calls run.
#pragma once
#include <memory>
#include <mutex>

#include "cds-service/audit/audit_log.hpp"
#include "cds-service/http/admission.hpp"
#include "cds-service/http/gate.hpp"
#include "cds-service/http/message.hpp"
#include "cds-service/ops/metrics.hpp"
#include "cds-service/security/authenticator.hpp"
#include "cds-service/security/key_watch.hpp"
#include "cds-service/security/refusal_journal.hpp"

namespace cofactor::service::security {

class ClientGate final : public http::Gate {
 public:
  /// `log` and `metrics` must outlive the gate and every call in it.
  ClientGate(audit::AuditLog& log, ops::Metrics& metrics, std::shared_ptr<Authenticator> authenticator);

  void use(std::shared_ptr<Authenticator> authenticator);
  void ask(Shown shown, Done done) override;
  /// Whose turn a request takes while more comes than can be served: its address's and, where one address may stand for
  /// several (a proxy), in that the one of the client that it claims to be.
  http::Sender sender_of(const http::Request& request) const;
  /// How long a verdict that was asked for now would probably wait for the disk. Any thread.
  http::Clock::duration expected_wait() const;
  /// True while every client signs tokens and not one of their key sets could be read.
  bool nobody_can_call() const;
  /// To be called about once a second: records of refusals that are due, and what is new of the clients' keys.
  void flush();
  /// Before the log goes, when no call runs any more: writes all records that are still counted together.
  void finish() { journal_.finish(); }

 private:
  std::shared_ptr<Authenticator> in_force() const;
  void turned_away(const Shown& shown, const security::Verdict& verdict, const std::string& client);

  ops::Metrics& metrics_;
  RefusalJournal journal_;
  std::mutex watch_mutex_;
  KeyWatch watch_;
  mutable std::mutex mutex_;
  std::shared_ptr<Authenticator> authenticator_;
};

}  // namespace cofactor::service::security
