#include "Calibration/Gptq.h"
#include "Calibration/BlockQuantization.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace mlc;

namespace {
constexpr int64_t kDepth = 160, kColumns = 6, kRows = 400;

Tensor randomTensor(std::vector<int64_t> shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor tensor(DType::Float32, std::move(shape));
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    tensor.data<float>()[i] = normal(random);
  return tensor;
}

// Rows whose elements follow a few directions: what one weight loses others can make up for.
Tensor correlatedRows(unsigned seed) {
  Tensor factors = randomTensor({kRows, 12}, seed), directions = randomTensor({12, kDepth}, 77),
         rows = randomTensor({kRows, kDepth}, seed + 1);
  for (int64_t i = 0; i < kRows; ++i)
    for (int64_t k = 0; k < kDepth; ++k) {
      float sum = 0.2f * rows.data<float>()[i * kDepth + k];
      for (int64_t j = 0; j < 12; ++j)
        sum += factors.data<float>()[i * 12 + j] * directions.data<float>()[j * kDepth + k];
      rows.data<float>()[i * kDepth + k] = sum;
    }
  return rows;
}

// Σ of squared differences of the products.
double productError(const Tensor &rows, const Tensor &weights, const graph::BlockWeights &quantized) {
  double error = 0;
  for (int64_t i = 0; i < kRows; ++i)
    for (int64_t n = 0; n < kColumns; ++n) {
      double difference = 0;
      for (int64_t k = 0; k < kDepth; ++k) {
        float real = quantized.scales[n * quantized.blocks() + k / quantized.block] *
                     (quantized.codes[n * quantized.blocks() * quantized.block + k] - 8);
        difference += rows.data<float>()[i * kDepth + k] * (real - weights.data<float>()[k * kColumns + n]);
      }
      error += difference * difference;
    }
  return error;
}
} // namespace

TEST_CASE("products lose far less than by rounding, also on rows that were not seen") {
  Tensor weights = randomTensor({kDepth, kColumns}, 1);
  InputHessian hessian(kDepth);
  REQUIRE(hessian.add(correlatedRows(10)));
  for (int64_t block : {32, 64, 256}) {
    INFO("block " << block);
    auto factor = factorOf(hessian);
    REQUIRE(factor);
    auto made = gptq(weights, *factor, block), rounded = quantizeBlocks(weights, block);
    REQUIRE(made);
    REQUIRE(rounded);
    CHECK(productError(correlatedRows(10), weights, *made) < 0.3 * productError(correlatedRows(10), weights, *rounded));
    CHECK(productError(correlatedRows(20), weights, *made) < 0.4 * productError(correlatedRows(20), weights, *rounded));
  }
}

TEST_CASE("inputs that have nothing to do with each other leave rounding to nearest") {
  Tensor weights = randomTensor({64, 3}, 2), rows(DType::Float32, {64, 64});
  for (int64_t i = 0; i < 64; ++i)
    rows.data<float>()[i * 65] = 1;
  InputHessian hessian(64);
  REQUIRE(hessian.add(rows));
  auto made = gptq(weights, *factorOf(hessian), 32), rounded = quantizeBlocks(weights, 32);
  REQUIRE(made);
  CHECK(made->codes == rounded->codes);
  CHECK(made->scales == rounded->scales);
}

TEST_CASE("an input that is always 0, and rows that are not finite, do no harm") {
  Tensor weights = randomTensor({kDepth, kColumns}, 3), rows = correlatedRows(30);
  for (int64_t i = 0; i < kRows; ++i)
    rows.data<float>()[i * kDepth + 5] = 0;
  rows.data<float>()[3 * kDepth + 1] = NAN;
  InputHessian hessian(kDepth);
  REQUIRE(hessian.add(rows));
  CHECK(hessian.rows() == kRows - 1);
  auto made = gptq(weights, *factorOf(hessian), 32);
  REQUIRE(made);
  for (float scale : made->scales)
    CHECK(std::isfinite(scale));
}

TEST_CASE("the factor gives the inverse of what was seen, also beyond one panel of rows") {
  constexpr int64_t depth = 300;
  Tensor rows = randomTensor({2 * depth, depth}, 8);
  InputHessian hessian(depth);
  REQUIRE(hessian.add(rows));
  auto factor = factorOf(hessian);
  REQUIRE(factor);
  std::vector<double> sums(depth * depth);
  double mean = 0;
  for (int64_t i = 0; i < depth; ++i)
    for (int64_t k = 0; k < depth; ++k) {
      double &sum = sums[i * depth + k];
      for (int64_t row = 0; row < 2 * depth; ++row)
        sum += double(rows.data<float>()[row * depth + i]) * rows.data<float>()[row * depth + k];
      if (k == i)
        mean += sum / depth;
      if (k >= i / InputHessian::kPanel * InputHessian::kPanel)
        CHECK(hessian.sums(i)[k - i / InputHessian::kPanel * InputHessian::kPanel] == Approx(sum).margin(1e-2));
    }
  for (int64_t i = 0; i < depth; ++i)
    sums[i * depth + i] += 0.01 * mean;
  // H (UᵀU) = 1, of which a few columns.
  for (int64_t column : {0, 150, 299})
    for (int64_t i = 0; i < depth; i += 7) {
      double element = 0;
      for (int64_t k = 0; k < depth; ++k) {
        double inverse = 0;
        for (int64_t j = 0; j <= std::min(k, column); ++j)
          inverse += double(factor->upper[j * depth + k]) * factor->upper[j * depth + column];
        element += sums[i * depth + k] * inverse;
      }
      CHECK(element == Approx(i == column ? 1 : 0).margin(1e-3));
    }
}

TEST_CASE("a Hessian of another size is an error") {
  InputHessian hessian(8), empty(16);
  CHECK(hessian.add(Tensor(DType::Float32, {2, 9})).error().message ==
        "inputs of a product with 8 columns are float32, not float32[2,9]");
  CHECK(!factorOf(empty));
  CHECK(!gptq(randomTensor({16, 2}, 4), {8, std::vector<float>(64), std::vector<float>(8)}, 32));
}
