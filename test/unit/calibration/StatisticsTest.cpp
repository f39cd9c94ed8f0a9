#include "Calibration/Statistics.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace mlc;

static Tensor floats(const std::vector<float> &values) {
  Tensor tensor(DType::Float32, {static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.data<float>());
  return tensor;
}

TEST_CASE("statistics stream over tensors, and count what is not finite apart") {
  TensorStatistics seen;
  REQUIRE(observe(seen, floats({1, -2, 3})));
  REQUIRE(observe(seen, floats({NAN, INFINITY, 5})));
  CHECK(seen.min == -2);
  CHECK(seen.max == 5);
  CHECK(seen.count == 4);
  CHECK(seen.nan == 2);
  CHECK(seen.samples == 2);
  CHECK(seen.averageMin == 1.5);
  CHECK(seen.averageMax == 4);
  CHECK(seen.histogram.total() == 4);
}

TEST_CASE("merged statistics are those of both streams") {
  TensorStatistics a, b, both;
  REQUIRE(observe(a, floats({1, 2})));
  REQUIRE(observe(b, floats({-7, NAN})));
  REQUIRE(observe(both, floats({1, 2})));
  REQUIRE(observe(both, floats({-7, NAN})));
  CHECK(merge(a, b) == both);
  CHECK(merge(a, TensorStatistics()) == a);
  CHECK(merge(TensorStatistics(), b) == b);
}

TEST_CASE("only float32 is observed") {
  TensorStatistics seen;
  auto result = observe(seen, Tensor(DType::Int64, {2}));
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "calibration observes float32 tensors; this one is int64[2]");
}
