#include "Check/JUnit.h"

#include "Check/Escape.h"
#include "Check/Verdict.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace mlc {

static std::string messageOf(const GateRow &row) {
  if (std::isnan(row.measured))
    return fmt::format("nothing to measure; the limit is {}", row.limit);
  if (row.inconclusive)
    return fmt::format("measured {}, limit {}, but with so few samples it may be {}", row.measured, row.limit,
                       row.interval ? row.interval->high : row.measured);
  return fmt::format("measured {}, limit {}", row.measured, row.limit);
}

std::string formatJUnit(const OptimizeReport &report) {
  const CompileReport &compile = report.compile;
  std::string suite = escapeXml(fmt::format("{} on {}", compile.name, compile.target));
  static const std::vector<GateRow> none;
  const std::vector<GateRow> &gates = report.check ? report.check->gates : none;
  auto failures =
      std::count_if(gates.begin(), gates.end(), [](const GateRow &row) { return !row.passed && !row.inconclusive; });
  auto skipped = std::count_if(gates.begin(), gates.end(), [](const GateRow &row) { return row.inconclusive; });
  bool unchecked = gates.empty();
  std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{:.3f}\"",
                  unchecked ? 1 : gates.size(), failures, skipped + (unchecked && !report.check), compile.seconds);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"mlcompress\" {}>\n  <testsuite name=\"{}\" {}>\n", counts, suite, counts);
  if (unchecked) {
    text += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", suite, report.check ? "check" : "unchecked");
    text +=
        report.check ? "/>\n" : ">\n      <skipped message=\"there was no data to check with\"/>\n    </testcase>\n";
  }
  for (const GateRow &row : gates) {
    std::string name = escapeXml(gateName(row));
    text += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", suite, name);
    if (row.passed)
      text += "/>\n";
    else
      text += fmt::format(">\n      <{} message=\"{}\"/>\n    </testcase>\n", row.inconclusive ? "skipped" : "failure",
                          escapeXml(messageOf(row)));
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

} // namespace mlc
