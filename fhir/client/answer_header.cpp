// Promises: see answer_header.hpp. The one place in fhir/ that knows what a status means.
#include "fhir/client/answer_header.hpp"

#include <algorithm>

namespace cofactor::fhir::client {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

FhirFailure failure_of(int code) {
  if (code == 200) return FhirFailure::none;
  if (code == 401) return FhirFailure::unauthorized;
  if (code == 403) return FhirFailure::forbidden;
  if (code == 404 || code == 410) return FhirFailure::not_found;
  if (code == 429) return FhirFailure::rate_limited;
  if (code >= 500 && code <= 599) return FhirFailure::server_error;
  if (code >= 300 && code <= 399) return FhirFailure::redirect;
  if (code >= 400 && code <= 499) return FhirFailure::refused;
  return FhirFailure::not_fhir;
}

}  // namespace

FhirFailure judge(const AnswerHeader& header, std::size_t body_bytes) {
  if (header.major != 1 || header.minor > 1) return FhirFailure::not_fhir;
  const std::string encoding = lower(header.transfer_encoding), coding = lower(header.content_encoding);
  const std::string& length = header.content_length;
  if (!encoding.empty() && (encoding != "chunked" || !length.empty())) return FhirFailure::not_fhir;
  if (length.find_first_not_of("0123456789") != std::string::npos) return FhirFailure::not_fhir;
  if (length.size() > 18 || (!length.empty() && std::stoull(length) > body_bytes)) return FhirFailure::too_large;
  if (!coding.empty() && coding != "identity") return FhirFailure::not_fhir;
  return failure_of(header.code);
}

std::string media_type(std::string content_type) {
  std::string type = lower(std::move(content_type));
  type.resize(std::min(type.size(), type.find(';')));
  while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
  return type;
}

}  // namespace cofactor::fhir::client
