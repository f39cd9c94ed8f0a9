#include "mlcompress/ReportFormats.h"
#include "Check/Escape.h"

#include <catch2/catch.hpp>

using namespace mlc;
using Catch::Matchers::Contains;

namespace {
OptimizeReport sample() {
  OptimizeReport report;
  report.compile.name = "a<b>&\"c\"";
  report.compile.target = "host";
  report.compile.modelBytes = 4'000'000;
  report.compile.libraryBytes = 1'000'000;
  report.compile.seconds = 1.5;
  report.latencyBefore = Latency{2, 2, 2, 10, 1};
  report.latencyAfter = Latency{1, 1, 1, 10, 1};
  report.check.emplace();
  MetricRow metric;
  metric.metric = "top1";
  metric.truth = "labels";
  metric.baseline = 0.9;
  metric.candidate = 0.88;
  metric.drop = 0.02 / 0.9;
  metric.interval = Interval{0.01, 0.04};
  report.check->metrics = {metric};
  report.check->gates = {{"min-cosine", "y|z", 0.99, 0.98, {}, false},
                         {"max-drop", "y|z", 0.03, 0.0222, Interval{0.01, 0.04}, false, true, "top1"},
                         {"max-size", "", 2e6, 1e6, {}, true}};
  report.check->passed = false;
  LayerRow layer;
  layer.node = "conv_1";
  layer.precision = "fp32";
  layer.reason = "8 bits *cost*\ntoo much";
  layer.localSqnrDb = 20;
  layer.accumulatedSqnrDb = 10;
  report.layers = {layer};
  return report;
}
} // namespace

TEST_CASE("JUnit has a case for each gate, with failures and what is undecided") {
  CHECK(toJUnit(sample()) == R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="mlcompress" tests="3" failures="1" errors="0" skipped="1" time="1.500">
  <testsuite name="a&lt;b&gt;&amp;&quot;c&quot; on host" tests="3" failures="1" errors="0" skipped="1" time="1.500">
    <testcase classname="a&lt;b&gt;&amp;&quot;c&quot; on host" name="min-cosine of y|z">
      <failure message="measured 0.98, limit 0.99"/>
    </testcase>
    <testcase classname="a&lt;b&gt;&amp;&quot;c&quot; on host" name="max-drop of top1">
      <skipped message="measured 0.0222, limit 0.03, but with so few samples it may be 0.04"/>
    </testcase>
    <testcase classname="a&lt;b&gt;&amp;&quot;c&quot; on host" name="max-size"/>
  </testsuite>
</testsuites>
)");
}

TEST_CASE("Markdown keeps its tables whatever names hold") {
  std::string text = toMarkdown(sample());
  CHECK_THAT(text, Contains("### a\\<b\\>&\"c\" on host: fail\n"));
  CHECK_THAT(text, Contains("| size | 4.00 MB | 1.00 MB | 0.25 × |\n"));
  CHECK_THAT(text, Contains("| latency | 2.000 ms | 1.000 ms | 0.50 × |\n"));
  CHECK_THAT(text, Contains("| top1 | 0.9 | 0.88 | drop 2.22 % (1 % to 4 %) |\n"));
  CHECK_THAT(text, Contains("| min-cosine of y\\|z | 0.99 | 0.98 | **FAIL** |\n"));
  CHECK_THAT(text, Contains("| max-drop of top1 | 0.03 | 0.0222 | **inconclusive** |\n"));
  CHECK_THAT(text, Contains("| conv\\_1 | fp32 | 8 bits \\*cost\\* too much |\n"));
}

TEST_CASE("HTML is one page that asks for nothing and escapes everything") {
  std::string page = toHtml(sample());
  CHECK_THAT(page, Contains("<title>a&lt;b&gt;&amp;&quot;c&quot; on host: fail</title>"));
  CHECK(page.find("a<b>") == std::string::npos);
  CHECK(page.find("http") == std::string::npos);
  CHECK(page.find("src=") == std::string::npos);
  CHECK_THAT(page, Contains("<svg") && Contains("Error by layer"));
}

TEST_CASE("what XML and Markdown cannot hold is replaced") {
  CHECK(escapeXml("a\x01"
                  "b\xFF"
                  "c'\n\xC3\xA9") == "a\xEF\xBF\xBD"
                                     "b\xEF\xBF\xBD"
                                     "c&#39;&#10;\xC3\xA9");
  CHECK(escapeXml("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");                 // cut in the middle of a character
  CHECK(escapeXml("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); // half of a surrogate pair
  CHECK(escapeMarkdown("a|b\n\x80`") == "a\\|b \xEF\xBF\xBD\\`");
}

TEST_CASE("a report that lost accuracy, size or speed has regressed") {
  OptimizeReport before = sample(), after = sample();
  auto regressions = [&] {
    auto comparison = compareReports(before, after, {});
    REQUIRE(comparison);
    std::vector<std::string> names;
    for (const ComparisonRow &row : comparison->rows)
      if (row.regressed)
        names.push_back(row.what);
    CHECK(comparison->regressed == !names.empty());
    return names;
  };
  CHECK(regressions().empty());
  after.compile.libraryBytes = 1'010'000; // one percent: within the limit
  after.latencyAfter->medianMs = 1.05;
  CHECK(regressions().empty());
  after.compile.libraryBytes = 1'100'000;
  after.latencyAfter->medianMs = 1.2;
  after.check->metrics[0].drop += 0.01;
  CHECK(regressions() == std::vector<std::string>{"size", "latency", "top1"});
  after = sample();
  after.check->metrics.clear();
  after.check->gates[2].passed = false;
  CHECK(regressions() == std::vector<std::string>{"top1", "gate max-size"});
  after = sample();
  before.check->passed = true;
  CHECK(regressions() == std::vector<std::string>{"verdict"});

  after.compile.target = "graviton3";
  auto refused = compareReports(before, after, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "the reports are for different targets: 'host' and 'graviton3'");
}
