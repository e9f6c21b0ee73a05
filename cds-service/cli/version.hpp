// Promises: what this binary is: its version, how it was built, and the knowledge inside.
#pragma once
#include <string>

namespace cofactor::service::cli {

std::string software_version();  ///< "0.1.0"
std::string version_text();      ///< three lines: version, knowledge revision, build

}  // namespace cofactor::service::cli
