// Promises: the published JSON files of the shared test data and the resources in them, in document order, and the
// hand-read tables that stand beside them, line by line.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fhir/json/value.hpp"

namespace cofactor::accuracy {

/// Calls `use(file, folder, root)` for every JSON file of the folders that hold orders and observations, in order of
/// name. `file` is relative to the test data.
void each_published_file(
    const std::function<void(const std::string&, const std::string&, const json::Value&)>& use);

/// Every object below `value` with that resourceType, outermost first.
void each_resource(const json::Value& value, const std::function<void(const json::Value&)>& use);

/// The fields of each line that is no remark, split at `|`, without surrounding space.
std::vector<std::vector<std::string>> hand_read_rows(const std::string& path);

std::string test_data(const std::string& relative);

}  // namespace cofactor::accuracy
