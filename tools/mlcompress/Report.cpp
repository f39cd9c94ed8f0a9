#include "Command.h"
#include "ReportFiles.h"
#include "SharedOptions.h"
#include "Support/FileBytes.h"
#include "Support/Table.h"
#include "mlcompress/ReportFormats.h"

#include <fmt/format.h>

namespace mlc {

void addReport(CLI::App &app, Invocation &invocation) {
  CLI::App *command = app.add_subcommand("report", "write the report of an earlier run in other forms");
  auto path = std::make_shared<std::string>();
  auto files = std::make_shared<ReportFiles>();
  command->add_option("report", *path, "report.json, or the directory that holds it")->required()->type_name("DIR");
  addReportOptions(*command, *files);
  command->footer(R"(
Examples:
  mlcompress report out/ --html report.html
  mlcompress report out/report.json --junit gates.xml --markdown summary.md

Exit codes: 0 done, 2 wrong usage, 4 bad input
)");
  command->callback([path, files, &invocation] {
    invocation.action = [path, files, &invocation] {
      if (!files->any())
        return invocation.fail(usageError("there is nothing to write: give --junit, --markdown or --html"));
      auto report = readReport(*path);
      if (!report)
        return invocation.fail(report.error());
      if (auto written = writeReports(*files, *report); !written)
        return invocation.fail(written.error());
      return int(ExitCode::Pass);
    };
  });
}

void addCompare(CLI::App &app, Invocation &invocation) {
  struct Options {
    std::string before, after, junit, markdown;
    RegressionLimits limits;
  };
  CLI::App *command = app.add_subcommand("compare", "find regressions between the reports of two runs");
  auto options = std::make_shared<Options>();
  command->add_option("before", options->before, "the report to compare with: report.json, or its directory")
      ->required()
      ->type_name("BEFORE");
  command->add_option("after", options->after, "the report of the later run")->required()->type_name("AFTER");
  addFraction(*command, "--max-drop", options->limits.drop,
              "most that a metric or cosine may lose beyond what it had lost");
  addFraction(*command, "--max-size-growth", options->limits.sizeGrowth, "most that the library may grow");
  addFraction(*command, "--max-latency-growth", options->limits.latencyGrowth, "most that the median latency may grow");
  command->add_option("--junit", options->junit, "also write the rows as JUnit XML")->type_name("FILE.xml");
  command->add_option("--markdown", options->markdown, "also write the table in Markdown")->type_name("FILE.md");
  command->add_flag("--json", invocation.json, "print the result as JSON instead of a table");
  command->footer(R"(
A verdict that was "pass" and is no more, and a metric that is no longer measured, are regressions too.

Examples:
  mlcompress compare main/out pull-request/out
  mlcompress compare old/report.json new/report.json --max-drop 0.2% --max-size-growth 1% --junit out.xml

Exit codes: 0 no regression, 1 something regressed, 2 wrong usage (different models or targets too), 4 bad input
)");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] {
      auto before = readReport(options->before), after = readReport(options->after);
      if (!before || !after)
        return invocation.fail(before ? after.error() : before.error());
      auto comparison = compareReports(*before, *after, options->limits);
      if (!comparison)
        return invocation.fail(comparison.error());
      if (!options->junit.empty())
        if (auto written = writeFile(options->junit, toJUnit(*comparison)); !written)
          return invocation.fail(written.error());
      if (!options->markdown.empty())
        if (auto written = writeFile(options->markdown, toMarkdown(*comparison)); !written)
          return invocation.fail(written.error());
      if (invocation.json) {
        invocation.out << toJson(*comparison);
      } else {
        using Align = Table::Align;
        Table table({{comparison->name, Align::Left},
                     {"before", Align::Right},
                     {"after", Align::Right},
                     {"change", Align::Left},
                     {"", Align::Left}});
        for (const ComparisonRow &row : comparison->rows)
          table.addRow({row.what, row.before, row.after, row.change, row.regressed ? "REGRESSED" : ""});
        invocation.out << table.text();
      }
      for (const ComparisonRow &row : comparison->rows)
        if (row.regressed)
          invocation.err << fmt::format("regressed: {}: {} became {}\n", row.what, row.before, row.after);
      return int(comparison->regressed ? ExitCode::GateFailed : ExitCode::Pass);
    };
  });
}

} // namespace mlc
