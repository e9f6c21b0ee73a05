// Promises: what clinicians did with cards, read from the shapes that real clients send: the specification's
// `overrideReason`, its draft with the code at the top, and the plural `overrideReasons` with a reason or a
// vendor extension. A malformed item refuses the whole call, so that nothing is stored by halves.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cds-service/audit/audit_log.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::hooks {

/// Failure codes: those of json::parse, and request-malformed, element-missing, element-malformed,
/// too-many-items. An empty list is a valid call.
/// The items say nothing of their sender and time: client, issuer, hook and received_ms are the caller's to fill.
Result<std::vector<audit::FeedbackRecord>> read_feedback(std::string body);

}  // namespace cofactor::service::hooks
