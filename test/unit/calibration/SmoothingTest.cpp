#include "Calibration/Smoothing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace mlc;

namespace {
Tensor normal(std::mt19937 &random, std::vector<int64_t> shape) {
  Tensor tensor(DType::Float32, std::move(shape));
  std::normal_distribution<float> distribution;
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    tensor.data<float>()[i] = distribution(random);
  return tensor;
}
} // namespace

TEST_CASE("a channel that is much larger than the others is divided, and the product becomes more accurate") {
  std::mt19937 random(3);
  Tensor w = normal(random, {16, 8});
  ActivationRows halves[2];
  for (ActivationRows &half : halves) {
    Tensor x = normal(random, {4, 50, 16});
    for (int64_t row = 0; row < 200; ++row)
      x.data<float>()[row * 16 + 5] *= 100;
    REQUIRE(half.add(x));
  }
  auto smoothing = chooseSmoothing(halves[0], halves[1], {w});
  REQUIRE(smoothing);
  CHECK(smoothing->errorAfter < smoothing->errorBefore / 2);
  for (size_t i = 0; i < 16; ++i) {
    CHECK((i == 5) == (smoothing->factors[i] > 4));
    CHECK(std::exp2(std::round(std::log2(smoothing->factors[i]))) == smoothing->factors[i]);
  }
}

TEST_CASE("even activations are left alone") {
  std::mt19937 random(3);
  ActivationRows halves[2];
  for (ActivationRows &half : halves)
    REQUIRE(half.add(normal(random, {200, 16})));
  CHECK_FALSE(chooseSmoothing(halves[0], halves[1], {normal(random, {16, 8})}));
  // One sample teaches nothing of others.
  CHECK_FALSE(chooseSmoothing(halves[0], ActivationRows(), {normal(random, {16, 8})}));
}

TEST_CASE("channels of images have rows of all channels of one place") {
  Tensor image(DType::Float32, {2, 3, 2, 2});
  for (int64_t i = 0; i < image.numElements(); ++i)
    image.data<float>()[i] = static_cast<float>(i);
  image.data<float>()[5] = std::nanf(""); // the second place of the first image does not count
  ActivationRows rows;
  REQUIRE(rows.add(image, 1));
  CHECK(rows.largest() == std::vector<float>{15, 19, 23});
  REQUIRE(rows.rows().size() == 7 * 3);
  CHECK(std::vector<float>(rows.rows().begin(), rows.rows().begin() + 6) == std::vector<float>{0, 4, 8, 2, 6, 10});
  CHECK_FALSE(rows.add(image, 2));
}

TEST_CASE("where each channel has weights of its own, each gets the steps that it needs") {
  std::mt19937 random(3);
  ActivationRows halves[2];
  for (ActivationRows &half : halves) {
    Tensor x = normal(random, {2, 4, 10, 10});
    for (int64_t i = 0; i < x.numElements(); ++i)
      x.data<float>()[i] *= std::exp2(static_cast<float>(i / 100 % 4) * 2);
    REQUIRE(half.add(x, 1));
  }
  auto smoothing = chooseDepthwiseSmoothing(halves[0], halves[1]);
  REQUIRE(smoothing);
  CHECK(smoothing->errorAfter < smoothing->errorBefore / 50);
  for (size_t i = 0; i < 3; ++i)
    CHECK(smoothing->factors[i + 1] / smoothing->factors[i] == Approx(4).epsilon(1));
  CHECK_FALSE(chooseDepthwiseSmoothing(halves[0], ActivationRows()));
  ActivationRows even[2];
  for (ActivationRows &half : even)
    REQUIRE(half.add(normal(random, {2, 4, 10, 10}), 1));
  CHECK_FALSE(chooseDepthwiseSmoothing(even[0], even[1]));
}

TEST_CASE("rows are taken evenly however many come, and the largest magnitudes are of all") {
  ActivationRows rows;
  for (int sample = 0; sample < 100; ++sample) {
    Tensor tensor(DType::Float32, {50, 2});
    for (int64_t row = 0; row < 50; ++row) {
      tensor.data<float>()[2 * row] = static_cast<float>(50 * sample + row);
      tensor.data<float>()[2 * row + 1] = -1;
    }
    REQUIRE(rows.add(tensor));
  }
  CHECK(rows.largest() == std::vector<float>{4999, 1});
  size_t count = rows.rows().size() / 2;
  CHECK(count > ActivationRows::kRows / 2);
  CHECK(count <= ActivationRows::kRows);
  float step = rows.rows()[2] - rows.rows()[0];
  for (size_t i = 1; i < count; ++i)
    CHECK(rows.rows()[2 * i] - rows.rows()[2 * i - 2] == step);
  Tensor other(DType::Float32, {1, 3});
  CHECK_FALSE(rows.add(other));
  Tensor infinite(DType::Float32, {1, 2});
  infinite.data<float>()[0] = INFINITY;
  REQUIRE(rows.add(infinite));
  CHECK(rows.largest() == std::vector<float>{4999, 1});
}
