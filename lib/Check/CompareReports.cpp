#include "Check/Escape.h"
#include "Check/Json.h"
#include "Check/Verdict.h"
#include "mlcompress/ReportFormats.h"

#include <algorithm>
#include <fmt/format.h>

namespace mlc {
namespace {

class Comparer {
public:
  Comparer(const OptimizeReport &before, const OptimizeReport &after, const RegressionLimits &limits)
      : before_(before), after_(after), limits_(limits) {
    result_.name = after.compile.name;
    result_.target = after.compile.target;
  }

  Comparison run() {
    growth("size", static_cast<double>(before_.compile.libraryBytes), static_cast<double>(after_.compile.libraryBytes),
           limits_.sizeGrowth, [](double bytes) { return fmt::format("{:.3f} MB", bytes / 1e6); });
    if (before_.latencyAfter && after_.latencyAfter)
      growth("latency", before_.latencyAfter->medianMs, after_.latencyAfter->medianMs, limits_.latencyGrowth,
             [](double ms) { return fmt::format("{:.4g} ms", ms); });
    if (before_.check && after_.check) {
      metrics();
      outputs();
      gates();
    }
    std::string was = verdictName(verdictOf(before_)), is = verdictName(verdictOf(after_));
    add({"verdict", was, is, was == is ? "" : "changed", was == "pass" && is != "pass"});
    layers();
    return std::move(result_);
  }

private:
  void add(ComparisonRow row) {
    result_.regressed |= row.regressed;
    result_.rows.push_back(std::move(row));
  }
  template <typename F> void growth(const char *what, double before, double after, double limit, F show) {
    double change = before > 0 ? after / before - 1 : 0;
    add({what, show(before), show(after), fmt::format("{:+.2f} %", 100 * change), change > limit});
  }
  void metrics() {
    for (const MetricRow &was : before_.check->metrics) {
      auto is = std::find_if(after_.check->metrics.begin(), after_.check->metrics.end(),
                             [&](const MetricRow &row) { return row.metric == was.metric; });
      if (is == after_.check->metrics.end()) {
        add({was.metric, fmt::format("{:.5g}", was.candidate), "not measured", "", true});
        continue;
      }
      double lost = is->drop - was.drop;
      add({was.metric, fmt::format("{:.5g}", was.candidate), fmt::format("{:.5g}", is->candidate),
           fmt::format("drop {:+.3g} %", 100 * lost), lost > limits_.drop});
    }
  }
  void outputs() {
    for (const OutputAgreement &was : before_.check->outputs)
      for (const OutputAgreement &is : after_.check->outputs)
        if (is.name == was.name)
          add({"cosine of " + is.name, fmt::format("{:.6f}", was.cosine), fmt::format("{:.6f}", is.cosine),
               fmt::format("{:+.6f}", is.cosine - was.cosine), !(is.cosine >= was.cosine - limits_.drop)});
  }
  void gates() {
    auto status = [](const GateRow &row) { return row.passed ? "pass" : row.inconclusive ? "inconclusive" : "fail"; };
    for (const GateRow &was : before_.check->gates)
      for (const GateRow &is : after_.check->gates)
        if (is.gate == was.gate && is.output == was.output && is.metric == was.metric &&
            std::string(status(is)) != status(was))
          add({"gate " + gateName(is), status(was), status(is), "changed", was.passed && !is.passed});
  }
  void layers() {
    for (const LayerRow &was : before_.layers)
      for (const LayerRow &is : after_.layers)
        if (is.node == was.node && is.precision != was.precision)
          add({"layer " + is.node, was.precision, is.precision, is.reason, false});
  }

  const OptimizeReport &before_, &after_;
  const RegressionLimits &limits_;
  Comparison result_;
};

} // namespace

Result<Comparison> compareReports(const OptimizeReport &before, const OptimizeReport &after,
                                  const RegressionLimits &limits) {
  if (before.compile.name != after.compile.name)
    return usageError(
        fmt::format("the reports are of different models: '{}' and '{}'", before.compile.name, after.compile.name));
  if (before.compile.target != after.compile.target)
    return usageError(fmt::format("the reports are for different targets: '{}' and '{}'", before.compile.target,
                                  after.compile.target));
  return Comparer(before, after, limits).run();
}

std::string toJUnit(const Comparison &comparison) {
  std::string suite = escapeXml(fmt::format("{} on {}", comparison.name, comparison.target));
  auto failures = std::count_if(comparison.rows.begin(), comparison.rows.end(),
                                [](const ComparisonRow &row) { return row.regressed; });
  std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\"", comparison.rows.size(), failures);
  std::string text =
      fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mlcompress compare\" {0}>\n"
                  "  <testsuite name=\"{1}\" {0}>\n",
                  counts, suite);
  for (const ComparisonRow &row : comparison.rows) {
    text += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", suite, escapeXml(row.what));
    text += row.regressed ? fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n",
                                        escapeXml(fmt::format("{} became {} ({})", row.before, row.after, row.change)))
                          : "/>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

std::string toMarkdown(const Comparison &comparison) {
  std::string text = fmt::format("### {} on {}: {}\n\n| | before | after | change | |\n|---|---|---|---|---|\n",
                                 escapeMarkdown(comparison.name), escapeMarkdown(comparison.target),
                                 comparison.regressed ? "regressed" : "no regression");
  for (const ComparisonRow &row : comparison.rows)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", escapeMarkdown(row.what), escapeMarkdown(row.before),
                        escapeMarkdown(row.after), escapeMarkdown(row.change), row.regressed ? "**regressed**" : "");
  return text;
}

std::string toJson(const Comparison &comparison) {
  Json rows = Json::array();
  for (const ComparisonRow &row : comparison.rows)
    rows.push_back({{"what", row.what},
                    {"before", row.before},
                    {"after", row.after},
                    {"change", row.change},
                    {"regressed", row.regressed}});
  return textOf(
      {{"name", comparison.name}, {"target", comparison.target}, {"regressed", comparison.regressed}, {"rows", rows}});
}

} // namespace mlc
