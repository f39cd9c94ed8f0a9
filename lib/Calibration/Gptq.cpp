#include "Calibration/Gptq.h"
#include "Calibration/BlockQuantization.h"
#include "Calibration/RankUpdate.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>

namespace mlc {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Wide = Eigen::MatrixXd;

// Columns that are solved for at once.
constexpr int64_t kColumns = 128;

// Where the panel of row `row` begins among the panels before it.
int64_t panelBegin(int64_t depth, int64_t row) {
  int64_t begin = 0;
  for (int64_t panel = 0; panel < row / InputHessian::kPanel; ++panel)
    begin += InputHessian::kPanel * (depth - panel * InputHessian::kPanel);
  return begin;
}

} // namespace

Result<void> InputHessian::add(const Tensor &tensor) {
  if (tensor.dtype == DType::Float32 && tensor.numElements() == 0) // of a branch that was not taken
    return {};
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
  if (sums_.empty())
    clear();
  for (int64_t row = 0; row < depth_; row += kPanel)
    addOuterProducts(kept, std::min(kPanel, depth_ - row), depth_ - row, finite.data() + row, depth_,
                     finite.data() + row, depth_, sums_.data() + panelBegin(depth_, row), depth_ - row);
  rows_ += kept;
  return {};
}

const float *InputHessian::sums(int64_t row) const {
  int64_t first = row / kPanel * kPanel;
  return sums_.empty() ? nullptr : sums_.data() + panelBegin(depth_, row) + (row - first) * (depth_ - first);
}

int64_t InputHessian::bytes(int64_t depth) {
  int64_t last = depth / kPanel * kPanel;
  return (panelBegin(depth, depth) + (depth - last) * (depth - last)) * static_cast<int64_t>(sizeof(float));
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
  sums_.assign(bytes(depth_) / sizeof(float), 0);
}

Result<GptqFactor> factorOf(const InputHessian &hessian, double damping) {
  int64_t depth = hessian.depth();
  if (hessian.rows() == 0)
    return badInput("no rows of the product's inputs were seen");
  GptqFactor factor{depth, std::vector<float>(depth * depth), std::vector<float>(depth)};
  double mean = 0;
  for (int64_t i = 0; i < depth; ++i) {
    factor.importance[i] = hessian.sums(i)[i % InputHessian::kPanel];
    mean += factor.importance[i] / static_cast<double>(depth);
  }
  // With the order of rows and columns reversed, H = LLᵀ gives H⁻¹ = UᵀU for U = L⁻¹ in the order that was: one
  // factorization, in place.
  Wide lower(depth, depth);
  for (int attempt = 0;; ++attempt, damping *= 10) {
    if (attempt == 4)
      return badInput("what was seen of the product's inputs is too close to singular");
    for (int64_t i = 0; i < depth; ++i) {
      int64_t first = i / InputHessian::kPanel * InputHessian::kPanel;
      const float *sums = hessian.sums(i);
      for (int64_t k = i; k < depth; ++k)
        lower(depth - 1 - i, depth - 1 - k) = sums[k - first];
      double &diagonal = lower(depth - 1 - i, depth - 1 - i);
      // An input that is always 0 takes no part in any sum.
      if (diagonal == 0)
        diagonal = mean > 0 ? mean : 1;
      diagonal += damping * mean;
    }
    if (Eigen::LLT<Eigen::Ref<Wide>>(lower).info() == Eigen::Success)
      break;
  }
  for (int64_t begin = 0; begin < depth; begin += kColumns) {
    int64_t width = std::min(kColumns, depth - begin), height = depth - begin;
    Wide inverse = Wide::Identity(height, width);
    lower.bottomRightCorner(height, height).triangularView<Eigen::Lower>().solveInPlace(inverse);
    for (int64_t row = 0; row < height; ++row)
      for (int64_t column = 0; column < width; ++column)
        factor.upper[(height - 1 - row) * depth + depth - 1 - begin - column] =
            static_cast<float>(inverse(row, column));
  }
  return factor;
}

Result<graph::BlockWeights> gptq(const Tensor &weights, const GptqFactor &factor, int64_t block) {
  auto result = emptyBlocks(weights, block);
  if (!result)
    return result;
  int64_t depth = result->depth, columns = result->columns, blocks = result->blocks();
  if (factor.depth != depth)
    return badInput("a Hessian of " + std::to_string(factor.depth) + " columns does not fit weights of depth " +
                    std::to_string(depth));
  Eigen::Map<const Matrix> upper(factor.upper.data(), depth, depth);

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
              searchBlockScale(values, std::span<const float>(factor.importance).subspan(k, size));
        }
      }
      for (int64_t n = 0; n < columns; ++n) {
        float scale = result->scales[n * blocks + group];
        uint8_t code = blockCode(left(k, n), scale);
        result->codes[n * blocks * block + k] = code;
        errors(k - first, n) = (left(k, n) - scale * (code - graph::BlockWeights::kMiddle)) / upper(k, k);
      }
      int64_t behind = first + count - k - 1;
      left.middleRows(k + 1, behind).noalias() -=
          upper.row(k).segment(k + 1, behind).transpose() * errors.row(k - first);
    }
    int64_t rest = depth - first - count;
    errors = -errors;
    addOuterProducts(count, rest, columns, upper.data() + first * depth + first + count, depth, errors.data(), columns,
                     left.data() + (first + count) * columns, columns);
  }
  return result;
}

} // namespace mlc
