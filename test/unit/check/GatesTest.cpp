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

Gates agreementGates(std::optional<double> minCosine, std::optional<double> maxAbs, std::optional<double> minTop1) {
  Gates gates;
  gates.minCosine = minCosine;
  gates.maxAbs = maxAbs;
  gates.minTop1 = minTop1;
  return gates;
}

std::vector<GateRow> judged(const Gates &gates, std::vector<OutputAgreement> outputs) {
  Measurements measured;
  measured.outputs = std::move(outputs);
  return evaluateGates(gates, measured);
}

/// A drop of 0.4 % of 0.8 with an interval.
MetricRow metric(double low, double high, int64_t items) {
  MetricRow row;
  row.metric = "top1";
  row.output = "scores";
  row.baseline = 0.8;
  row.candidate = 0.797;
  row.drop = 0.004;
  row.interval = Interval{low, high};
  row.candidateInterval = Interval{0.78, 0.81};
  row.items = items;
  return row;
}

GateRow onDrop(double limit, const MetricRow &row) {
  Gates gates;
  gates.maxDrop = limit;
  Measurements measured;
  measured.metrics = {row};
  std::vector<GateRow> rows = evaluateGates(gates, measured);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].gate == "max-drop");
  CHECK(rows[0].metric == "top1");
  CHECK(rows[0].output == "scores");
  return rows[0];
}

CheckReport concluded(std::vector<GateRow> gates) {
  CheckReport report;
  report.gates = std::move(gates);
  conclude(report);
  return report;
}
} // namespace

TEST_CASE("gates hold at their limit and fail beyond") {
  OutputAgreement y = output("y");
  y.minCosine = 0.99;
  y.maxAbs = 0.5;
  y.top1 = 0.9;
  std::vector<GateRow> rows = judged(agreementGates(0.99, 0.5, 0.9), {y});
  REQUIRE(rows.size() == 3);
  CHECK(concluded(rows).passed);
  for (const GateRow &row : judged(agreementGates(0.991, 0.4, 0.91), {y})) {
    INFO(row.gate);
    CHECK_FALSE(row.passed);
    CHECK_FALSE(row.inconclusive);
  }
  CHECK(judged({}, {y}).empty());
}

TEST_CASE("each output is judged by what applies to it") {
  OutputAgreement scores = output("scores"), count = output("count", DType::Int64);
  scores.top1 = 1.0;
  std::vector<GateRow> rows = judged(agreementGates(0.9, 0.1, 0.9), {scores, count});
  REQUIRE(rows.size() == 4); // cosine and top-1 for the scores alone, max-abs for both
  CHECK(rows[0].gate == "min-cosine");
  CHECK(rows[2].output == "count");
}

TEST_CASE("a gate with nothing to measure fails") {
  std::vector<GateRow> rows = judged(agreementGates(0.9, {}, 0.9), {output("count", DType::Int64)});
  REQUIRE(rows.size() == 2);
  CHECK_FALSE(rows[0].passed);
  CHECK(std::isnan(rows[0].measured));
  OutputAgreement y = output("y");
  y.minCosine = NAN;
  CHECK_FALSE(concluded(judged(agreementGates(0.0, {}, {}), {y})).passed);
}

TEST_CASE("NaN on one side fails without any gate") {
  OutputAgreement y = output("y");
  y.nonFiniteMismatches = 2;
  std::vector<GateRow> rows = judged({}, {y});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].gate == "finite");
  CHECK_FALSE(rows[0].passed);
}

TEST_CASE("a drop passes, fails, or is left open") {
  CHECK(onDrop(0.01, metric(-0.002, 0.009, 1000)).passed);
  CHECK(onDrop(0.01, metric(-0.002, 0.01, 1000)).passed);
  GateRow open = onDrop(0.01, metric(-0.01, 0.02, 100));
  CHECK_FALSE(open.passed);
  CHECK(open.inconclusive);
  CHECK(open.interval->high == 0.02);
  GateRow failed = onDrop(0.003, metric(-0.01, 0.02, 100)); // the value itself is beyond
  CHECK_FALSE(failed.passed);
  CHECK_FALSE(failed.inconclusive);
  CHECK(onDrop(0.01, metric(0.004, 0.004, 9)).inconclusive); // too few for an interval to mean much
  CHECK(onDrop(0.01, metric(0.004, 0.004, 10)).passed);
  MetricRow one = metric(0, 0, 1), nan = metric(0, 0, 100);
  one.interval = std::nullopt;
  CHECK(onDrop(0.01, one).inconclusive);
  nan.drop = NAN;
  CHECK_FALSE(onDrop(0.01, nan).passed);
  CHECK_FALSE(onDrop(0.01, nan).inconclusive);
}

TEST_CASE("limits on a metric's value") {
  Measurements measured;
  measured.metrics = {metric(0, 0, 100)};
  auto on = [&](bool atLeast, double limit) {
    Gates gates;
    gates.metrics = {{"top1", atLeast, limit}};
    return evaluateGates(gates, measured).at(0);
  };
  CHECK(on(true, 0.78).passed);
  CHECK(on(true, 0.79).inconclusive);
  CHECK_FALSE(on(true, 0.8).inconclusive);
  CHECK_FALSE(on(true, 0.8).passed);
  CHECK(on(false, 0.81).passed);
  CHECK(on(false, 0.8).inconclusive);
  CHECK(on(false, 0.8).gate == "at most");
}

TEST_CASE("costs, absolute and beside the original's") {
  Measurements measured;
  measured.size = Cost{300, 1000};
  measured.latency = Cost{8, 10};
  auto costs = [](CostLimit size, CostLimit latency) {
    Gates gates;
    gates.maxSize = size;
    gates.maxLatency = latency;
    return gates;
  };
  std::vector<GateRow> rows = evaluateGates(costs({300, false}, {0.8, true}), measured);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].gate == "max-size");
  CHECK(rows[0].passed);
  CHECK(rows[1].gate == "max-latency 0.8x");
  CHECK(rows[1].limit == 8);
  CHECK(rows[1].measured == 8);
  CHECK(rows[1].passed);
  for (const GateRow &row : evaluateGates(costs({0.29, true}, {7.9, false}), measured))
    CHECK_FALSE(row.passed);
  // Where nothing was measured nothing passes.
  Gates memory;
  memory.maxMemory = CostLimit{1e9, false};
  CHECK_FALSE(evaluateGates(memory, measured).at(0).passed);
  measured.latency = Cost{8, std::nullopt};
  CHECK_FALSE(evaluateGates(costs({300, false}, {2, true}), measured).at(1).passed);
}

TEST_CASE("a failed gate outweighs one that is open") {
  GateRow pass, fail, open;
  pass.passed = true;
  open.inconclusive = true;
  CHECK(concluded({}).passed);
  CHECK(concluded({pass}).passed);
  CHECK(concluded({pass, open}).inconclusive);
  CHECK_FALSE(concluded({pass, open}).passed);
  CHECK_FALSE(concluded({pass, open, fail}).inconclusive);
  CHECK_FALSE(concluded({pass, open, fail}).passed);
}
