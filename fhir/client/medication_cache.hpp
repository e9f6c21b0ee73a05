// Promises: Medication resources of one server by id, and nothing else: no patient data is kept between calls. Bounded
// by number, by bytes and by age; the least recently used goes first. Pure but for the clock. Thread-safe.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cofactor::fhir::client {

class MedicationCache {
 public:
  using Clock = std::chrono::steady_clock;
  struct Settings {
    std::size_t resources = 5'000;
    std::size_t bytes = 16u << 20;
    std::size_t resource_bytes = 64u << 10;  ///< a larger one is not kept
    std::chrono::seconds time_to_live{3'600};
  };

  explicit MedicationCache(Settings settings, std::function<Clock::time_point()> now = Clock::now);

  /// The JSON text of that Medication, or nullptr.
  std::shared_ptr<const std::string> find(std::string_view id);
  /// Keeps `json`, the answer to a read of Medication/`id`. Refuses (false) what is no Medication of that id, or what
  /// refers to a patient anywhere.
  bool keep(std::string_view id, std::string json);
  std::size_t size() const;

 private:
  struct Entry {
    std::string id;
    std::shared_ptr<const std::string> json;
    Clock::time_point until;
  };
  void drop(std::list<Entry>::iterator entry);

  const Settings settings_;
  const std::function<Clock::time_point()> now_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  ///< most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_id_;
  std::size_t bytes_ = 0;
};

}  // namespace cofactor::fhir::client
