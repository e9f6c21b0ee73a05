// Promises: earlier overrides about a patient, read by one thread of its own over a connection that can only read, so
// that no I/O thread waits for the disk and no record is written. Thread-safe.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cards/engine/evaluate.hpp"
#include "cds-service/audit/key_ring.hpp"
#include "cds-service/audit/sqlite.hpp"
#include "fhir/result.hpp"

namespace cofactor::service::audit {

class OverrideLookup {
 public:
  using Found = Result<std::vector<cards::EarlierOverride>>;
  /// Failure codes: audit-unreadable and those of KeyRing::load.
  static Result<std::unique_ptr<OverrideLookup>> open(const std::string& store_path, const std::string& key_file);
  ~OverrideLookup();  ///< answers what is queued first

  /// False when too many are waiting: then `done` is not called.
  bool ask(std::string issuer, std::string patient_id, fhir::Day since, std::function<void(Found)>& done);

 private:
  struct Question {
    std::string issuer, patient_id;
    fhir::Day since;
    std::function<void(Found)> done;
  };
  OverrideLookup(Database database, Statement find, KeyRing keys);
  void run();
  Found look(const Question& question);

  Database database_;
  Statement find_;
  KeyRing keys_;
  std::mutex guard_;
  std::condition_variable wake_;
  std::vector<Question> queue_;  ///< under guard_
  bool stop_ = false;            ///< under guard_
  std::thread thread_;
};

}  // namespace cofactor::service::audit
