// Promises: see call_back.hpp.
#include "cds-service/hooks/call_back.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include "cds-service/hooks/call_back_plan.hpp"

namespace cofactor::service::hooks {
namespace {

using fhir::client::Clock;
using fhir::client::code_of;
using fhir::client::FhirAnswer;
using fhir::client::FhirFailure;
using fhir::client::SearchResult;
using fhir::client::SharedSecret;

std::int64_t us_since(Clock::time_point then) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - then).count();
}

/// One round: questions and Medication reads in parallel, then the Medications that the answers refer to.
struct Round : std::enable_shared_from_this<Round> {
  Round(HookRequest& given, std::shared_ptr<FhirServer> at) : request(given), server(std::move(at)) {}

  HookRequest& request;
  const std::shared_ptr<FhirServer> server;
  fhir::client::PageLimits pages;
  Clock::time_point begin = Clock::now(), deadline;
  std::function<void(CallBackReport)> done;
  SharedSecret token;

  std::mutex mutex;
  CallBackReport report;
  std::size_t running = 1;  ///< and whoever is still starting questions
  std::size_t answered = 0, troubled = 0;
  bool second_round = false;
  bool hurried = false;  ///< there was so little time that a timeout says nothing about the server
  std::vector<std::string> reading;

  void ask(const std::vector<CallBackQuestion>& questions) {
    for (const CallBackQuestion& question : questions) {
      {
        const std::lock_guard lock(mutex);
        ++running;
      }
      fhir::client::search(*server->client, question.relative, token, deadline, pages,
                           [self = shared_from_this(), key = question.key](SearchResult result) { self->take(key, std::move(result)); });
    }
  }

  void read(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      if (std::ranges::find(reading, id) != reading.end()) continue;
      reading.push_back(id);
      if (const auto cached = server->medications.find(id)) {
        const std::lock_guard lock(mutex);
        if (keep_medication(id, *cached)) ++report.medications_cached;
        continue;
      }
      {
        const std::lock_guard lock(mutex);
        ++running;
      }
      server->client->get("Medication/" + id, token, deadline, [self = shared_from_this(), id](FhirAnswer answer) {
        self->take_medication(id, std::move(answer));
      });
    }
  }

  void take(const std::string& key, SearchResult result) {
    {
      const std::lock_guard lock(mutex);
      count(result.failure, !result.pages.empty());
      CallBackReport::Key entry{key, result.failure == FhirFailure::none ? "fhir" : std::string(code_of(result.failure)), result.pages.size(),
                                us_since(begin)};
      if (entry.outcome == "fhir" && result.stopped) entry.outcome = "incomplete";
      if (!result.pages.empty()) {
        auto value = fhir::client::one_value(std::move(result));
        if (!value)
          entry.outcome = code_of(FhirFailure::not_fhir);
        else if (const auto supplied = request.supply(key, std::move(*value)); supplied != HookRequest::Supplied::taken)
          entry.outcome = supplied == HookRequest::Supplied::error ? "error" : "error-kept-out";
      }
      if (entry.outcome.starts_with("fhir-")) request.unavailable[key] = entry.outcome;
      report.keys.push_back(std::move(entry));
    }
    finished_one();
  }

  void take_medication(const std::string& id, FhirAnswer answer) {
    {
      const std::lock_guard lock(mutex);
      count(answer.failure, answer.failure == FhirFailure::none);
      if (answer.failure == FhirFailure::none && keep_medication(id, answer.body)) {
        ++report.medications_read;
        server->medications.keep(id, std::move(answer.body));
      } else {
        ++report.medications_failed;
      }
    }
    finished_one();
  }

  /// With the mutex held.
  void count(FhirFailure failure, bool came) {
    const bool not_sent = failure == FhirFailure::busy || failure == FhirFailure::not_asked;
    if (!came && (not_sent || (hurried && failure == FhirFailure::timeout))) return;  // says nothing about the server
    if (came || !is_server_trouble(failure))
      ++answered;
    else
      ++troubled;
  }

  /// With the mutex held.
  bool keep_medication(const std::string& id, const std::string& text) {
    auto document = fhir::client::read_fhir_json(text, pages.json);
    if (!document || document->root()["resourceType"].string() != "Medication" || document->root()["id"].string() != id) return false;
    request.fetched.push_back(std::move(*document));
    request.medications_read.push_back(&request.fetched.back().root());
    return true;
  }

  void finished_one() {
    {
      const std::lock_guard lock(mutex);
      if (--running > 0) return;
      if (!second_round) {
        // Nobody else runs: what came may refer to more.
        second_round = true;
        running = 1;
      } else {
        running = 0;
      }
    }
    if (running == 1) {
      read(medications_to_read(request, server->client->base()));
      return finished_one();
    }
    end();
  }

  void end() {
    token.reset();
    if (answered > 0)
      server->breaker.succeeded();
    else if (troubled > 0)
      server->breaker.failed();
    else
      server->breaker.abandoned();
    std::ranges::sort(report.keys, {}, &CallBackReport::Key::key);
    const auto came = std::ranges::count(report.keys, "fhir", &CallBackReport::Key::outcome);
    const bool all = came == std::ssize(report.keys) && report.medications_failed == 0;
    report.outcome = all ? "whole" : came > 0 || report.medications_read > 0 ? "partial" : "failed";
    report.us = us_since(begin);
    if (auto call = std::exchange(done, nullptr)) call(std::move(report));
  }
};

}  // namespace

bool names_a_foreign_server(const HookRequest& request, const ClientFhir* fhir) {
  return fhir != nullptr && request.authorization.sent && !request.fhir_server.empty() && fhir->named(request.fhir_server) == nullptr;
}

CallBackStart start_of(const HookRequest& request, const ClientFhir* fhir, const cards::Facts& facts, bool relevant,
                       const cards::Knowledge& knowledge) {
  CallBackStart out;
  if (fhir == nullptr) return out;
  const auto not_asked = [&](std::string_view why) {
    out.report.outcome = "not-asked";
    out.report.why_not = why;
    return out;
  };
  const auto server = request.fhir_server.empty() ? nullptr : fhir->named(request.fhir_server);
  const auto lacks = [&](const fhir::client::BaseUrl& base) {
    return !questions_of(request, facts, knowledge).empty() || !medications_to_read(request, base).empty();
  };
  const auto lacking = [](const cards::SourceFact& source) { return source.state != "present" && source.state != "none-found"; };
  if (relevant && !fhir::client::is_fhir_id(request.patient_id) && std::ranges::any_of(facts.sources, lacking)) return not_asked("id-not-usable");
  if (!relevant || (server ? !lacks(server->client->base()) : questions_of(request, facts, knowledge).empty())) {
    out.report.outcome = "not-needed";
    return out;
  }
  if (!server) return not_asked("no-server");
  if (!request.authorization.token) return not_asked(request.authorization.why_not);
  if (!request.authorization.patient.empty() && request.authorization.patient != request.patient_id) return not_asked("other-patient");
  out.server = server;
  return out;
}

void call_back(HookRequest& request, std::shared_ptr<FhirServer> server, const CallBackConfig& limits, const cards::Facts& facts,
               const cards::Knowledge& knowledge, Clock::time_point deadline, std::function<void(CallBackReport)> done) {
  const auto questions = questions_of(request, facts, knowledge);
  const bool time_left = Clock::now() < deadline;
  if (!time_left || !server->breaker.admit()) {
    CallBackReport report;
    report.outcome = time_left ? "breaker-open" : "not-asked";
    if (!time_left) report.why_not = "no-time";
    const std::string_view code = code_of(time_left ? FhirFailure::breaker_open : FhirFailure::timeout);
    for (const CallBackQuestion& question : questions) {
      request.unavailable[question.key] = code;
      report.keys.push_back({question.key, std::string(code), 0, 0});
    }
    return done(std::move(report));
  }
  const auto medications = medications_to_read(request, server->client->base());
  auto round = std::make_shared<Round>(request, std::move(server));
  round->pages.pages = limits.pages;
  round->pages.resources = limits.resources;
  round->pages.json.bytes = limits.response_bytes;
  round->deadline = deadline;
  round->hurried = 2 * (deadline - round->begin) < limits.fhir;
  round->token = std::move(request.authorization.token);
  round->done = std::move(done);
  round->ask(questions);
  round->read(medications);
  round->finished_one();
}

}  // namespace cofactor::service::hooks
