// Promises: a key set from a file of the site, read once; a reload reads it anew. Immutable.
#pragma once
#include <memory>
#include <string>

#include "cds-service/security/key_cache.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::security {

/// Failure code client-keys-unreadable: cannot be read, can be written by everybody, is no key set, or has no usable
/// key. The text names the file and each refused key by its place.
Result<std::shared_ptr<KeySource>> pinned_keys(const std::string& path, bool allow_test_keys, Clocks clocks);

}  // namespace cofactor::service::security
