// Promises: what the status line and the framing headers of an answer mean, decided strictly: what two parsers could read
// differently is not read at all. Pure.
#pragma once
#include <cstddef>
#include <string>

#include "fhir/client/fhir_client.hpp"

namespace cofactor::fhir::client {

struct AnswerHeader {
  int code = 0;                ///< HTTP status
  unsigned major = 1, minor = 1;
  std::string transfer_encoding, content_length, content_encoding;  ///< empty: not sent
};

/// none for a 200 with a body of at most `body_bytes` to come; else what the answer is worth.
FhirFailure judge(const AnswerHeader& header, std::size_t body_bytes);

/// A media type in lower case, without parameters.
std::string media_type(std::string content_type);

}  // namespace cofactor::fhir::client
