// Promises: `cofactor report`: the figures of a span of days from the audit store, also while the service runs.
#include "cds-service/audit/audit_reader.hpp"
#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/config/config.hpp"
#include "cds-service/report/report.hpp"

namespace cofactor::service::cli {

int report(const ReportOptions& options) {
  const auto period = report::period_of(options.from, options.to);
  if (!period) return complain(wrong_usage, period.error().text);
  const auto config = read_config(options.config);
  if (!config) return complain(config.error());
  auto reader = audit::AuditReader::open(config->audit.sqlite_path, {});
  if (!reader) return complain(unreachable, reader.error().text);
  const auto figures = report::compute(*reader, *period);
  if (!figures) return complain(unreachable, figures.error().text);
  std::string text = options.format == "csv"    ? report::as_csv(*figures)
                     : options.format == "json" ? report::as_json(*figures)
                                                : report::as_text(*figures);
  if (text.ends_with('\n')) text.pop_back();
  print_line(text);
  return flush() ? done : complain(unreachable, "standard output could not take the report");
}

}  // namespace cofactor::service::cli
