// Promises: the CDS Hooks services behind the edge: discovery, order-sign, order-select, feedback. Every
// accepted call and every feedback item is handed to the audit log before its answer leaves; without a durable
// record there is no answer unless the site chose so. Thread-safe. What is in force can be exchanged while
// calls run: each call keeps what it started with.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cds-service/audit/audit_log.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/hooks/fhir_servers.hpp"
#include "cds-service/http/answer.hpp"
#include "cds-service/ops/metrics.hpp"
#include "cds-service/security/reasons.hpp"
#include "cds-service/security/refusal_journal.hpp"

namespace cofactor::service::hooks {

/// A client and what its site has decided.
struct ClientInForce {
  ClientConfig config;
  std::shared_ptr<const cards::SitePolicy> site;  ///< nullptr: every rule as its own policy has it
  std::shared_ptr<const ClientFhir> fhir = nullptr;  ///< nullptr: nothing is asked beyond the request
};

/// What a reload may change.
struct InForce {
  std::shared_ptr<const cards::Knowledge> knowledge;
  std::vector<ClientInForce> clients;
  std::string source_url;
  bool announce_version = false;
};

class HookEndpoints final : public http::Endpoints {
 public:
  /// `log` and `metrics` must outlive this and every reply still open.
  HookEndpoints(audit::AuditLog& log, ops::Metrics& metrics, AuditConfig audit, std::string software_version,
                InForce in_force);

  void use(InForce in_force);

  /// To be called about once a second: writes what was turned away and counted together.
  void flush() { turned_away_.flush(); }
  /// Before the log goes, when no call runs any more: writes all of it.
  void finish() { turned_away_.finish(); }

  /// How long the record of a call that is let in `after` a while would probably take to become durable. Any thread.
  http::Clock::duration record_wait(http::Clock::duration after) const;

  bool has_service(std::string_view id) const override;
  void discovery(http::Call call, http::AnswerReply reply) override;
  void service(http::Call call, http::AnswerReply reply) override;
  void feedback(http::Call call, http::AnswerReply reply) override;

 private:
  struct Prepared {
    InForce in;
    std::string discovery;
    /// nullptr: a reload has taken that client away since the gate let the call in.
    const ClientInForce* client(std::string_view name) const;
  };
  std::shared_ptr<const Prepared> prepared() const;
  void turn_away(const http::Call& call, security::Reason reason);
  void answer_service(http::Call& call, std::string_view hook, const http::AnswerReply& reply);
  struct Running;
  /// Does `work` on the call's own thread, when this is not the thread that `asked`: others wait for the log's and the FHIR client's.
  void go_on(std::thread::id asked, const std::shared_ptr<Running>& running, std::function<void()> work);
  void ask_fhir(const std::shared_ptr<Running>& running, const ClientFhir& fhir);
  void look_back(const std::shared_ptr<Running>& running);
  void finish(Running& running);
  void failed(const Running& running);
  void answer_feedback(http::Call& call, const http::AnswerReply& reply);

  audit::AuditLog& log_;
  security::RefusalJournal turned_away_;
  ops::Metrics& metrics_;
  const AuditConfig audit_;
  const std::string software_version_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Prepared> prepared_;
};

}  // namespace cofactor::service::hooks
