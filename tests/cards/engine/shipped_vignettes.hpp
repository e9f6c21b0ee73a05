// Promises: for tests of the engine: the shipped knowledge, loaded once, and the facts of a vignette by its name
// ("high-dose-ppi/4001-is-warning"). Tests run with the project's folder as working directory.
#pragma once
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "cards/engine/knowledge.hpp"
#include "cards/facts/facts_json.hpp"
#include "fhir/json/reader.hpp"

namespace cofactor::cards {

inline std::shared_ptr<const Knowledge> shipped() {
  static const auto knowledge = Knowledge::load(shipped_knowledge_files()).value();
  return knowledge;
}

inline std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline Facts vignette(const std::string& name) {
  return read_facts(json::parse(text_of("tests/vignettes/" + name + ".json")).value().root()["facts"]).value();
}

}  // namespace cofactor::cards
