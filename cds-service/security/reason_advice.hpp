// Promises: for each reason why a call was turned away, what happened and how to mend it, in words for whoever connects an
// EHR: shown by `cofactor doctor` and in docs/operations.md.
#pragma once
#include <string_view>

#include "cds-service/security/reasons.hpp"

namespace cofactor::service::security {

struct Advice {
  std::string_view happened, mend;
};

Advice advice_on(Reason reason);
/// By the name that the audit store holds; for one of a newer version an advice that says so.
Advice advice_on(std::string_view reason_name);

}  // namespace cofactor::service::security
