// Promises: the command line of `cofactor`: which words and options there are, and their help.
#pragma once

namespace cofactor::service::cli {

/// Gives the exit code of the process.
int run(int argc, const char* const* argv);

}  // namespace cofactor::service::cli
