// Promises: see published_files.hpp.
#include "published_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fhir/json/reader.hpp"

namespace cofactor::accuracy {

namespace fs = std::filesystem;

std::string test_data(const std::string& relative) {
  return (fs::path(COFACTOR_SHARED) / "testdata" / relative).string();
}

void each_published_file(
    const std::function<void(const std::string&, const std::string&, const json::Value&)>& use) {
  for (const char* folder :
       {"cdshooks-spec", "cdshooks-validator", "crd-test-kit", "davinci-crd", "fds-timing",
        "fhir-r4-examples", "opioid-mme-r4", "us-core"}) {
    if (!fs::exists(test_data(folder))) continue;
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(test_data(folder)))
      if (entry.path().extension() == ".json")
        files.push_back(fs::relative(entry.path(), test_data("")).string());
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      std::ifstream in(test_data(file), std::ios::binary);
      const auto document =
          json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
      if (document) use(file, folder, document->root());
    }
  }
}

void each_resource(const json::Value& value, const std::function<void(const json::Value&)>& use) {
  if (value.is_object() && value["resourceType"].is_string()) use(value);
  for (const json::Member& member : value.members()) each_resource(member.value, use);
  for (const json::Value& item : value.items()) each_resource(item, use);
}

std::vector<std::vector<std::string>> hand_read_rows(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields;
    std::size_t from = 0;
    while (from <= line.size()) {
      const std::size_t to = std::min(line.find('|', from), line.size());
      std::string field = line.substr(from, to - from);
      field.erase(0, field.find_first_not_of(' '));
      field.erase(field.find_last_not_of(' ') + 1);
      fields.push_back(field);
      from = to + 1;
    }
    rows.push_back(fields);
  }
  return rows;
}

}  // namespace cofactor::accuracy
