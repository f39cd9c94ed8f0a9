#include "Calibration/Calibrators.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace mlc;

TEST_CASE("min-max gives the range seen, and none without a finite element") {
  CHECK_FALSE(minMaxRange({}));
  auto range = minMaxRange({-1, 3, 10, 0});
  REQUIRE(range);
  CHECK(range->min == -1);
  CHECK(range->max == 3);
}

TEST_CASE("calibrators are found by name") {
  auto found = findCalibrator("min-max");
  REQUIRE(found);
  CHECK((*found)->range == minMaxRange);
  auto missing = findCalibrator("minmax");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ExitCode::Usage);
  CHECK(missing.error().message == "unknown calibrator 'minmax'; there are: min-max");
}

TEST_CASE("asymmetric ui8 represents 0 exactly and covers the range within half a step") {
  auto [low, high] =
      GENERATE(table<double, double>({{-1, 1}, {0, 6}, {2, 5}, {-3, -1}, {-0.001, 1000}, {-1e-3, 1e-3}}));
  QuantParams params = asymmetricUi8({low, high});
  CHECK(params.zero_point >= 0);
  CHECK(params.zero_point <= 255);
  CHECK((0 - params.zero_point) * params.scale <= std::min(low, 0.0) + 0.5001 * params.scale);
  CHECK((255 - params.zero_point) * params.scale >= std::max(high, 0.0) - 0.5001 * params.scale);
}

TEST_CASE("ranges of one sign end at 0") {
  CHECK(asymmetricUi8({2, 5.1}).zero_point == 0);
  CHECK(asymmetricUi8({2, 5.1}).scale == 0.02f);
  CHECK(asymmetricUi8({-5.1, -2}).zero_point == 255);
}

TEST_CASE("an empty range still has a usable scale") {
  QuantParams params = asymmetricUi8({0, 0});
  CHECK(params.scale == 1.0f);
  CHECK(params.zero_point == 0);
  CHECK(symmetricI8Scale(0) == 1.0f);
}

TEST_CASE("weights are quantized per channel along any axis, to -127…127") {
  Tensor weights(DType::Float32, {2, 3});
  const float values[] = {1, -0.5f, 0, -4, 0.25f, 0};
  std::copy(std::begin(values), std::end(values), weights.data<float>());

  auto rows = quantizeWeights(weights, 0);
  REQUIRE(rows);
  CHECK(rows->scales.data<float>()[0] == 1.0f / 127);
  CHECK(rows->scales.data<float>()[1] == 4.0f / 127);
  CHECK(std::vector<int>(rows->values.data<int8_t>(), rows->values.data<int8_t>() + 6) ==
        std::vector<int>{127, -64, 0, -127, 8, 0}); // -63.5 to even

  auto columns = quantizeWeights(weights, 1);
  REQUIRE(columns);
  CHECK(columns->scales.shape == std::vector<int64_t>{3});
  CHECK(std::vector<int>(columns->values.data<int8_t>(), columns->values.data<int8_t>() + 6) ==
        std::vector<int>{32, -127, 0, -127, 64, 0});
}

TEST_CASE("a scale has a lower bound where one is given") {
  Tensor weights(DType::Float32, {1, 1});
  weights.data<float>()[0] = 1;
  auto quantized = quantizeWeights(weights, 0, {1.0f});
  REQUIRE(quantized);
  CHECK(quantized->scales.data<float>()[0] == 1.0f);
  CHECK(quantized->values.data<int8_t>()[0] == 1);
}

TEST_CASE("weights that are not finite are an error") {
  Tensor weights(DType::Float32, {1, 2});
  weights.data<float>()[1] = NAN;
  auto quantized = quantizeWeights(weights, 0);
  REQUIRE_FALSE(quantized);
  CHECK(quantized.error().message == "element 1 of the weights is not finite");
}
