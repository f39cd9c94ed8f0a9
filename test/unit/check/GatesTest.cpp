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
  Gates gates{0.99, 0.5, 0.9, CostLimit{1000}};
  std::vector<GateRow> rows = evaluateGates(gates, {y}, 1000);
  REQUIRE(rows.size() == 4);
  CHECK(allPassed(rows));
  for (const GateRow &row : evaluateGates({0.991, 0.4, 0.91, CostLimit{999}}, {y}, 1000)) {
    INFO(row.gate);
    CHECK_FALSE(row.passed);
  }
  CHECK(evaluateGates({}, {y}, 1000).empty());
}

TEST_CASE("each output is judged by what applies to it") {
  OutputAgreement scores = output("scores"), count = output("count", DType::Int64);
  scores.top1 = 1.0;
  std::vector<GateRow> rows = evaluateGates({0.9, 0.1, 0.9, {}}, {scores, count}, 0);
  REQUIRE(rows.size() == 4); // cosine and top-1 for the scores alone, max-abs for both
  CHECK(rows[0].gate == "min-cosine");
  CHECK(rows[2].output == "count");
}

TEST_CASE("a gate with nothing to measure fails") {
  std::vector<GateRow> rows = evaluateGates({0.9, {}, 0.9, {}}, {output("count", DType::Int64)}, 0);
  REQUIRE(rows.size() == 2);
  CHECK_FALSE(rows[0].passed);
  CHECK(std::isnan(rows[0].measured));
  OutputAgreement y = output("y");
  y.minCosine = NAN;
  CHECK_FALSE(allPassed(evaluateGates({0.0, {}, {}, {}}, {y}, 0)));
}

TEST_CASE("NaN on one side fails without any gate") {
  OutputAgreement y = output("y");
  y.nonFiniteMismatches = 2;
  std::vector<GateRow> rows = evaluateGates({}, {y}, 0);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].gate == "finite");
  CHECK_FALSE(rows[0].passed);
}
