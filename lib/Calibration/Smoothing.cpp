#include "Calibration/Smoothing.h"

#include "Calibration/Calibrators.h"
#include "Calibration/RankUpdate.h"

#include "llvm/ADT/STLExtras.h"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>

namespace mlc {

// Of the error without factors: what they must save at least.
static constexpr double kWorthIt = 0.9;

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Result<void> ActivationRows::add(const Tensor &tensor, int64_t dimension) {
  if (tensor.dtype != DType::Float32 || tensor.shape.empty())
    return badInput("rows of float32 are observed, not " + describeType(tensor.dtype, tensor.shape));
  if (tensor.numElements() == 0) // of a branch that was not taken
    return {};
  if (dimension < 0)
    dimension += static_cast<int64_t>(tensor.shape.size());
  int64_t width = tensor.shape[dimension], inner = 1;
  for (size_t i = dimension + 1; i < tensor.shape.size(); ++i)
    inner *= tensor.shape[i];
  if (largest_.empty())
    largest_.resize(width);
  if (width != channels())
    return badInput("a tensor with " + std::to_string(channels()) + " channels has " + std::to_string(width) +
                    " in another sample");
  const float *values = tensor.data<float>();
  int64_t elements = tensor.numElements(), outer = width * inner ? elements / (width * inner) : 0;
  // Rows with elements that are not finite do not count.
  std::vector<bool> skipped;
  if (!std::all_of(values, values + elements, [](float value) { return std::isfinite(value); })) {
    skipped.resize(outer * inner);
    for (int64_t i = 0; i < elements; ++i)
      if (!std::isfinite(values[i]))
        skipped[i / (width * inner) * inner + i % inner] = true;
  }
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t c = 0; c < width; ++c) {
      const float *own = values + (o * width + c) * inner;
      for (int64_t i = 0; i < inner; ++i)
        if (skipped.empty() || !skipped[o * inner + i])
          largest_[c] = std::max(largest_[c], std::fabs(own[i]));
    }
  for (int64_t row = 0; row < outer * inner; ++row, ++seen_) {
    if (seen_ % stride_ != 0 || (!skipped.empty() && skipped[row]))
      continue;
    if (static_cast<int64_t>(rows_.size()) == kRows * width) {
      // Every other row goes, and from now on twice as many pass by: the rest stays evenly taken.
      for (int64_t kept = 0; kept < kRows / 2; ++kept)
        std::copy_n(rows_.begin() + 2 * kept * width, width, rows_.begin() + kept * width);
      rows_.resize(kRows / 2 * width);
      stride_ *= 2;
      if (seen_ % stride_ != 0)
        continue;
    }
    const float *first = values + row / inner * width * inner + row % inner;
    for (int64_t c = 0; c < width; ++c)
      rows_.push_back(first[c * inner]);
  }
  return {};
}

void ActivationRows::save(StateWriter &file) const {
  file.values(largest_);
  file.values(rows_);
  file.value(seen_);
  file.value(stride_);
}

void ActivationRows::load(StateReader &file) {
  largest_ = file.values<float>();
  rows_ = file.values<float>();
  seen_ = file.value<int64_t>();
  stride_ = file.value<int64_t>();
}

// To even where two are. Numbers that quantization meets are far below 2^22; others stay large.
static float nearest(float value) {
  constexpr float kRounds = 0x1.8p23f;
  return std::fabs(value) < 0x1p22f ? (value + kRounds) - kRounds : value;
}

// Values rounded as a tensor with this range is.
static Matrix quantized(const Matrix &values, Range range) {
  QuantParams params = asymmetricUi8(range);
  float zeroPoint = static_cast<float>(params.zero_point);
  return values.unaryExpr([&](float value) {
    float rounded = std::clamp(nearest(value / params.scale) + zeroPoint, 0.0f, 255.0f);
    return (rounded - zeroPoint) * params.scale;
  });
}

// Weights rounded column by column.
static Matrix quantizedColumns(const Matrix &weights) {
  Eigen::RowVectorXf scales =
      weights.cwiseAbs().colwise().maxCoeff().unaryExpr([](float largest) { return symmetricI8Scale(largest); });
  Matrix result(weights.rows(), weights.cols());
  for (Eigen::Index row = 0; row < weights.rows(); ++row)
    result.row(row) =
        weights.row(row).binaryExpr(scales, [](float value, float scale) { return nearest(value / scale) * scale; });
  return result;
}

// [channels, rows]
static Matrix columnsOf(const ActivationRows &activations) {
  return Eigen::Map<const Matrix>(activations.rows().data(),
                                  static_cast<Eigen::Index>(activations.rows().size()) / activations.channels(),
                                  activations.channels())
      .transpose();
}

// sums += rowsᵀ weights, both with a row for each channel.
static void addProduct(const Matrix &rows, const Matrix &weights, Matrix &sums) {
  addOuterProducts(rows.rows(), rows.cols(), weights.cols(), rows.data(), rows.cols(), weights.data(), weights.cols(),
                   sums.data(), sums.cols());
}

// max|x|^alpha / max|w|^(1-alpha), powers of two. A channel that is always zero, or that nothing reads, has any factor.
static Eigen::VectorXf factorsFor(const std::vector<float> &activations, const Eigen::VectorXf &weights, double alpha) {
  Eigen::VectorXf factors(weights.size());
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    double factor =
        activations[i] > 0 && weights[i] > 0 ? std::pow(activations[i], alpha) / std::pow(weights[i], 1 - alpha) : 1.0;
    factors[i] = static_cast<float>(std::exp2(std::clamp(std::nearbyint(std::log2(factor)), -24.0, 24.0)));
  }
  return factors;
}

std::optional<Smoothing> chooseSmoothing(const ActivationRows &first, const ActivationRows &second,
                                         const std::vector<Tensor> &weights) {
  int64_t channels = first.channels();
  if (first.rows().empty() || second.rows().empty() || second.channels() != channels || weights.empty())
    return std::nullopt;
  const ActivationRows *halves[] = {&first, &second};
  Matrix rows[] = {columnsOf(first), columnsOf(second)};
  std::vector<Matrix> columns;
  std::vector<Matrix> negated[2]; // the exact products of each half
  double energy = 0;
  Eigen::VectorXf largestWeight = Eigen::VectorXf::Zero(channels);
  for (const Tensor &tensor : weights) {
    columns.emplace_back(Eigen::Map<const Matrix>(tensor.data<float>(), channels, tensor.numElements() / channels));
    largestWeight = largestWeight.cwiseMax(columns.back().cwiseAbs().rowwise().maxCoeff());
    for (int half = 0; half < 2; ++half) {
      Matrix exact = Matrix::Zero(rows[half].cols(), columns.back().cols());
      addProduct(rows[half], columns.back(), exact);
      energy += exact.squaredNorm();
      negated[half].push_back(-exact);
    }
  }
  // Of each half by what the other teaches; without alpha: no factors.
  auto errorWith = [&](std::optional<double> alpha) {
    double error = 0;
    for (int half = 0; half < 2; ++half) {
      Eigen::VectorXf factors = alpha ? factorsFor(halves[half]->largest(), largestWeight, *alpha)
                                      : Eigen::VectorXf(Eigen::VectorXf::Ones(channels));
      auto scale = factors.cwiseInverse().asDiagonal();
      Matrix known = scale * rows[half];
      Matrix smoothed = quantized(scale * rows[1 - half], {known.minCoeff(), known.maxCoeff()});
      for (auto [own, exact] : llvm::zip(columns, negated[1 - half])) {
        Matrix difference = exact;
        addProduct(smoothed, quantizedColumns(factors.asDiagonal() * own), difference);
        error += difference.squaredNorm();
      }
    }
    return energy > 0 ? error / energy : 0.0;
  };

  Smoothing best;
  best.errorBefore = best.errorAfter = errorWith(std::nullopt);
  std::vector<float> largest(channels);
  for (int64_t i = 0; i < channels; ++i)
    largest[i] = std::max(first.largest()[i], second.largest()[i]);
  for (int tenths = 3; tenths <= 9; ++tenths) {
    double alpha = tenths / 10.0;
    if (double error = errorWith(alpha); error < best.errorAfter) {
      Eigen::VectorXf factors = factorsFor(largest, largestWeight, alpha);
      best.alpha = alpha;
      best.errorAfter = error;
      best.factors.assign(factors.begin(), factors.end());
    }
  }
  if (best.factors.empty() || best.errorAfter > kWorthIt * best.errorBefore)
    return std::nullopt;
  return best;
}

std::optional<Smoothing> chooseDepthwiseSmoothing(const ActivationRows &first, const ActivationRows &second) {
  int64_t channels = first.channels();
  if (first.rows().empty() || second.rows().empty() || second.channels() != channels)
    return std::nullopt;
  const ActivationRows *halves[] = {&first, &second};
  Matrix rows[] = {columnsOf(first), columnsOf(second)};
  // Channels that are a small part of the largest have few steps in any case: their largest may lie elsewhere.
  constexpr float kSmallest = 1.0f / 256;
  auto factorsOf = [&](const std::vector<float> &largest) {
    float all = *std::max_element(largest.begin(), largest.end());
    Eigen::VectorXf factors(channels);
    for (int64_t i = 0; i < channels; ++i)
      factors[i] = std::exp2(std::nearbyint(std::log2(std::max({largest[i], all * kSmallest, 1e-30f}))));
    return factors;
  };
  auto errorWith = [&](bool smooth) {
    double error = 0;
    for (int half = 0; half < 2; ++half) {
      Eigen::VectorXf factors =
          smooth ? factorsOf(halves[half]->largest()) : Eigen::VectorXf(Eigen::VectorXf::Ones(channels));
      auto scaled = factors.cwiseInverse().asDiagonal();
      Matrix known = scaled * rows[half], exact = scaled * rows[1 - half];
      Matrix difference = quantized(exact, {known.minCoeff(), known.maxCoeff()}) - exact;
      for (int64_t i = 0; i < channels; ++i)
        if (double energy = exact.row(i).squaredNorm(); energy > 0)
          error += difference.row(i).squaredNorm() / energy;
    }
    return error / static_cast<double>(2 * channels);
  };
  Smoothing result;
  result.alpha = 1;
  result.errorBefore = errorWith(false);
  result.errorAfter = errorWith(true);
  if (result.errorAfter > kWorthIt * result.errorBefore)
    return std::nullopt;
  std::vector<float> largest(channels);
  for (int64_t i = 0; i < channels; ++i)
    largest[i] = std::max(first.largest()[i], second.largest()[i]);
  Eigen::VectorXf factors = factorsOf(largest);
  result.factors.assign(factors.begin(), factors.end());
  return result;
}

} // namespace mlc
