// Promises: the CDS Hooks services (hook_endpoints.hpp). Reading, evaluating and wording happen elsewhere; here
// is the order of things: read, evaluate, record, and only then answer.
#include "cds-service/hooks/hook_endpoints.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "cds-service/audit/uuid_bytes.hpp"
#include "cds-service/hooks/call_back.hpp"
#include "cds-service/hooks/decision_record.hpp"
#include "cds-service/hooks/discovery.hpp"
#include "cds-service/hooks/evaluate_call.hpp"
#include "cds-service/hooks/feedback.hpp"
#include "cds-service/hooks/hook_request.hpp"
#include "cds-service/ops/log.hpp"
#include "fhir/client/wiped_memory.hpp"

namespace cofactor::service::hooks {
namespace {

using http::Answer;
using ops::Level;

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}
fhir::Day today() { return fhir::Day{static_cast<std::int32_t>(now_ms() / 86'400'000)}; }

std::chrono::microseconds since(http::Clock::time_point then) {
  return std::chrono::duration_cast<std::chrono::microseconds>(http::Clock::now() - then);
}

void log_refusal(std::string_view event, const http::Call& call, const Failure& why) {
  ops::log(Level::info, event, {{"request", call.request_id}, {"code", why.code}});
}

void log_unwritable(std::string_view event, const std::string& request, const Failure& why) {
  ops::log(Level::error, event, {{"request", request}, {"code", why.code}, {"text", why.text}});
}

Answer cannot_record() {
  return Answer::refusal(Answer::Kind::unavailable,
                         "the audit record could not be written, so no advice is given: try again");
}

Answer no_such_client() {
  return Answer::refusal(Answer::Kind::unavailable, "the configuration has just changed: try again");
}

/// Patient ids are compared, and cards belong, within one client and tenant: two hospitals behind one vendor's issuer
/// can both have a patient `123`.
std::string scope_of(const http::Caller& caller) {
  return caller.tenant.empty() ? caller.client : caller.client + "/" + caller.tenant;
}

}  // namespace

HookEndpoints::HookEndpoints(audit::AuditLog& log, ops::Metrics& metrics, AuditConfig audit,
                             std::string software_version, InForce in_force)
    : log_(log), turned_away_(log), metrics_(metrics), audit_(std::move(audit)), software_version_(std::move(software_version)) {
  use(std::move(in_force));
}

void HookEndpoints::use(InForce in_force) {
  auto next = std::make_shared<Prepared>();
  next->discovery = discovery_json(*in_force.knowledge, in_force.announce_version);
  next->in = std::move(in_force);
  const std::lock_guard lock(mutex_);
  prepared_ = std::move(next);
}

std::shared_ptr<const HookEndpoints::Prepared> HookEndpoints::prepared() const {
  const std::lock_guard lock(mutex_);
  return prepared_;
}

const ClientInForce* HookEndpoints::Prepared::client(std::string_view name) const {
  for (const ClientInForce& each : in.clients)
    if (each.config.name == name) return &each;
  return nullptr;
}

http::Clock::duration HookEndpoints::record_wait(http::Clock::duration after) const { return log_.expected_wait(after); }

bool HookEndpoints::has_service(std::string_view id) const { return !hook_of_service(id).empty(); }

void HookEndpoints::discovery(http::Call, http::AnswerReply reply) { reply(Answer::json(prepared()->discovery)); }

void HookEndpoints::service(http::Call call, http::AnswerReply reply) {
  const std::string_view hook = hook_of_service(call.service);
  if (hook.empty()) return reply(Answer::refusal(Answer::Kind::unknown_service, "there is no such service"));
  try {
    answer_service(call, hook, reply);
  } catch (const std::exception&) {  // its text could quote the request
    ops::log(Level::error, "call-failed", {{"request", call.request_id}, {"hook", hook}});
    metrics_.call(hook, "failed", since(call.arrived));
    reply(Answer::refusal(Answer::Kind::internal, "the call could not be evaluated"));
  }
}

/// One call from its evaluation to its answer; it may change threads on the way.
struct HookEndpoints::Running {
  std::shared_ptr<const Prepared> now;
  HookRequest request;
  std::string_view hook;           ///< static
  RecordContext context;
  CallPolicy policy;
  CallResult result;
  fhir::Day as_of;
  http::Clock::time_point arrived, deadline;
  std::string request_id;
  http::AnswerReply reply;
  std::shared_ptr<http::CallThread> thread;
};

void HookEndpoints::answer_service(http::Call& call, std::string_view hook, const http::AnswerReply& reply) {
  const auto now = prepared();
  const ClientInForce* client = now->client(call.caller.client);
  if (client == nullptr) return reply(no_such_client());
  auto request = [&] {
    const fhir::client::WipeFreedMemory wiping(fhir::client::WipeFreedMemory::this_scope);  // the body holds a token until it is read
    return read_hook_request(std::move(call.body), hook, client->config.prefetch_keys);
  }();
  if (!request) {
    log_refusal("request-refused", call, request.error());
    metrics_.call(hook, "malformed", since(call.arrived));
    return reply(Answer::refusal(Answer::Kind::malformed, request.error().text));
  }
  if (names_a_foreign_server(*request, client->fhir.get())) {
    turn_away(call, security::Reason::fhir_server_not_allowed);
    metrics_.call(hook, "malformed", since(call.arrived));
    return reply(Answer::refusal(Answer::Kind::malformed, "`fhirServer` is not a FHIR server of this client: add its base URL to the client's `fhirServers`",
                                 "fhirServer"));
  }
  if (request->patient_prefix) metrics_.patient_prefix_normalised();

  auto running = std::make_shared<Running>(Running{now, std::move(*request), hook, {}, {}, {}, today(), call.arrived, call.deadline, call.request_id, reply, call.thread});
  RecordContext& context = running->context;
  context.decision = audit::time_ordered_uuid(now_ms());
  context.client = &client->config;
  context.scope = scope_of(call.caller);
  context.caller = std::move(call.caller);
  context.source_url = now->in.source_url;
  context.software_version = software_version_;
  context.site = client->site.get();
  running->policy = {client->config.on_missing_data, now->in.source_url, client->site.get()};
  running->result = judge_call(running->request, *now->in.knowledge, running->as_of, running->policy);
  if (client->fhir != nullptr) return ask_fhir(running, *client->fhir);
  running->request.authorization.token.reset();
  look_back(running);
}

/// Of a caller that the gate let in: compliance asks who tried, long after the log is gone.
void HookEndpoints::turn_away(const http::Call& call, security::Reason reason) {
  const std::string_view name = security::name_of(reason);
  metrics_.refused_call(name);
  audit::RefusalRecord record{call.caller.client, call.caller.issuer, std::string(name), call.service, call.remote_address, call.request_id, now_ms()};
  if (turned_away_.note(std::move(record)))
    ops::log(Level::warn, "call-refused", {{"request", call.request_id}, {"reason", name}, {"client", call.caller.client}});
}

/// What the request did not bring, where it matters; then the call is judged anew with what came.
void HookEndpoints::ask_fhir(const std::shared_ptr<Running>& running, const ClientFhir& fhir) {
  const cards::Knowledge& knowledge = *running->now->in.knowledge;
  CallBackStart start = start_of(running->request, &fhir, running->result.facts, running->result.relevant, knowledge);
  if (start.server == nullptr) {
    running->request.authorization.token.reset();
    metrics_.call_back(start.report.outcome, std::chrono::microseconds(0));
    running->context.call_back = std::move(start.report);
    return look_back(running);
  }
  const auto now = http::Clock::now();
  const auto deadline = std::min({now + fhir.limits.fhir, running->arrived + fhir.limits.total, running->deadline});
  call_back(running->request, std::move(start.server), fhir.limits, running->result.facts, knowledge, deadline,
            [this, running, asked = std::this_thread::get_id()](CallBackReport report) {
              metrics_.call_back(report.outcome, std::chrono::microseconds(report.us));
              for (const CallBackReport::Key& each : report.keys) metrics_.fhir_search(each.outcome);
              running->context.call_back = std::move(report);
              go_on(asked, running, [this, running] {
                running->result = judge_call(running->request, *running->now->in.knowledge, running->as_of, running->policy);
                look_back(running);
              });
            });
}

/// Cards that were overridden lately may stay silent.
void HookEndpoints::look_back(const std::shared_ptr<Running>& running) {
  const auto since_day = overrides_since(running->result);
  if (!since_day) return finish(*running);
  log_.overrides(running->context.scope, std::string(running->request.patient_id), *since_day,
                 [this, running, asked = std::this_thread::get_id()](Result<std::vector<cards::EarlierOverride>> overrides) {
                   go_on(asked, running, [this, running, overrides = std::move(overrides)] {
                     if (overrides)
                       silence(running->result, *overrides);
                     else  // the card is shown: too much is better than too little
                       ops::log(Level::warn, "overrides-unknown",
                                {{"request", running->request_id}, {"code", overrides.error().code}});
                     finish(*running);
                   });
                 });
}

void HookEndpoints::go_on(std::thread::id asked, const std::shared_ptr<Running>& running, std::function<void()> work) {
  auto careful = [this, running, work = std::move(work)] {
    try {
      work();
    } catch (const std::exception&) {
      failed(*running);
    }
  };
  if (!running->thread || std::this_thread::get_id() == asked) return careful();
  running->thread->go_on(std::move(careful));
}

void HookEndpoints::failed(const Running& running) {
  ops::log(Level::error, "call-failed", {{"request", running.request_id}, {"hook", running.hook}});
  metrics_.call(running.hook, "failed", since(running.arrived));
  running.reply(Answer::refusal(Answer::Kind::internal, "the call could not be evaluated"));
}

void HookEndpoints::finish(Running& running) {
  CallResult& result = running.result;
  RecordContext& context = running.context;
  const cards::Knowledge& knowledge = *running.now->in.knowledge;
  const std::string_view hook = running.hook;
  if (result.precondition.empty())
    word_call(result, running.request, knowledge, running.policy, context.decision, fresh_uuid);
  for (const cards::RuleOutcome& outcome : result.evaluation.outcomes)
    metrics_.rule_outcome(outcome.rule, cards::name_of(outcome.kind));
  for (const std::string& reason : result.could_not_check_reasons) metrics_.could_not_check(reason);
  if (result.facts.patient_mismatch) {
    metrics_.patient_mismatch();
    ops::log(Level::warn, "patient-mismatch", {{"request", running.request_id}, {"decision", context.decision}});
  }

  Answer answer = result.precondition.empty()
                      ? Answer::json(result.response, context.decision)
                      : Answer::refusal(Answer::Kind::precondition_failed, result.precondition);
  answer.decision = context.decision;
  const std::string_view outcome = !result.precondition.empty()       ? "precondition-failed"
                                   : result.evaluation.cards.empty() ? "no-cards"
                                                                     : "cards";
  context.duration_us = since(running.arrived).count();
  context.received_ms = now_ms() - context.duration_us / 1000;
  audit::DecisionRecord record = decision_record(running.request, result, knowledge, context);

  log_.append(std::move(record), [this, hook, outcome, reply = running.reply, answer = std::move(answer),
                                  arrived = running.arrived, id = running.request_id](Result<void> stored) mutable {
    if (stored) {
      metrics_.call(hook, outcome, since(arrived));
      return reply(std::move(answer));
    }
    metrics_.audit_failure();
    log_unwritable("audit-unwritable", id, stored.error());
    if (audit_.when_unwritable == "answer") {
      metrics_.call(hook, "unrecorded", since(arrived));
      answer.decision.clear();  // nothing stands behind it
      return reply(std::move(answer));
    }
    metrics_.call(hook, "unavailable", since(arrived));
    reply(cannot_record());
  });
}

void HookEndpoints::feedback(http::Call call, http::AnswerReply reply) {
  if (hook_of_service(call.service).empty())
    return reply(Answer::refusal(Answer::Kind::unknown_service, "there is no such service"));
  try {
    answer_feedback(call, reply);
  } catch (const std::exception&) {
    ops::log(Level::error, "feedback-failed", {{"request", call.request_id}});
    reply(Answer::refusal(Answer::Kind::internal, "the feedback could not be read"));
  }
}

void HookEndpoints::answer_feedback(http::Call& call, const http::AnswerReply& reply) {
  if (prepared()->client(call.caller.client) == nullptr) return reply(no_such_client());
  auto items = read_feedback(std::move(call.body));
  if (!items) {
    log_refusal("feedback-refused", call, items.error());
    return reply(Answer::refusal(Answer::Kind::malformed, items.error().text));
  }
  Answer done;
  done.kind = Answer::Kind::accepted_empty;
  if (items->empty()) return reply(std::move(done));
  std::vector<std::string> outcomes;
  const std::int64_t received_ms = now_ms();
  for (audit::FeedbackRecord& item : *items) {
    item.client = call.caller.client;
    item.issuer = scope_of(call.caller);
    item.hook = hook_of_service(call.service);
    item.received_ms = received_ms;
    outcomes.push_back(item.outcome);
  }
  log_.append(std::move(*items), [this, reply, outcomes = std::move(outcomes), done = std::move(done),
                                  id = call.request_id](Result<std::vector<audit::FeedbackStored>> stored) mutable {
    if (!stored) {
      metrics_.audit_failure();
      log_unwritable("audit-unwritable", id, stored.error());
      return reply(cannot_record());
    }
    for (std::size_t i = 0; i < outcomes.size() && i < stored->size(); ++i)
      if (!(*stored)[i].repeat) metrics_.feedback(outcomes[i], (*stored)[i].known_card);
    reply(std::move(done));  // the same for known and unknown cards: no oracle
  });
}

}  // namespace cofactor::service::hooks
