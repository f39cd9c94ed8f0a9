#include "Check/Gates.h"

#include "Support/DTypeConversion.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace mlc {
namespace {

// Below, percentiles of resamples say little: a resample of five items is one of 126.
constexpr int64_t kFewestItems = 10;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

// Comparisons are written so that NaN fails.
GateRow bounded(const char *gate, const std::string &output, double limit, double measured, bool atLeast) {
  return {gate, output, limit, measured, std::nullopt, atLeast ? measured >= limit : measured <= limit};
}

GateRow judge(const char *gate, const MetricRow &metric, double limit, double measured,
              const std::optional<Interval> &interval, bool atLeast) {
  GateRow row = bounded(gate, metric.output, limit, measured, atLeast);
  row.metric = metric.metric;
  row.interval = interval;
  if (!row.passed)
    return row;
  bool sure = metric.items >= kFewestItems && interval && (atLeast ? interval->low >= limit : interval->high <= limit);
  row.passed = sure;
  row.inconclusive = !sure;
  return row;
}

GateRow judgeCost(const std::string &gate, const CostLimit &limit, const std::optional<Cost> &cost) {
  if (!limit.relative)
    return {gate,         "",
            limit.value,  cost ? cost->compressed : kNothing,
            std::nullopt, cost && cost->compressed <= limit.value};
  // In the cost's own unit, so that both numbers of a row are of one kind.
  double most = cost && cost->original ? limit.value * *cost->original : kNothing;
  return {fmt::format("{} {}x", gate, limit.value), "",           most,
          cost ? cost->compressed : kNothing,       std::nullopt, cost && cost->compressed <= most};
}

} // namespace

std::vector<GateRow> evaluateGates(const Gates &gates, const Measurements &measured) {
  std::vector<GateRow> rows;
  for (const OutputAgreement &output : measured.outputs)
    if (output.nonFiniteMismatches)
      rows.push_back(bounded("finite", output.name, 0, double(output.nonFiniteMismatches), false));
  // `each` gives the outputs that a gate applies to.
  auto onOutputs = [&](const char *gate, const std::optional<double> &limit, bool atLeast, auto each) {
    if (!limit)
      return;
    size_t before = rows.size();
    for (const OutputAgreement &output : measured.outputs)
      if (std::optional<double> value = each(output))
        rows.push_back(bounded(gate, output.name, *limit, *value, atLeast));
    if (rows.size() == before)
      rows.push_back(bounded(gate, "", *limit, kNothing, atLeast));
  };
  onOutputs("min-cosine", gates.minCosine, true, [](const OutputAgreement &output) {
    return isFloating(output.dtype) && output.samples ? std::optional(output.minCosine) : std::nullopt;
  });
  onOutputs("max-abs", gates.maxAbs, false,
            [](const OutputAgreement &output) { return output.samples ? std::optional(output.maxAbs) : std::nullopt; });
  onOutputs("min-top1", gates.minTop1, true, [](const OutputAgreement &output) { return output.top1; });

  for (const MetricGate &gate : gates.metrics)
    for (const MetricRow &metric : measured.metrics)
      if (metric.metric == gate.metric)
        rows.push_back(judge(gate.atLeast ? "at least" : "at most", metric, gate.limit, metric.candidate,
                             metric.candidateInterval, gate.atLeast));
  if (gates.maxDrop)
    for (const MetricRow &metric : measured.metrics)
      rows.push_back(judge("max-drop", metric, *gates.maxDrop, metric.drop, metric.interval, false));

  if (gates.maxSize)
    rows.push_back(judgeCost("max-size", *gates.maxSize, measured.size));
  if (gates.maxLatency)
    rows.push_back(judgeCost("max-latency", *gates.maxLatency, measured.latency));
  if (gates.maxMemory)
    rows.push_back(judgeCost("max-memory", *gates.maxMemory, measured.memory));
  return rows;
}

void conclude(CheckReport &report) {
  auto passed = [](const GateRow &row) { return row.passed; };
  auto undecided = [](const GateRow &row) { return row.passed || row.inconclusive; };
  report.passed = std::all_of(report.gates.begin(), report.gates.end(), passed);
  report.inconclusive = !report.passed && std::all_of(report.gates.begin(), report.gates.end(), undecided);
}

} // namespace mlc
