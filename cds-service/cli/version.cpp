// Promises: the version of this binary (version.hpp); the build names itself through COFACTOR_VERSION and COFACTOR_BUILD.
#include "cds-service/cli/version.hpp"

#include "cds-service/config/knowledge_directory.hpp"

namespace cofactor::service::cli {

std::string software_version() { return COFACTOR_VERSION; }

std::string version_text() {
  const auto knowledge = knowledge_in_force({});
  return "cofactor " COFACTOR_VERSION "\nknowledge " + (knowledge ? (*knowledge)->revision() : knowledge.error().text) +
         "\nbuild " COFACTOR_BUILD;
}

}  // namespace cofactor::service::cli
