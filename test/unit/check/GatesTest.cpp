#include "Check/Gates.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace mlc;

namespace {
OutputAgreement output(const char *name, DType dtype = DType::Float32) {
  OutputAgreement output;
  output.name = name;
  output.dtype = dtype;
  output.samples = 1;
  return output;
}
} // namespace

TEST_CASE("gates hold at their limit and fail beyond") {
  OutputAgreement y = output("y");
  y.minCosine = 0.99;
  y.maxAbs = 0.5;
  y.top1 = 0.9;
  Gates gates{0.99, 0.5, 0.9, 1000};
  std::vector<GateRow> rows = evaluateGates(gates, {y}, {}, 1000);
  REQUIRE(rows.size() == 4);
  CHECK(allPassed(rows));
  for (const GateRow &row : evaluateGates({0.991, 0.4, 0.91, 999}, {y}, {}, 1000)) {
    INFO(row.gate);
    CHECK_FALSE(row.passed);
  }
  CHECK(evaluateGates({}, {y}, {}, 1000).empty());
}

TEST_CASE("each output is judged by what applies to it") {
  OutputAgreement scores = output("scores"), count = output("count", DType::Int64);
  scores.top1 = 1.0;
  std::vector<GateRow> rows = evaluateGates({0.9, 0.1, 0.9, {}}, {scores, count}, {}, 0);
  REQUIRE(rows.size() == 4); // cosine and top-1 for the scores alone, max-abs for both
  CHECK(rows[0].gate == "min-cosine");
  CHECK(rows[2].output == "count");
}

TEST_CASE("a gate with nothing to measure fails") {
  std::vector<GateRow> rows = evaluateGates({0.9, {}, 0.9, {}}, {output("count", DType::Int64)}, {}, 0);
  REQUIRE(rows.size() == 2);
  CHECK_FALSE(rows[0].passed);
  CHECK(std::isnan(rows[0].measured));
  OutputAgreement y = output("y");
  y.minCosine = NAN;
  CHECK_FALSE(allPassed(evaluateGates({0.0, {}, {}, {}}, {y}, {}, 0)));
}

TEST_CASE("NaN on one side fails without any gate") {
  OutputAgreement y = output("y");
  y.nonFiniteMismatches = 2;
  std::vector<GateRow> rows = evaluateGates({}, {y}, {}, 0);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].gate == "finite");
  CHECK_FALSE(rows[0].passed);
}

TEST_CASE("a gate on a metric's drop passes, fails, or cannot tell") {
  Gates gates;
  gates.maxDrop = 0.02;
  auto drop = [](double value, std::optional<Interval> interval) {
    MetricRow row;
    row.metric = "top1";
    row.drop = value;
    row.interval = interval;
    return row;
  };
  std::vector<GateRow> rows = evaluateGates(
      gates, {}, {drop(0.01, Interval{0, 0.015}), drop(0.01, Interval{0, 0.03}), drop(0.021, Interval{0, 0.03})}, 0);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].passed);
  CHECK_FALSE(rows[1].passed);
  CHECK(rows[1].inconclusive);
  CHECK_FALSE(rows[2].passed);
  CHECK_FALSE(rows[2].inconclusive);
  CHECK_FALSE(isInconclusive(rows)); // one failed
  rows.pop_back();
  CHECK(isInconclusive(rows));
  CHECK_FALSE(allPassed(rows));
  rows.pop_back();
  CHECK(allPassed(rows));
  CHECK_FALSE(isInconclusive(rows));
  // Nothing was measured: that is no pass.
  CHECK_FALSE(allPassed(evaluateGates(gates, {}, {}, 0)));
}

TEST_CASE("answers that have become one class fail") {
  OutputAgreement y = output("y", DType::Float32);
  y.collapsed = true;
  std::vector<GateRow> rows = evaluateGates({}, {y}, {}, 0);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].gate == "collapse");
  CHECK_FALSE(rows[0].passed);
}
