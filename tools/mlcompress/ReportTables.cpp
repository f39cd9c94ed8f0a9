#include "ReportTables.h"

#include "Support/Table.h"
#include "mlcompress/Result.h"

#include <algorithm>
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

static std::string between(const std::optional<Interval> &interval, bool asPercent) {
  if (!interval)
    return "";
  return asPercent ? fmt::format("{:.2f} … {:.2f} %", 100 * interval->low, 100 * interval->high)
                   : fmt::format("{:.6g} … {:.6g}", interval->low, interval->high);
}

std::string metricTable(const std::vector<MetricRow> &metrics) {
  if (metrics.empty())
    return "";
  Table table({{"metric", Table::Align::Left},
               {"output", Table::Align::Left},
               {"truth", Table::Align::Left},
               {"original", Table::Align::Right},
               {"compressed", Table::Align::Right},
               {"drop", Table::Align::Right},
               {"95 % interval", Table::Align::Right},
               {"items", Table::Align::Right},
               {"worst sample", Table::Align::Left}});
  for (const MetricRow &row : metrics)
    table.addRow({row.metric, row.output, row.truth, fmt::format("{:.6g}", row.baseline),
                  fmt::format("{:.6g}", row.candidate), fmt::format("{:.2f} %", 100 * row.drop),
                  between(row.interval, true), fmt::format("{}", row.items),
                  row.worstDrop == 0 ? "" : row.worstSample});
  return table.text();
}

/// "top1 at least", "max-drop of top1", "max-size".
static std::string nameOf(const GateRow &row) {
  if (row.metric.empty())
    return row.gate;
  return row.gate == "max-drop" ? "max-drop of " + row.metric : row.metric + " " + row.gate;
}

std::string gateTable(const std::vector<GateRow> &gates) {
  if (gates.empty())
    return "";
  Table table({{"gate", Table::Align::Left},
               {"output", Table::Align::Left},
               {"limit", Table::Align::Right},
               {"measured", Table::Align::Right},
               {"", Table::Align::Left},
               {"", Table::Align::Left}});
  for (const GateRow &row : gates)
    table.addRow({nameOf(row), row.output, fmt::format("{}", row.limit),
                  std::isnan(row.measured) ? "nothing to measure" : fmt::format("{}", row.measured),
                  between(row.interval, false),
                  row.passed         ? "pass"
                  : row.inconclusive ? "too few samples"
                                     : "FAIL"});
  return table.text();
}

std::string candidateTable(const std::vector<Candidate> &candidates) {
  if (candidates.empty())
    return "";
  std::vector<Candidate> rows = candidates;
  bool bySize = std::any_of(rows.begin(), rows.end(), [](const Candidate &row) { return row.layers.contains("int4"); });
  std::sort(rows.begin(), rows.end(), [&](const Candidate &a, const Candidate &b) {
    auto cost = [&](const Candidate &row) { return bySize ? static_cast<double>(row.weightBytes) : row.milliseconds; };
    return cost(a) != cost(b) ? cost(a) < cost(b) : a.drop < b.drop;
  });
  Table table({{"layers", Table::Align::Left},
               {"weights", Table::Align::Right},
               {"time", Table::Align::Right},
               {"", Table::Align::Left},
               {"drop", Table::Align::Right},
               {"", Table::Align::Left},
               {"", Table::Align::Left}});
  for (const Candidate &row : rows)
    table.addRow({row.name, row.weightBytes > 0 ? formatBytes(row.weightBytes) : "",
                  formatMilliseconds(row.milliseconds), row.measured ? "measured" : "modelled",
                  fmt::format("{:.3g} %", 100 * row.drop), row.passes ? "within the budget" : "too inaccurate",
                  row.chosen    ? "chosen"
                  : row.onFront ? "Pareto"
                                : ""});
  return table.text();
}

std::string sensitivityTable(const std::vector<LayerRow> &layers) {
  std::vector<LayerRow> rows;
  std::copy_if(layers.begin(), layers.end(), std::back_inserter(rows),
               [](const LayerRow &row) { return row.localSqnrDb && row.accumulatedSqnrDb; });
  if (rows.empty())
    return "";
  std::sort(rows.begin(), rows.end(),
            [](const LayerRow &a, const LayerRow &b) { return *a.localSqnrDb < *b.localSqnrDb; });
  Table table({{"most sensitive layers", Table::Align::Left},
               {"operator", Table::Align::Left},
               {"precision", Table::Align::Left},
               {"SQNR alone", Table::Align::Right},
               {"accumulated", Table::Align::Right}});
  constexpr size_t shown = 10;
  for (size_t i = 0; i < rows.size() && i < shown; ++i)
    table.addRow({rows[i].node, rows[i].op, rows[i].precision, fmt::format("{:.1f} dB", *rows[i].localSqnrDb),
                  fmt::format("{:.1f} dB", *rows[i].accumulatedSqnrDb)});
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

std::string profileTable(const BenchReport &report) {
  if (!report.limits)
    return "";
  using Align = Table::Align;
  std::vector<KernelProfile> rows = report.profile;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const KernelProfile &a, const KernelProfile &b) { return a.milliseconds > b.milliseconds; });
  double total = 0;
  for (const KernelProfile &row : rows)
    total += row.milliseconds;
  Table table({{"kernel", Align::Left},
               {"time", Align::Right},
               {"share", Align::Right},
               {"Gop/s", Align::Right},
               {"GB/s", Align::Right},
               {"of limit", Align::Right},
               {"instructions", Align::Left},
               {"nodes", Align::Left}});
  for (const KernelProfile &row : rows) {
    if (row.milliseconds == 0)
      continue;
    std::string nodes = row.kernel.nodes.empty() ? "" : row.kernel.nodes.front();
    if (row.kernel.nodes.size() > 1)
      nodes += fmt::format(" and {} more", row.kernel.nodes.size() - 1);
    table.addRow({row.kernel.kernel, formatMilliseconds(row.milliseconds),
                  fmt::format("{:.1f} %", total > 0 ? 100 * row.milliseconds / total : 0),
                  fmt::format("{:.1f}", row.operations / row.milliseconds * 1e-6),
                  fmt::format("{:.1f}", row.bytes / row.milliseconds * 1e-6),
                  fmt::format("{:.0f} %", 100 * row.limitFraction), row.kernel.instructionSet, nodes});
  }
  const MachineLimits &limits = *report.limits;
  std::string line = fmt::format("limits of one core: {:.0f} Gop/s fp32", limits.f32);
  if (limits.bf16 > 0)
    line += fmt::format(", {:.0f} bf16", limits.bf16);
  if (limits.int8 > 0)
    line += fmt::format(", {:.0f} int8", limits.int8);
  return "\n" + table.text() + line + fmt::format("; memory {:.1f} GB/s\n", limits.memory);
}

std::string warningLines(const std::vector<std::string> &warnings) {
  std::string text;
  for (const std::string &warning : warnings)
    text += "warning: " + warning + '\n';
  return text;
}

void sayFailedGates(const std::vector<GateRow> &gates, std::ostream &err) {
  for (const GateRow &row : gates) {
    if (row.passed)
      continue;
    err << fmt::format("gate {}: {}{}: ", row.inconclusive ? "undecided" : "failed", nameOf(row),
                       row.output.empty() ? "" : fmt::format(" of '{}'", row.output));
    if (row.inconclusive && !row.interval)
      err << fmt::format("{} keeps the limit {}, but so few samples tell nothing of others\n", row.measured, row.limit);
    else if (row.inconclusive)
      err << fmt::format("{} keeps the limit {}, but these samples allow {:.6g} … {:.6g}: give more\n", row.measured,
                         row.limit, row.interval->low, row.interval->high);
    else if (std::isnan(row.measured))
      err << (row.metric.empty() ? "the model has no output that it applies to\n"
                                 : "it has no value on these samples, or answers are NaN\n");
    else
      err << fmt::format("{} where the limit is {}\n", row.measured, row.limit);
  }
}

int exitCodeOf(const CheckReport &report) {
  return int(report.passed ? ExitCode::Pass : report.inconclusive ? ExitCode::Inconclusive : ExitCode::GateFailed);
}

} // namespace mlc
