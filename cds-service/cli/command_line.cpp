// Promises: the command line by CLI11 (command_line.hpp); the only file that knows it.
#include "cds-service/cli/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <string>

#include "cds-service/cli/commands.hpp"
#include "cds-service/cli/console.hpp"
#include "cds-service/cli/version.hpp"

namespace cofactor::service::cli {
namespace {

/// A subcommand with the example that every --help ends with.
CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example) {
  CLI::App* app = parent.add_subcommand(name, what);
  app->footer("Example:\n  " + example);
  app->set_version_flag("--version", version_text, "Print version, knowledge revision and build");
  return app;
}

/// The library's complaint as one sentence of ours.
std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

int run(int argc, const char* const* argv) {
  CLI::App app("Cofactor: a CDS Hooks service for high-dose vitamin D and magnesium safety");
  app.name("cofactor");
  app.require_subcommand(1);
  app.footer("Example:\n  cofactor evaluate --as-of 2026-03-01 --trace request.json\n"
             "Exit codes: 0 done, 1 the thing asked about is not fine, 2 wrong usage or configuration, "
             "3 could not read or reach something");
  app.set_version_flag("--version", version_text, "Print version, knowledge revision and build");
  std::function<int()> chosen;

  ServeOptions serving;
  CLI::App* sub = command(app, "serve", "Run the service until SIGTERM; SIGHUP reloads configuration and knowledge",
                          "cofactor serve --config /etc/cofactor/cofactor.json");
  sub->add_option("--config", serving.config, "Configuration file, or - for standard input")->required();
  sub->callback([&] { chosen = [&] { return serve(serving); }; });

  EvaluateOptions evaluating;
  sub = command(app, "evaluate", "Answer CDS Hooks requests from files, as the service would, without network and audit",
                "cofactor evaluate --as-of 2026-03-01 --trace request.json");
  sub->add_option("--config", evaluating.config, "Configuration file (default: the minimal configuration)");
  sub->add_option("--as-of", evaluating.as_of, "The day to take for today, YYYY-MM-DD (default: today in UTC)");
  sub->add_option("--client", evaluating.client, "The client whose policy holds (default: the first one)");
  sub->add_flag("--trace", evaluating.trace, "Add the facts and every rule's outcome to each answer");
  sub->add_flag("--ndjson", evaluating.ndjson, "Each line of the input is one request");
  sub->add_option("FILE", evaluating.files, "Requests, or - for standard input")->required();
  sub->callback([&] { chosen = [&] { return evaluate(evaluating); }; });

  ExplainOptions explaining;
  sub = command(app, "explain", "Tell how medication orders are read: a resource, a Bundle, or one resource a line",
                "cofactor explain --as-of 2026-03-01 order.json");
  sub->add_option("--as-of", explaining.as_of, "The day to take for today, YYYY-MM-DD (default: today in UTC)");
  auto* explain_config = sub->add_option("--config", explaining.config, "Configuration whose knowledge directory counts (default: the shipped knowledge)");
  sub->add_option("--knowledge", explaining.knowledge, "A site's knowledge directory, such as /etc/cofactor/knowledge.d")->excludes(explain_config);
  sub->add_option("FILE", explaining.files, "Orders, or - for standard input")->required();
  sub->callback([&] { chosen = [&] { return explain(explaining); }; });

  CLI::App* knowledge = command(app, "knowledge", "Check a site's clinical knowledge, print what is in force, compare sets",
                                "cofactor knowledge show high-dose-ppi");
  knowledge->require_subcommand(1);
  std::string directory;
  sub = command(*knowledge, "check", "Check the knowledge files of a directory, as they would be laid over the shipped ones",
                "cofactor knowledge check /etc/cofactor/knowledge.d");
  sub->add_option("DIR", directory, "Directory with knowledge files")->required();
  sub->callback([&] { chosen = [&] { return knowledge_check(directory); }; });
  KnowledgeShowOptions showing;
  sub = command(*knowledge, "show", "Print the rules in force in plain words with their sources",
                "cofactor knowledge show high-dose-ppi");
  sub->add_option("RULE", showing.rule, "One rule (default: all of them)");
  sub->add_option("--config", showing.config, "Configuration whose knowledge directory counts (default: the shipped knowledge)");
  sub->add_option("--knowledge", showing.directory, "A site's knowledge folder, whether in force or not");
  sub->callback([&] { chosen = [&] { return knowledge_show(showing); }; });
  KnowledgeDiffOptions comparing;
  sub = command(*knowledge, "diff", "Tell what differs between two knowledge sets, and which answers would change",
                "cofactor knowledge diff shipped /etc/cofactor/knowledge.d --audit /etc/cofactor/cofactor.json");
  sub->add_option("A", comparing.from_set, "A site's knowledge folder, or `shipped`")->required();
  sub->add_option("B", comparing.to_set, "The set to compare with: a folder, or `shipped`")->required();
  sub->add_option("--requests", comparing.requests, "CDS Hooks requests to answer under both sets: one a file, or one a line")
      ->allow_extra_args(false);
  sub->add_option("--as-of", comparing.as_of, "The day to take for today with --requests, YYYY-MM-DD (default: today in UTC)");
  sub->add_option("--audit", comparing.audit, "Configuration whose audit store holds calls to judge again under both sets");
  sub->add_option("--from", comparing.from, "First day of those calls, YYYY-MM-DD (default: all)");
  sub->add_option("--to", comparing.to, "Last day of those calls, YYYY-MM-DD");
  sub->add_option("--config", comparing.config, "Configuration whose clients' policy counts (default: that of --audit, else none)");
  sub->add_option("--client", comparing.client, "Client whose policy counts for --requests (default: the first); only its calls of --audit");
  sub->callback([&] { chosen = [&] { return knowledge_diff(comparing); }; });

  ImportRxnormOptions importing;
  sub = command(*knowledge, "import-rxnorm", "Build a table of medicines from an RxNorm release (RXNCONSO, RXNREL, RXNSAT)",
                "cofactor knowledge import-rxnorm RxNorm_full_current/rrf --out /etc/cofactor/knowledge.d/imported/rxnorm.csv");
  sub->add_option("DIR", importing.directory, "Folder of the unpacked release, or its rrf folder")->required();
  sub->add_option("--out", importing.out, "File to write (default: standard output)");
  sub->add_option("--release", importing.release, "What to call the release (default: what its RXNSAB.RRF says)");
  sub->add_option("--knowledge", importing.knowledge, "A site's knowledge directory, when it names ingredients of its own");
  sub->callback([&] { chosen = [&] { return import_rxnorm(importing); }; });

  ReportOptions reporting;
  sub = command(app, "report", "Count calls, cards, reasons and feedback of a span of days from the audit store",
                "cofactor report --config /etc/cofactor/cofactor.json --from 2026-03-01 --to 2026-03-31");
  sub->add_option("--config", reporting.config, "Configuration that names the audit store")->required();
  sub->add_option("--from", reporting.from, "First day, YYYY-MM-DD")->required();
  sub->add_option("--to", reporting.to, "Last day, YYYY-MM-DD")->required();
  sub->add_option("--format", reporting.format, "text, csv or json")->check(CLI::IsMember({"text", "csv", "json"}));
  sub->callback([&] { chosen = [&] { return report(reporting); }; });

  DoctorOptions examining;
  sub = command(app, "doctor", "Check a configuration and what it names, or tell why calls were turned away",
                "cofactor doctor --config /etc/cofactor/cofactor.json --last-refusals");
  sub->add_option("--config", examining.config, "Configuration file")->required();
  const auto* refusals = sub->add_option("--last-refusals", examining.last_refusals, "The last N calls that were turned away, and why (20 without a number)")
                             ->expected(0, 1)->check(CLI::Range(1, 10000));
  sub->callback([&, refusals] {
    if (refusals->count() > 0 && examining.last_refusals == 0) examining.last_refusals = 20;
    chosen = [&] { return doctor(examining); };
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& wrong) {
    return complain(wrong_usage, one_line(wrong.what()) + ": see `cofactor --help`");
  }
  return chosen ? chosen() : complain(wrong_usage, "say what to do: see `cofactor --help`");
}

}  // namespace cofactor::service::cli
