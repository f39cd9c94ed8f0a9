#include "ReportTables.h"

#include "Support/Table.h"

#include <cmath>
#include <fmt/format.h>

namespace mlc {

std::string formatMilliseconds(double milliseconds) {
  if (milliseconds >= 1000)
    return fmt::format("{:.2f} s", milliseconds / 1000);
  int digits = milliseconds >= 100 ? 0 : milliseconds >= 1 ? 2 : 4;
  return fmt::format("{:.{}f} ms", milliseconds, digits);
}

/// A part of a whole in percent; 100 % only where it is all.
static std::string percent(double fraction) {
  double shown = std::floor(fraction * 10000) / 100;
  return fmt::format("{:.2f} %", shown);
}

std::string agreementTable(const CheckReport &report) {
  if (report.outputs.empty())
    return "";
  Table table({{"output", Table::Align::Left},
               {"cosine", Table::Align::Right},
               {"rel. L2", Table::Align::Right},
               {"max abs", Table::Align::Right},
               {"mean abs", Table::Align::Right},
               {"SQNR", Table::Align::Right},
               {"top-1", Table::Align::Right},
               {"equal", Table::Align::Right},
               {"NaN/Inf", Table::Align::Right}});
  for (const OutputAgreement &output : report.outputs)
    table.addRow({output.name, fmt::format("{:.6f}", output.cosine), fmt::format("{:.2e}", output.relativeL2),
                  fmt::format("{:.2e}", output.maxAbs), fmt::format("{:.2e}", output.meanAbs),
                  std::isinf(output.sqnrDb) ? (output.sqnrDb > 0 ? "exact" : "-inf dB")
                                            : fmt::format("{:.1f} dB", output.sqnrDb),
                  output.top1 ? percent(*output.top1) : "", output.equal ? percent(*output.equal) : "",
                  fmt::format("{}/{}", output.nanCount, output.infCount)});
  return fmt::format("agreement with the original ({}, {} sample{}):\n", report.baseline, report.samples,
                     report.samples == 1 ? "" : "s") +
         table.text();
}

std::string gateTable(const std::vector<GateRow> &gates) {
  if (gates.empty())
    return "";
  Table table({{"gate", Table::Align::Left},
               {"output", Table::Align::Left},
               {"limit", Table::Align::Right},
               {"measured", Table::Align::Right},
               {"", Table::Align::Left}});
  for (const GateRow &row : gates)
    table.addRow({row.gate, row.output, fmt::format("{}", row.limit),
                  std::isnan(row.measured) ? "nothing to measure" : fmt::format("{}", row.measured),
                  row.passed ? "pass" : "FAIL"});
  return table.text();
}

std::string fallbackTable(const std::vector<Fallback> &fallbacks) {
  if (fallbacks.empty())
    return "";
  Table table({{"fell back", Table::Align::Left},
               {"operator", Table::Align::Left},
               {"wanted", Table::Align::Left},
               {"got", Table::Align::Left},
               {"why", Table::Align::Left}});
  constexpr size_t shown = 20;
  for (size_t i = 0; i < fallbacks.size() && i < shown; ++i)
    table.addRow({fallbacks[i].node, fallbacks[i].op, fallbacks[i].wanted, fallbacks[i].got, fallbacks[i].reason});
  std::string text = table.text();
  if (fallbacks.size() > shown)
    text += fmt::format("… and {} more (--json lists all)\n", fallbacks.size() - shown);
  return text;
}

std::string filesLine(const CompileReport &report, const std::vector<std::string> &more) {
  std::string text = fmt::format("wrote {}:", report.directory);
  for (const OutputFile &file : report.files)
    text += fmt::format(" {}", file.name);
  for (const std::string &name : more)
    text += " " + name;
  return text + "\n";
}

void sayFailedGates(const std::vector<GateRow> &gates, std::ostream &err) {
  for (const GateRow &row : gates) {
    if (row.passed)
      continue;
    err << fmt::format("gate failed: {}{}: ", row.gate, row.output.empty() ? "" : fmt::format(" of '{}'", row.output));
    if (std::isnan(row.measured))
      err << "the model has no output that it applies to\n";
    else
      err << fmt::format("{} where the limit is {}\n", row.measured, row.limit);
  }
}

} // namespace mlc
