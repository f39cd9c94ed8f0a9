#include "Calibration/WeightQuantization.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace mlc;

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
