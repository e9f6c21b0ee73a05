// Promises: the audit log in one SQLite file. A record is acknowledged only after the transaction that holds it is on
// disk. One thread owns the one writing connection: an idle writer commits what is queued at once, under load many
// records share a commit. When the disk fails, every record in hand is refused and the store is tried again until it
// takes commits. A second process cannot write the same store.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "cds-service/audit/audit_log.hpp"
#include "cds-service/config/config.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::audit {

struct StoreOptions {
  std::string software_version;
  bool check_disk = true;                    ///< measure syncs and check the store in the background
  std::function<void()> lost_record;         ///< a record acknowledged early ("ack": "after") could not be stored
};

/// Opens or creates the store, brings its schema up to date, creates the key file on first start. Ready on return.
/// Failure codes: audit-locked, audit-newer-schema, audit-foreign-file, audit-unwritable, audit-key-missing,
/// audit-key-exposed, audit-key-malformed, audit-key-mismatch.
Result<std::unique_ptr<AuditLog>> open_sqlite_audit_log(const AuditConfig& config, StoreOptions options);

/// Where the keys of a store are: the configured file, or audit.key beside the store.
std::string key_file_of(const AuditConfig& config);

}  // namespace cofactor::service::audit
