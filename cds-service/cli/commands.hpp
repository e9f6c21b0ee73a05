// Promises: one function for each subcommand. Each returns the exit code: 0 done, 1 the thing asked about is not
// fine, 2 wrong usage or configuration, 3 could not read or reach something; and has said why in one sentence on
// stderr. Only command_line.cpp knows how the options are written.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cofactor::service::cli {

enum ExitCode { done = 0, not_fine = 1, wrong_usage = 2, unreachable = 3 };

struct ServeOptions {
  std::string config;
};
int serve(const ServeOptions& options);

struct EvaluateOptions {
  std::string config;              ///< empty: the minimal configuration
  std::string as_of;               ///< empty: today in UTC
  std::string client;              ///< empty: the first one
  bool trace = false, ndjson = false;
  std::vector<std::string> files;  ///< "-" is standard input
};
int evaluate(const EvaluateOptions& options);

struct ExplainOptions {
  std::string as_of;
  std::string config;              ///< whose knowledge; empty: the shipped set
  std::string knowledge;           ///< a site's knowledge directory, instead of a configuration
  std::vector<std::string> files;
};
int explain(const ExplainOptions& options);

int knowledge_check(const std::string& directory);
struct KnowledgeShowOptions {
  std::string rule;                ///< empty: all of them
  std::string config;              ///< whose knowledge; empty: the shipped set
  std::string directory;           ///< a site's folder instead
};
int knowledge_show(const KnowledgeShowOptions& options);
struct KnowledgeDiffOptions {
  std::string from_set, to_set;       ///< directories, or "shipped"
  std::vector<std::string> requests;  ///< files of one request, or of one a line
  std::string as_of;                  ///< for requests; empty: today in UTC
  std::string audit, from, to;        ///< configuration that names a store; first and last day, both or none
  std::string config, client;         ///< whose policy counts; empty: of the store's configuration, or the rules' own modes
};
int knowledge_diff(const KnowledgeDiffOptions& options);

struct ImportRxnormOptions {
  std::string directory;           ///< of the release's RRF files
  std::string out;                 ///< empty or "-": standard output
  std::string release;             ///< empty: what RXNSAB.RRF says
  std::string knowledge;           ///< a site's directory, for ingredients that only it knows
};
int import_rxnorm(const ImportRxnormOptions& options);

struct ReportOptions {
  std::string config, from, to, format = "text";
};
int report(const ReportOptions& options);

struct DoctorOptions {
  std::string config;
  std::int64_t last_refusals = 0;  ///< so many of them instead of the checks
};
int doctor(const DoctorOptions& options);

}  // namespace cofactor::service::cli
