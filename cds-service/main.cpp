// Promises: nothing but the way from the process into the command line.
#include "cds-service/cli/command_line.hpp"

int main(int argc, char** argv) { return cofactor::service::cli::run(argc, argv); }
