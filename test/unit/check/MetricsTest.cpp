#include "Check/Metrics.h"
#include "Support/Half.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace mlc;

namespace {
Tensor floats(std::vector<int64_t> shape, std::vector<float> values) {
  return makeTensor<float>(DType::Float32, std::move(shape), std::move(values));
}
constexpr float infinity = std::numeric_limits<float>::infinity();
} // namespace

TEST_CASE("errors of known vectors") {
  OutputMetrics metrics("y", DType::Float32);
  REQUIRE(metrics.add(floats({2}, {3, 4}), floats({2}, {3, 5})));
  OutputAgreement agreement = metrics.finish();
  CHECK(agreement.maxAbs == 1);
  CHECK(agreement.meanAbs == 0.5);
  CHECK(agreement.relativeL2 == Approx(1.0 / 5));
  CHECK(agreement.cosine == Approx(29.0 / (5 * std::sqrt(34.0))));
  CHECK(agreement.sqnrDb == Approx(10 * std::log10(25.0)));
  CHECK(agreement.top1 == 1.0);
  CHECK_FALSE(agreement.equal);
}

TEST_CASE("samples add up, and the worst cosine is kept") {
  OutputMetrics metrics("y", DType::Float32);
  REQUIRE(metrics.add(floats({2}, {1, 0}), floats({2}, {1, 0})));
  REQUIRE(metrics.add(floats({2}, {0, 2}), floats({2}, {2, 0})));
  OutputAgreement agreement = metrics.finish();
  CHECK(agreement.samples == 2);
  CHECK(agreement.elements == 4);
  CHECK(agreement.minCosine == 0);
  CHECK(agreement.cosine == Approx(1.0 / 5));
  CHECK(agreement.relativeL2 == Approx(std::sqrt(8.0 / 5)));
  CHECK(agreement.top1 == 0.5);
}

TEST_CASE("more than one chunk") {
  Tensor reference(DType::Float32, {10001, 1}), result(DType::Float32, {10001, 1});
  for (int i = 0; i < 10001; ++i) {
    reference.data<float>()[i] = 2;
    result.data<float>()[i] = i == 9999 ? 5.0f : 2.0f;
  }
  OutputMetrics metrics("y", DType::Float32);
  REQUIRE(metrics.add(reference, result));
  CHECK(metrics.finish().maxAbs == 3);
  CHECK(metrics.finish().meanAbs == Approx(3.0 / 10001));
  CHECK_FALSE(metrics.finish().top1); // a last axis of 1 has no classes
}

TEST_CASE("equal tensors are exact") {
  OutputMetrics metrics("y", DType::Float16);
  Tensor tensor = makeTensor<uint16_t>(DType::Float16, {2}, {floatToHalf(1), floatToHalf(-2)});
  REQUIRE(metrics.add(tensor, tensor));
  CHECK(metrics.finish().sqnrDb == std::numeric_limits<double>::infinity());
  CHECK(metrics.finish().cosine == Approx(1));
}

TEST_CASE("zero vectors") {
  OutputMetrics both("y", DType::Float32), one("y", DType::Float32);
  REQUIRE(both.add(floats({1}, {0}), floats({1}, {0})));
  CHECK(both.finish().cosine == 1);
  REQUIRE(one.add(floats({1}, {0}), floats({1}, {1})));
  CHECK(one.finish().cosine == 0);
  CHECK(std::isinf(one.finish().relativeL2));
  OutputMetrics empty("y", DType::Float32);
  REQUIRE(empty.add(floats({0}, {}), floats({0}, {})));
  CHECK(empty.finish().meanAbs == 0);
}

TEST_CASE("NaN and infinity are counted, not averaged") {
  OutputMetrics metrics("y", DType::Float32);
  REQUIRE(metrics.add(floats({6, 1}, {NAN, infinity, -infinity, 1, infinity, 2}),
                      floats({6, 1}, {NAN, infinity, infinity, NAN, 1, 2.5f})));
  OutputAgreement agreement = metrics.finish();
  CHECK(agreement.nanCount == 2);
  CHECK(agreement.infCount == 2);
  CHECK(agreement.nonFiniteMismatches == 3);
  CHECK(agreement.maxAbs == 0.5);
  CHECK(agreement.meanAbs == 0.5);
}

TEST_CASE("top-1 by rows, ties and NaN") {
  OutputMetrics metrics("y", DType::Float32);
  REQUIRE(metrics.add(floats({4, 3}, {1, 2, 3, /**/ 5, 5, 0, /**/ 1, 2, 3, /**/ 1, 2, 3}),
                      floats({4, 3}, {0, 0, 1, /**/ 0, 1, 0, /**/ 3, 2, 1, /**/ NAN, 0, 9})));
  CHECK(metrics.finish().top1 == 0.5); // the tie's second class is as right as its first
}

TEST_CASE("integers are compared exactly") {
  OutputMetrics metrics("y", DType::Int64);
  int64_t large = int64_t(1) << 60;
  REQUIRE(metrics.add(makeTensor<int64_t>(DType::Int64, {4}, {1, 2, large, 4}),
                      makeTensor<int64_t>(DType::Int64, {4}, {1, 2, large + 1, 4})));
  CHECK(metrics.finish().equal == 0.75);
  CHECK_FALSE(metrics.finish().top1);
}

TEST_CASE("shapes and types must agree") {
  OutputMetrics metrics("scores", DType::Float32);
  Result<void> result = metrics.add(floats({2}, {1, 2}), floats({1, 2}, {1, 2}));
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "output 'scores' is float32[1,2], but its reference is float32[2]");
  CHECK(metrics.finish().samples == 0);
}
