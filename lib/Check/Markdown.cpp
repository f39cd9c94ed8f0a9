#include "Check/Markdown.h"

#include "Check/Escape.h"
#include "Check/Verdict.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace mlc {
namespace {

std::string percent(double fraction) { return fmt::format("{:.3g} %", 100 * fraction); }

std::string number(double value) { return std::isnan(value) ? "–" : fmt::format("{:.4g}", value); }

std::string row(const std::vector<std::string> &cells) {
  std::string text = "|";
  for (const std::string &cell : cells)
    text += " " + cell + " |";
  return text + "\n";
}

std::string header(const std::vector<std::string> &cells) {
  std::string text = row(cells) + "|";
  for (size_t i = 0; i < cells.size(); ++i)
    text += "---|";
  return text + "\n";
}

std::string ratio(double after, double before) {
  return before > 0 ? fmt::format("{:.2f} ×", after / before) : std::string();
}

} // namespace

std::string formatMarkdown(const OptimizeReport &report) {
  const CompileReport &compile = report.compile;
  std::string text = fmt::format("### {} on {}: {}\n\n", escapeMarkdown(compile.name), escapeMarkdown(compile.target),
                                 verdictName(verdictOf(report)));
  text += header({"", "original", "compressed", ""});
  auto megabytes = [](int64_t bytes) { return fmt::format("{:.2f} MB", static_cast<double>(bytes) / 1e6); };
  text += row({"size", megabytes(compile.modelBytes), megabytes(compile.libraryBytes),
               ratio(static_cast<double>(compile.libraryBytes), static_cast<double>(compile.modelBytes))});
  if (report.latencyAfter)
    text += row({"latency", report.latencyBefore ? fmt::format("{:.3f} ms", report.latencyBefore->medianMs) : "",
                 fmt::format("{:.3f} ms", report.latencyAfter->medianMs),
                 report.latencyBefore ? ratio(report.latencyAfter->medianMs, report.latencyBefore->medianMs) : ""});
  if (report.check) {
    for (const MetricRow &metric : report.check->metrics)
      text += row({escapeMarkdown(metric.metric), number(metric.baseline), number(metric.candidate),
                   "drop " + percent(metric.drop) +
                       (metric.interval
                            ? fmt::format(" ({} to {})", percent(metric.interval->low), percent(metric.interval->high))
                            : std::string())});
    for (const OutputAgreement &output : report.check->outputs)
      text += row({"cosine of " + escapeMarkdown(output.name), "", fmt::format("{:.6f}", output.cosine),
                   fmt::format("worst sample {:.6f}", output.minCosine)});
    if (!report.check->gates.empty()) {
      text += "\n" + header({"gate", "limit", "measured", ""});
      for (const GateRow &gate : report.check->gates)
        text += row({escapeMarkdown(gateName(gate)), number(gate.limit), number(gate.measured),
                     gate.passed         ? "pass"
                     : gate.inconclusive ? "**inconclusive**"
                                         : "**FAIL**"});
    }
  }
  if (!report.candidates.empty()) {
    text += "\n" + header({"layers", "time", "drop", ""});
    for (const Candidate &candidate : report.candidates)
      text += row({escapeMarkdown(candidate.name),
                   fmt::format("{:.3f} ms{}", candidate.milliseconds, candidate.measured ? "" : " (modelled)"),
                   percent(candidate.drop),
                   candidate.chosen   ? "**chosen**"
                   : candidate.passes ? ""
                                      : "too inaccurate"});
  }
  std::vector<const LayerRow *> sensitive, kept;
  for (const LayerRow &layer : report.layers) {
    if (layer.localSqnrDb)
      sensitive.push_back(&layer);
    if (!layer.reason.empty())
      kept.push_back(&layer);
  }
  constexpr size_t kShown = 10;
  if (!sensitive.empty()) {
    std::sort(sensitive.begin(), sensitive.end(),
              [](const LayerRow *a, const LayerRow *b) { return *a->localSqnrDb < *b->localSqnrDb; });
    sensitive.resize(std::min(sensitive.size(), kShown));
    text += "\n" + header({"most sensitive layer", "precision", "SQNR alone", "accumulated"});
    for (const LayerRow *layer : sensitive)
      text += row({escapeMarkdown(layer->node), layer->precision, fmt::format("{:.1f} dB", *layer->localSqnrDb),
                   layer->accumulatedSqnrDb ? fmt::format("{:.1f} dB", *layer->accumulatedSqnrDb) : ""});
  }
  if (!kept.empty()) {
    text += fmt::format("\n<details><summary>{} layers not as asked for</summary>\n\n", kept.size());
    text += header({"layer", "got", "why"});
    for (const LayerRow *layer : kept)
      text += row({escapeMarkdown(layer->node), layer->precision, escapeMarkdown(layer->reason)});
    text += "\n</details>\n";
  }
  for (const auto &[mark, lines] : {std::pair("warning", &report.warnings), std::pair("note", &report.notes)})
    for (const std::string &line : *lines)
      text += fmt::format("\n- {}: {}", mark, escapeMarkdown(line));
  return text + "\n";
}

} // namespace mlc
