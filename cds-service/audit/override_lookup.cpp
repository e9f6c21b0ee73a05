// Promises: what override_lookup.hpp says.
#include "cds-service/audit/override_lookup.hpp"

#include <exception>

#include "cds-service/audit/uuid_bytes.hpp"
#include "cds-service/ops/prompt_thread.hpp"

namespace cofactor::service::audit {
namespace {

constexpr std::size_t most_waiting = 10'000;

}  // namespace

Result<std::unique_ptr<OverrideLookup>> OverrideLookup::open(const std::string& store_path, const std::string& key_file) {
  auto database = Database::open(store_path, Database::Access::read_only);
  if (!database) return tl::unexpected(database.error());
  auto find = database->prepare_kept("SELECT finding, day FROM overridden WHERE pid_tag = ?1 AND day >= ?2");
  if (!find) return tl::unexpected(find.error());
  auto keys = KeyRing::load(key_file);
  if (!keys) return tl::unexpected(keys.error());
  return std::unique_ptr<OverrideLookup>(new OverrideLookup(std::move(*database), std::move(*find), std::move(*keys)));
}

OverrideLookup::OverrideLookup(Database database, Statement find, KeyRing keys)
    : database_(std::move(database)), find_(std::move(find)), keys_(std::move(keys)), thread_([this] {
        ops::wake_promptly();
        run();
      }) {}

OverrideLookup::~OverrideLookup() {
  {
    const std::lock_guard lock(guard_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool OverrideLookup::ask(std::string issuer, std::string patient_id, fhir::Day since, std::function<void(Found)>& done) {
  {
    const std::lock_guard lock(guard_);
    if (queue_.size() >= most_waiting) return false;
    queue_.push_back({std::move(issuer), std::move(patient_id), since, std::move(done)});
  }
  wake_.notify_one();
  return true;
}

void OverrideLookup::run() {
  std::vector<Question> batch;
  while (true) {
    {
      std::unique_lock lock(guard_);
      wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
    }
    for (Question& question : batch) {
      try {
        question.done(look(question));
      } catch (const std::exception&) {  // memory alone can fail here: who asked meets its deadline
      }
    }
    batch.clear();
  }
}

OverrideLookup::Found OverrideLookup::look(const Question& question) {
  std::vector<cards::EarlierOverride> found;
  for (const auto kid : keys_.ids()) {
    const auto tag = keys_.patient_tag(kid, question.issuer, question.patient_id);
    find_.bind_blob(1, tag).bind(2, question.since.number);
    while (true) {
      const auto row = find_.step();
      if (!row || !*row) {
        find_.reset();
        if (!row) return tl::unexpected(row.error());
        break;
      }
      found.push_back({hex_of_bytes(find_.text(0)), fhir::Day{static_cast<std::int32_t>(find_.integer(1))}});
    }
  }
  return found;
}

}  // namespace cofactor::service::audit
