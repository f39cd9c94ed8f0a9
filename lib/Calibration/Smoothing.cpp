#include "Calibration/Smoothing.h"

#include "Calibration/Calibrators.h"

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

// Rows rounded as a tensor with this range is.
static Matrix quantizedRows(const Matrix &rows, Range range) {
  QuantParams params = asymmetricUi8(range);
  return rows.unaryExpr([&](float value) {
    float quantized =
        std::clamp(std::nearbyint(value / params.scale) + static_cast<float>(params.zero_point), 0.0f, 255.0f);
    return (quantized - static_cast<float>(params.zero_point)) * params.scale;
  });
}

// Weights rounded column by column.
static Matrix quantizedColumns(const Matrix &weights) {
  Matrix result = weights;
  for (Eigen::Index column = 0; column < weights.cols(); ++column) {
    float scale = symmetricI8Scale(weights.col(column).cwiseAbs().maxCoeff());
    result.col(column) =
        weights.col(column).unaryExpr([&](float value) { return std::nearbyint(value / scale) * scale; });
  }
  return result;
}

static Matrix rowsOf(const ActivationRows &activations) {
  return Eigen::Map<const Matrix>(activations.rows().data(),
                                  static_cast<Eigen::Index>(activations.rows().size()) / activations.channels(),
                                  activations.channels());
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
  Matrix rows[] = {rowsOf(first), rowsOf(second)};
  std::vector<Matrix> columns;
  Eigen::VectorXf largestWeight = Eigen::VectorXf::Zero(channels);
  for (const Tensor &tensor : weights) {
    columns.emplace_back(Eigen::Map<const Matrix>(tensor.data<float>(), channels, tensor.numElements() / channels));
    largestWeight = largestWeight.cwiseMax(columns.back().cwiseAbs().rowwise().maxCoeff());
  }
  // Of each half by what the other teaches; without alpha: no factors.
  auto errorWith = [&](std::optional<double> alpha) {
    double error = 0, energy = 0;
    for (int half = 0; half < 2; ++half) {
      Eigen::VectorXf factors = alpha ? factorsFor(halves[half]->largest(), largestWeight, *alpha)
                                      : Eigen::VectorXf(Eigen::VectorXf::Ones(channels));
      auto scaled = factors.cwiseInverse().asDiagonal();
      Matrix known = rows[half] * scaled;
      Matrix smoothed = quantizedRows(rows[1 - half] * scaled, {known.minCoeff(), known.maxCoeff()});
      for (const Matrix &own : columns) {
        Matrix exact = rows[1 - half] * own;
        error += (smoothed * quantizedColumns(factors.asDiagonal() * own) - exact).squaredNorm();
        energy += exact.squaredNorm();
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
  Matrix rows[] = {rowsOf(first), rowsOf(second)};
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
      Matrix known = rows[half] * scaled, exact = rows[1 - half] * scaled;
      Matrix difference = quantizedRows(exact, {known.minCoeff(), known.maxCoeff()}) - exact;
      for (int64_t i = 0; i < channels; ++i)
        if (double energy = exact.col(i).squaredNorm(); energy > 0)
          error += difference.col(i).squaredNorm() / energy;
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
