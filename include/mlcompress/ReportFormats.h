// The report of optimize() in the forms that people and continuous integration read; docs/formats.md.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <string>

namespace mlc {

/// JUnit XML: a suite for the model on its target, a case for each gate.
std::string toJUnit(const OptimizeReport &report);
/// Markdown for a pull request.
std::string toMarkdown(const OptimizeReport &report);
/// One HTML page that needs no other file.
std::string toHtml(const OptimizeReport &report);
/// A check as the report of a run that did nothing else, for the functions above.
OptimizeReport asReport(const CheckReport &check, const std::string &name, const std::string &target);

/// The report that optimize() wrote: report.json, or the directory that holds it. What is missing keeps its default.
/// Errors (bad input): no such file, no JSON, or no report.
Result<OptimizeReport> readReport(const std::string &path);

/// What compare() lets pass. Growths are fractions of the first report's value.
struct RegressionLimits {
  double drop = 0.005;        ///< of a metric, beyond the first report's own drop
  double sizeGrowth = 0.02;   ///< of the library
  double latencyGrowth = 0.1; ///< of the median latency
};

/// One line of a comparison.
struct ComparisonRow {
  std::string what; ///< "size", "latency", "top1", "cosine of y", "gate min-cosine of y", "layer conv1"
  std::string before, after;
  std::string change; ///< as people read it
  bool regressed = false;
};
struct Comparison {
  std::string name, target;
  std::vector<ComparisonRow> rows;
  bool regressed = false;
};

/// The second report against the first. Errors (usage): they are of different models or targets.
Result<Comparison> compareReports(const OptimizeReport &before, const OptimizeReport &after,
                                  const RegressionLimits &limits);
std::string toJUnit(const Comparison &comparison);
std::string toMarkdown(const Comparison &comparison);
std::string toJson(const Comparison &comparison);

} // namespace mlc
