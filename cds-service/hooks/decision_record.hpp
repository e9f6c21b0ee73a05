// Promises: the audit record of one call: enough, with the knowledge of its revision, to evaluate it again and
// get the same cards, and nothing that names the patient: the patient id travels beside `content`, and inside
// it stands as "{patient}" (audit.md 3.7).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "cds-service/audit/audit_log.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/hooks/call_back.hpp"
#include "cds-service/hooks/evaluate_call.hpp"
#include "cds-service/http/gate.hpp"

namespace cofactor::service::hooks {

struct RecordContext {
  std::string decision;
  const ClientConfig* client = nullptr;
  http::Caller caller;
  std::string scope;  ///< within which patient ids are one patient's: client, or client/tenant
  std::string_view source_url, software_version;
  const cards::SitePolicy* site = nullptr;
  CallBackReport call_back;
  std::int64_t received_ms = 0;
  std::int64_t duration_us = 0;
};

audit::DecisionRecord decision_record(const HookRequest& request, const CallResult& result,
                                      const cards::Knowledge& knowledge, const RecordContext& context);

}  // namespace cofactor::service::hooks
