#include "Check/Html.h"

#include "Check/Escape.h"
#include "Check/Verdict.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace mlc {
namespace {

constexpr const char *kStyle = R"(
:root { color-scheme: light dark; --ink: #1c2330; --paper: #fff; --faint: #6b7485; --line: #d9dee7; --a: #2f6fde; --b: #e0862b;
        --good: #23884f; --bad: #c8373d; --unsure: #a2700b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ef; --paper: #14181f; --faint: #98a2b3; --line: #2c3442; --a: #6ea0ff;
        --b: #f0a557; --good: #58c48a; --bad: #ff7b7f; --unsure: #e0b04a; } }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
       font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--faint); font-weight: 500; } td.n, th.n { text-align: right; }
.pass { color: var(--good); } .fail { color: var(--bad); } .inconclusive { color: var(--unsure); } .unchecked { color: var(--faint); }
.scroll { overflow-x: auto; } svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 11px; }
svg .faint { fill: var(--faint); } .key { color: var(--faint); font-size: .85rem; }
.key i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .3em 0 1em; }
)";

// Labels are cut at their beginning: the end of a node's name tells more.
std::string shortened(const std::string &name, size_t length) {
  if (name.size() <= length)
    return name;
  size_t begin = name.size() - length + 1;
  while (begin < name.size() && (static_cast<unsigned char>(name[begin]) & 0xC0) == 0x80)
    ++begin;
  return "…" + name.substr(begin);
}

std::string percent(double fraction) { return fmt::format("{:.3g} %", 100 * fraction); }
std::string number(double value) { return std::isnan(value) ? "–" : fmt::format("{:.5g}", value); }

struct Bar {
  std::string label;
  std::string title;             ///< shown when pointed at
  double first = 0, second = -1; ///< below 0: there is none
};

// Horizontal bars, of one or two values each, from zero.
std::string bars(const std::string &title, const std::vector<Bar> &rows, const std::string &unit) {
  constexpr double kLabel = 300, kWidth = 460, kRow = 22;
  double most = 1e-12;
  for (const Bar &row : rows)
    most = std::max({most, row.first, row.second});
  double height = kRow * static_cast<double>(rows.size()) + 10;
  std::string text = fmt::format("<svg viewBox=\"0 0 {} {:.0f}\" width=\"{}\" role=\"img\"><title>{}</title>\n",
                                 kLabel + kWidth + 100, height, kLabel + kWidth + 100, escapeXml(title));
  double y = 4;
  for (const Bar &row : rows) {
    text += fmt::format("<g><title>{}</title><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
                        escapeXml(row.title), kLabel - 8, y + 12, escapeXml(shortened(row.label, 44)));
    bool both = row.second >= 0;
    auto bar = [&](double value, double top, double thick, const char *colour) {
      return fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"1.5\" fill=\"var({})\"/>",
                         kLabel, top, std::max(0.5, kWidth * std::max(value, 0.0) / most), thick, colour);
    };
    text += bar(row.first, y + 1, both ? 7 : 14, "--a");
    if (both)
      text += bar(row.second, y + 9, 7, "--b");
    double end = kLabel + kWidth * std::max({row.first, row.second, 0.0}) / most;
    text += fmt::format("<text class=\"faint\" x=\"{:.1f}\" y=\"{:.1f}\">{}{}</text></g>\n", end + 6, y + 12,
                        both ? fmt::format("{:.1f} / {:.1f}", row.first, row.second) : fmt::format("{:.3g}", row.first),
                        unit);
    y += kRow;
  }
  return text + "</svg>\n";
}

// Time against drop; the drop by its fourth root, which keeps both 0.01 % and 50 % apart from zero.
std::string front(const std::vector<Candidate> &candidates) {
  constexpr double kLeft = 70, kTop = 15, kWidth = 640, kHeight = 280;
  double slowest = 1e-12, worst = 1e-6;
  for (const Candidate &candidate : candidates) {
    slowest = std::max(slowest, candidate.milliseconds);
    worst = std::max(worst, candidate.drop);
  }
  auto x = [&](double milliseconds) { return kLeft + kWidth * milliseconds / (slowest * 1.08); };
  auto y = [&](double drop) { return kTop + kHeight * (1 - std::pow(std::max(drop, 0.0) / worst, 0.25)); };
  std::string text =
      fmt::format("<svg viewBox=\"0 0 {} {}\" width=\"{}\" role=\"img\"><title>time and drop of the mixes "
                  "of precisions</title>\n",
                  kLeft + kWidth + 30, kTop + kHeight + 45, kLeft + kWidth + 30);
  text += fmt::format("<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"var(--faint)\"/>\n", kLeft, kTop,
                      kTop + kHeight, kLeft + kWidth);
  for (int tick = 0; tick <= 4; ++tick) {
    double time = slowest * tick / 4;
    double drop = worst * std::pow(tick / 4.0, 4);
    text += fmt::format("<text class=\"faint\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.3g} ms</text>", x(time),
                        kTop + kHeight + 18, time);
    text += fmt::format("<text class=\"faint\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 6,
                        y(drop) + 4, percent(drop));
  }
  std::vector<const Candidate *> onFront;
  for (const Candidate &candidate : candidates)
    if (candidate.onFront)
      onFront.push_back(&candidate);
  std::sort(onFront.begin(), onFront.end(),
            [](const Candidate *a, const Candidate *b) { return a->milliseconds < b->milliseconds; });
  std::string path;
  for (const Candidate *candidate : onFront)
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(candidate->milliseconds), y(candidate->drop));
  if (!path.empty())
    text += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"var(--line)\" stroke-width=\"2\"/>\n", path);
  for (const Candidate &candidate : candidates)
    text += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"var({})\"{}><title>{}: {:.4g} ms{}, drop "
                        "{}</title></circle>\n",
                        x(candidate.milliseconds), y(candidate.drop), candidate.chosen ? 8 : 5,
                        candidate.passes ? "--good" : "--bad",
                        candidate.chosen ? " stroke=\"var(--ink)\" stroke-width=\"2\"" : "", escapeXml(candidate.name),
                        candidate.milliseconds, candidate.measured ? "" : " (modelled)", percent(candidate.drop));
  text += fmt::format("<text class=\"faint\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">one inference</text>",
                      kLeft + kWidth / 2, kTop + kHeight + 38);
  return text + "</svg>\n";
}

std::string cell(const std::string &text, bool isNumber = false) {
  return fmt::format("<td{}>{}</td>", isNumber ? " class=\"n\"" : "", text);
}
std::string head(std::initializer_list<std::pair<const char *, bool>> titles) {
  std::string text = "<div class=\"scroll\"><table><tr>";
  for (auto &[title, isNumber] : titles)
    text += fmt::format("<th{}>{}</th>", isNumber ? " class=\"n\"" : "", title);
  return text + "</tr>\n";
}
constexpr const char *kTableEnd = "</table></div>\n";

std::string summary(const OptimizeReport &report) {
  const CompileReport &compile = report.compile;
  std::string text = head({{"", false}, {"original", true}, {"compressed", true}, {"", true}});
  auto line = [&](const std::string &name, const std::string &before, const std::string &after,
                  const std::string &last) {
    text += "<tr>" + cell(name) + cell(before, true) + cell(after, true) + cell(last, true) + "</tr>\n";
  };
  auto megabytes = [](int64_t bytes) { return fmt::format("{:.2f} MB", static_cast<double>(bytes) / 1e6); };
  auto ratio = [](double after, double before) { return before > 0 ? fmt::format("{:.2f} ×", after / before) : ""; };
  line("size", megabytes(compile.modelBytes), megabytes(compile.libraryBytes),
       ratio(static_cast<double>(compile.libraryBytes), static_cast<double>(compile.modelBytes)));
  if (report.latencyAfter)
    line("latency, median", report.latencyBefore ? fmt::format("{:.3f} ms", report.latencyBefore->medianMs) : "",
         fmt::format("{:.3f} ms", report.latencyAfter->medianMs),
         report.latencyBefore ? ratio(report.latencyAfter->medianMs, report.latencyBefore->medianMs) : "");
  if (report.check)
    for (const MetricRow &metric : report.check->metrics)
      line(escapeXml(metric.metric) + (metric.truth == "labels" ? " against labels" : " against the original"),
           number(metric.baseline), number(metric.candidate),
           "drop " + percent(metric.drop) +
               (metric.interval
                    ? fmt::format(" ({} to {})", percent(metric.interval->low), percent(metric.interval->high))
                    : ""));
  return text + kTableEnd;
}

} // namespace

std::string formatHtml(const OptimizeReport &report) {
  const CompileReport &compile = report.compile;
  std::string name = escapeXml(compile.name), target = escapeXml(compile.target);
  const char *verdict = verdictName(verdictOf(report));
  std::string text =
      fmt::format("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                  "content=\"width=device-width, initial-scale=1\">\n<title>{} on {}: {}</title>\n<style>{}</style>"
                  "</head><body>\n<h1>{} on {}: <span class=\"{}\">{}</span></h1>\n",
                  name, target, verdict, kStyle, name, target, verdict, verdict);
  text += summary(report);
  if (report.check && !report.check->gates.empty()) {
    text += "<h2>Gates</h2>\n" +
            head({{"gate", false}, {"output", false}, {"limit", true}, {"measured", true}, {"", false}});
    for (const GateRow &gate : report.check->gates) {
      const char *status = gate.passed ? "pass" : gate.inconclusive ? "inconclusive" : "fail";
      text += "<tr>" + cell(escapeXml(gateName(gate))) + cell(escapeXml(gate.output)) + cell(number(gate.limit), true) +
              cell(number(gate.measured), true) + cell(fmt::format("<span class=\"{0}\">{0}</span>", status)) +
              "</tr>\n";
    }
    text += kTableEnd;
  }
  if (report.check && !report.check->outputs.empty()) {
    text += "<h2>Outputs</h2>\n" + head({{"output", false},
                                         {"cosine", true},
                                         {"worst sample", true},
                                         {"relative L2", true},
                                         {"max. error", true},
                                         {"SQNR", true}});
    for (const OutputAgreement &output : report.check->outputs)
      text += "<tr>" + cell(escapeXml(output.name)) + cell(fmt::format("{:.6f}", output.cosine), true) +
              cell(fmt::format("{:.6f}", output.minCosine), true) +
              cell(fmt::format("{:.2e}", output.relativeL2), true) + cell(fmt::format("{:.2e}", output.maxAbs), true) +
              cell(std::isinf(output.sqnrDb) ? "exact" : fmt::format("{:.1f} dB", output.sqnrDb), true) + "</tr>\n";
    text += kTableEnd;
  }
  if (!report.candidates.empty()) {
    text += "<h2>Mixes of precisions</h2>\n" + front(report.candidates);
    text += "<p class=\"key\"><i style=\"background:var(--good)\"></i>within the budget<i "
            "style=\"background:var(--bad)\"></i>too inaccurate; the chosen one is larger</p>\n";
    text += head({{"layers", false}, {"time", true}, {"", false}, {"drop", true}, {"", false}});
    for (const Candidate &candidate : report.candidates)
      text += "<tr>" + cell(escapeXml(candidate.name)) + cell(fmt::format("{:.4g} ms", candidate.milliseconds), true) +
              cell(candidate.measured ? "measured" : "modelled") + cell(percent(candidate.drop), true) +
              cell(candidate.chosen   ? "<b>chosen</b>"
                   : candidate.passes ? ""
                                      : "too inaccurate") +
              "</tr>\n";
    text += kTableEnd;
  }

  std::vector<Bar> errors, sizes, times;
  for (const LayerRow &layer : report.layers) {
    auto finite = [](double decibels) { return std::clamp(decibels, 0.0, 120.0); };
    if (layer.localSqnrDb && layer.accumulatedSqnrDb)
      errors.push_back({layer.node,
                        fmt::format("{} ({}): {:.1f} dB alone, {:.1f} dB accumulated", layer.node, layer.precision,
                                    *layer.localSqnrDb, *layer.accumulatedSqnrDb),
                        finite(*layer.localSqnrDb), finite(*layer.accumulatedSqnrDb)});
    if (layer.weightBytes > 0)
      sizes.push_back({layer.node, fmt::format("{} ({}): {} bytes", layer.node, layer.precision, layer.weightBytes),
                       static_cast<double>(layer.weightBytes) / 1e3});
  }
  for (const LayerRow &layer : report.layers)
    if (layer.milliseconds)
      times.push_back({layer.node, fmt::format("{} ({}): {:.4g} ms", layer.node, layer.precision, *layer.milliseconds),
                       *layer.milliseconds});
  auto largest = [](std::vector<Bar> &rows) {
    constexpr size_t kShown = 40;
    std::sort(rows.begin(), rows.end(), [](const Bar &a, const Bar &b) { return a.first > b.first; });
    rows.resize(std::min(rows.size(), kShown));
  };
  if (!errors.empty())
    text +=
        "<h2>Error by layer</h2>\n<p class=\"key\">signal to noise of the layer's output, more is better:<i "
        "style=\"background:var(--a)\"></i>it alone compressed<i style=\"background:var(--b)\"></i>in the compressed "
        "model</p>\n" +
        bars("signal to noise by layer", errors, " dB");
  if (!times.empty()) {
    largest(times);
    text += "<h2>Time by layer</h2>\n" + bars("time by layer", times, " ms");
  }
  if (!sizes.empty()) {
    largest(sizes);
    text += "<h2>Weights by layer</h2>\n" + bars("kilobytes of weights by layer", sizes, " kB");
  }

  std::vector<const LayerRow *> kept;
  for (const LayerRow &layer : report.layers)
    if (!layer.reason.empty())
      kept.push_back(&layer);
  if (!kept.empty()) {
    text +=
        "<h2>Not as asked for</h2>\n" + head({{"layer", false}, {"operator", false}, {"got", false}, {"why", false}});
    for (const LayerRow *layer : kept)
      text += "<tr>" + cell(escapeXml(layer->node)) + cell(escapeXml(layer->op)) + cell(escapeXml(layer->precision)) +
              cell(escapeXml(layer->reason)) + "</tr>\n";
    text += kTableEnd;
  }
  if (!report.warnings.empty() || !report.notes.empty()) {
    text += "<h2>Notes</h2>\n<ul>\n";
    for (const std::string &line : report.warnings)
      text += "<li class=\"inconclusive\">" + escapeXml(line) + "</li>\n";
    for (const std::string &line : report.notes)
      text += "<li>" + escapeXml(line) + "</li>\n";
    text += "</ul>\n";
  }
  return text + "</body></html>\n";
}

} // namespace mlc
