// Promises: one round of FHIR calls for what a request did not bring: all searches at once, under one absolute deadline,
// merged into the prefetch as if the client had sent them, so that the cards cannot tell the difference. Blocks nothing.
// Whatever happens it ends, in time, with a report; what could not be had keeps a reason.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/facts.hpp"
#include "cds-service/hooks/fhir_servers.hpp"
#include "cds-service/hooks/hook_request.hpp"

namespace cofactor::service::hooks {

struct CallBackReport {
  struct Key {
    std::string key;
    std::string outcome;  ///< "fhir": it came; "incomplete": not all of it; "error": an OperationOutcome came instead;
                          ///< "error-kept-out": so, where the client had sent something; else a failure code
    std::size_t pages = 0;
    std::int64_t us = 0;
  };
  /// "whole", "partial", "failed" (nothing came), "breaker-open"; "not-asked" with a reason; "not-needed"; empty: this
  /// client has no FHIR server.
  std::string_view outcome;
  /// "no-server", "other-patient", "no-time", "id-not-usable" (the patient's is none that FHIR knows), or why the token is not usable.
  std::string_view why_not;
  std::vector<Key> keys;
  unsigned medications_read = 0, medications_cached = 0, medications_failed = 0;
  std::int64_t us = 0;
};

/// Names a FHIR server that this client does not have, with a token for it: no such call may go on.
bool names_a_foreign_server(const HookRequest& request, const ClientFhir* fhir);

/// Everything that can be said without asking: nullptr in `server` when there is nothing to ask, with the report's reason.
struct CallBackStart {
  std::shared_ptr<FhirServer> server;
  CallBackReport report;
};
CallBackStart start_of(const HookRequest& request, const ClientFhir* fhir, const cards::Facts& facts, bool relevant,
                       const cards::Knowledge& knowledge);

/// Asks and merges. `request` and `knowledge` are only touched until `done` was called, from one thread at a time; `done`
/// may be called at once, or from a thread of the FHIR client's.
void call_back(HookRequest& request, std::shared_ptr<FhirServer> server, const CallBackConfig& limits, const cards::Facts& facts,
               const cards::Knowledge& knowledge, fhir::client::Clock::time_point deadline, std::function<void(CallBackReport)> done);

}  // namespace cofactor::service::hooks
