#include "Calibration/BlockQuantization.h"
#include "Support/Half.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace mlc;

static double squaredError(const std::vector<float> &values, float scale) {
  double error = 0;
  for (float value : values)
    error += std::pow(value - scale * (blockCode(value, scale) - 8), 2);
  return error;
}

TEST_CASE("the scale of a block is in f16 and rounds better than that of its largest magnitude") {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  double searched = 0, plain = 0;
  for (int block = 0; block < 50; ++block) {
    std::vector<float> values(32);
    float largest = 0;
    for (float &value : values) {
      value = normal(random);
      largest = std::max(largest, std::fabs(value));
    }
    float scale = searchBlockScale(values);
    CHECK(halfToFloat(floatToHalf(scale)) == scale);
    searched += squaredError(values, scale);
    plain += squaredError(values, largest / 7);
  }
  CHECK(searched < 0.8 * plain);
}

TEST_CASE("values that are codes come out as they are, on either side") {
  for (float sign : {0.25f, -0.25f}) {
    std::vector<float> values;
    for (int i = -8; i < 8; ++i)
      values.push_back(sign * static_cast<float>(i));
    CHECK(squaredError(values, searchBlockScale(values)) == 0);
  }
  CHECK(searchBlockScale(std::vector<float>(16, 0.0f)) == 0);
  CHECK(blockCode(0, 0) == 8);
}

TEST_CASE("important values decide on the scale") {
  std::vector<float> values{1.0f, 0.3f, 0.3f, 0.3f}, importance{0.001f, 1, 1, 1};
  auto error = [&](float scale) { return std::fabs(0.3f - scale * (blockCode(0.3f, scale) - 8)); };
  CHECK(error(searchBlockScale(values, importance)) < 1e-3f);
}

TEST_CASE("a last block may be short, and what is not finite is named") {
  Tensor weights(DType::Float32, {18, 2});
  for (int i = 0; i < 36; ++i)
    weights.data<float>()[i] = static_cast<float>(i % 5) - 2;
  auto quantized = quantizeBlocks(weights, 16);
  REQUIRE(quantized);
  CHECK(quantized->blocks() == 2);
  CHECK(quantized->codes.size() == 64);
  for (int k = 0; k < 18; ++k)
    for (int n = 0; n < 2; ++n)
      CHECK(quantized->scales[n * 2 + k / 16] * (quantized->codes[n * 32 + k] - 8) ==
            Approx(weights.data<float>()[k * 2 + n]).margin(0.3));
  for (int k = 18; k < 32; ++k)
    CHECK(quantized->codes[k] == 8);
  weights.data<float>()[7] = INFINITY;
  CHECK(quantizeBlocks(weights, 16).error().message == "element 7 of the weights is not finite");
}
