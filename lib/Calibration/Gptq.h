// Weights of 4 bits with calibration data: E. Frantar et al., GPTQ, arXiv 2210.17323.
#pragma once

#include "Calibration/StateFile.h"
#include "Graph/BlockWeights.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <vector>

namespace mlc {

/// Σ xᵀx over all rows x of a product's left operand: half the Hessian of the squared error of its result. Holds about
/// half of the symmetric matrix, once there are rows.
class InputHessian {
public:
  explicit InputHessian(int64_t depth) : depth_(depth) {}

  /// Adds the rows of float32 [rows…, depth] that are finite. An error where the tensor is another one.
  Result<void> add(const Tensor &tensor);
  int64_t depth() const { return depth_; }
  int64_t rows() const { return rows_; }
  /// Of row `row`, the columns from row / kPanel * kPanel on; nullptr where there are no rows.
  const float *sums(int64_t row) const;
  /// Memory of one of this depth.
  static int64_t bytes(int64_t depth);

  void save(StateWriter &file) const;
  void load(StateReader &file);
  void clear();

  static constexpr int64_t kPanel = 256;

private:
  int64_t depth_, rows_ = 0;
  std::vector<float> sums_; ///< panels of kPanel rows, from their diagonal element's panel to the last column
};

/// What rounding takes from a Hessian.
struct GptqFactor {
  int64_t depth = 0;
  std::vector<float> upper;      ///< [depth, depth], upper triangular U with UᵀU the damped Hessian's inverse
  std::vector<float> importance; ///< [depth], the Hessian's diagonal
};

/// `damping`, of the mean of the diagonal, is added to it; more where rounding has cost the matrix its definiteness.
/// Errors: no rows, nothing finite.
Result<GptqFactor> factorOf(const InputHessian &hessian, double damping = 0.01);

/// Float32 weights [depth, columns], rounded row by row; the error of each row is made up for by those that follow it,
/// as the inputs' correlations allow. Scales of a block are those of least error, weighed by the inputs' squares.
/// Errors: an element that is not finite, a factor of another size.
Result<graph::BlockWeights> gptq(const Tensor &weights, const GptqFactor &factor, int64_t block);

} // namespace mlc
