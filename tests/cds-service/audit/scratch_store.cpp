// Promises: what scratch_store.hpp says.
#include "scratch_store.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace cofactor::service::audit::testing {
namespace {

std::string uuid(const char* start, int number) {
  char text[64];
  std::snprintf(text, sizeof text, "%s-0000-4000-8000-%012d", start, number);
  return text;
}

}  // namespace

ScratchStore::ScratchStore() {
  std::string pattern = (std::filesystem::temp_directory_path() / "cofactor-audit-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
  folder_ = pattern;
}

ScratchStore::~ScratchStore() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

AuditConfig ScratchStore::config() const {
  AuditConfig config;
  config.sqlite_path = path("audit.db");
  return config;
}

std::unique_ptr<AuditLog> ScratchStore::open() const {
  auto log = open_sqlite_audit_log(config(), {.software_version = "0.1.0-test", .check_disk = false, .lost_record = {}});
  if (!log) throw std::runtime_error(log.error().text);
  return std::move(*log);
}

AuditReader ScratchStore::reader() const {
  auto reader = AuditReader::open(config().sqlite_path, key_file_of(config()));
  if (!reader) throw std::runtime_error(reader.error().text);
  return std::move(*reader);
}

std::string decision_uuid(int number) { return uuid("dec15100", number); }
std::string card_uuid(int number) { return uuid("ca4d0000", number); }

DecisionRecord decision(int number) {
  DecisionRecord record;
  record.decision = decision_uuid(number);
  record.client = "main-ehr";
  record.issuer = "https://ehr.example/fhir";
  record.hook = "order-sign";
  record.hook_instance = uuid("40010000", number);
  record.user = "Practitioner/example";
  record.encounter = "89284";
  record.patient_id = "SYNTHETIC-PATIENT-" + std::to_string(number);
  record.knowledge_revision = "sha256:0000";
  record.software_version = "0.1.0-test";
  record.received_ms = 1'772'400'000'000 + number;
  record.duration_us = 100 + number;
  record.relevant = true;
  record.cards = {{card_uuid(number), "high-dose-ppi", "warning", {uuid("5099e570", number)}}};
  record.content = R"({"facts":{"asOf":"2026-03-01"},"number":)" + std::to_string(number) + "}";
  return record;
}

FeedbackRecord feedback(int number, const std::string& outcome) {
  FeedbackRecord item;
  item.client = "main-ehr";
  item.issuer = "https://ehr.example/fhir";
  item.hook = "order-sign";
  item.card = card_uuid(number);
  item.outcome = outcome;
  item.outcome_timestamp = "2026-03-02T14:08:00Z";
  item.received_ms = 1'772'400'100'000 + number;
  if (outcome == "accepted") item.accepted_suggestions = {uuid("5099e570", number)};
  return item;
}

Result<void> put(AuditLog& log, DecisionRecord record) {
  std::promise<Result<void>> promise;
  log.append(std::move(record), [&](Result<void> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

Result<std::vector<FeedbackStored>> put(AuditLog& log, std::vector<FeedbackRecord> items) {
  std::promise<Result<std::vector<FeedbackStored>>> promise;
  log.append(std::move(items), [&](Result<std::vector<FeedbackStored>> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

std::string bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace cofactor::service::audit::testing
