// Promises: the tables of the audit store as numbered steps. Each step is one transaction; a store that a newer
// program has written is refused in clear words and left alone.
#pragma once
#include "cds-service/audit/sqlite.hpp"

namespace cofactor::service::audit {

/// The newest schema that this program knows.
int known_schema();
/// Brings the store up to `known_schema()`. Failure codes: audit-newer-schema, audit-foreign-file, audit-unwritable.
Result<void> migrate(Database& database);
/// For readers, which change nothing: fails with the same codes when the store is not of the known schema.
Result<void> require_known_schema(Database& database);

/// Values of audit_event.kind.
enum class EventKind { decision = 1, feedback = 2, start = 3, stop = 4, refusal = 5, clock_jump = 6 };
/// Bits of audit_event.flags.
enum DecisionFlags : unsigned { flag_relevant = 1, flag_could_not_check = 2 };

}  // namespace cofactor::service::audit
