#include "Calibration/Gptq.h"
#include "Calibration/BlockQuantization.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <optional>

namespace mlc {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Wide = Eigen::MatrixXd;

// The upper factor U of the damped Hessian's inverse, UᵀU = H⁻¹. More damping where rounding has cost H its
// definiteness.
std::optional<Matrix> inverseFactor(Wide hessian, double damping) {
  double mean = hessian.diagonal().mean();
  // An input that is always 0 takes no part in any sum.
  for (Eigen::Index i = 0; i < hessian.rows(); ++i)
    if (hessian(i, i) == 0)
      hessian(i, i) = mean > 0 ? mean : 1;
  Wide identity = Wide::Identity(hessian.rows(), hessian.cols());
  for (int attempt = 0; attempt < 4; ++attempt, damping *= 10) {
    Wide damped = hessian + damping * mean * identity;
    Eigen::LLT<Wide> factor(damped);
    if (factor.info() != Eigen::Success)
      continue;
    Eigen::LLT<Wide> inverse(factor.solve(identity));
    if (inverse.info() != Eigen::Success)
      continue;
    Wide upper = inverse.matrixU();
    return upper.cast<float>();
  }
  return std::nullopt;
}

} // namespace

Result<void> InputHessian::add(const Tensor &tensor) {
  if (tensor.dtype != DType::Float32 || tensor.shape.empty() || tensor.shape.back() != depth_)
    return badInput("inputs of a product with " + std::to_string(depth_) + " columns are float32, not " +
                    describeType(tensor.dtype, tensor.shape));
  int64_t rows = depth_ ? tensor.numElements() / depth_ : 0;
  Matrix finite(rows, depth_);
  int64_t kept = 0;
  for (int64_t i = 0; i < rows; ++i) {
    Eigen::Map<const Eigen::RowVectorXf> row(tensor.data<float>() + i * depth_, depth_);
    if (row.allFinite())
      finite.row(kept++) = row;
  }
  auto used = finite.topRows(kept);
  Eigen::Map<Matrix>(sums_.data(), depth_, depth_).noalias() += used.transpose() * used;
  rows_ += kept;
  return {};
}

void InputHessian::save(StateWriter &file) const {
  file.value(rows_);
  file.values(sums_);
}

void InputHessian::load(StateReader &file) {
  rows_ = file.value<int64_t>();
  sums_ = file.values<float>();
}

void InputHessian::clear() {
  rows_ = 0;
  sums_.assign(depth_ * depth_, 0);
}

Result<graph::BlockWeights> gptq(const Tensor &weights, const InputHessian &hessian, const GptqOptions &options) {
  // Rounding alone checks the weights, and gives the result its form.
  auto result = quantizeBlocks(weights, options.block);
  if (!result)
    return result;
  int64_t depth = result->depth, columns = result->columns, blocks = result->blocks(), block = options.block;
  if (hessian.depth() != depth || hessian.rows() == 0)
    return badInput("a Hessian of " + std::to_string(hessian.rows()) + " rows and " + std::to_string(hessian.depth()) +
                    " columns does not fit weights of depth " + std::to_string(depth));
  Eigen::Map<const Matrix> sums(hessian.sums().data(), depth, depth);
  std::vector<float> importance(depth);
  for (int64_t k = 0; k < depth; ++k)
    importance[k] = sums(k, k);
  auto factor = inverseFactor(sums.cast<double>(), options.damping);
  if (!factor)
    return result;

  Matrix left = Eigen::Map<const Matrix>(weights.data<float>(), depth, columns);
  // Errors reach the rows of a span at once, and those behind it as one product.
  constexpr int64_t kSpan = 128;
  std::vector<float> values;
  for (int64_t first = 0; first < depth; first += kSpan) {
    int64_t count = std::min(kSpan, depth - first);
    Matrix errors(count, columns);
    for (int64_t k = first; k < first + count; ++k) {
      int64_t group = k / block;
      if (k % block == 0) {
        int64_t size = std::min(block, depth - k);
        for (int64_t n = 0; n < columns; ++n) {
          values.resize(size);
          for (int64_t i = 0; i < size; ++i)
            values[i] = left(k + i, n);
          result->scales[n * blocks + group] =
              searchBlockScale(values, std::span<const float>(importance).subspan(k, size));
        }
      }
      for (int64_t n = 0; n < columns; ++n) {
        float scale = result->scales[n * blocks + group];
        uint8_t code = blockCode(left(k, n), scale);
        result->codes[n * blocks * block + k] = code;
        errors(k - first, n) = (left(k, n) - scale * (code - graph::BlockWeights::kMiddle)) / (*factor)(k, k);
      }
      int64_t behind = first + count - k - 1;
      left.middleRows(k + 1, behind).noalias() -=
          factor->row(k).segment(k + 1, behind).transpose() * errors.row(k - first);
    }
    int64_t rest = depth - first - count;
    left.bottomRows(rest).noalias() -= factor->block(first, first + count, count, rest).transpose() * errors;
  }
  return result;
}

} // namespace mlc
