// Weights of 4 bits with calibration data: E. Frantar et al., GPTQ, arXiv 2210.17323.
#pragma once

#include "Calibration/StateFile.h"
#include "Graph/BlockWeights.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <vector>

namespace mlc {

/// Σ xᵀx over all rows x of a product's left operand: half the Hessian of the squared error of its result.
class InputHessian {
public:
  explicit InputHessian(int64_t depth) : depth_(depth), sums_(depth * depth) {}

  /// Adds the rows of float32 [rows…, depth] that are finite. An error where the tensor is another one.
  Result<void> add(const Tensor &tensor);
  int64_t depth() const { return depth_; }
  int64_t rows() const { return rows_; }
  const std::vector<float> &sums() const { return sums_; } ///< [depth, depth]

  void save(StateWriter &file) const;
  void load(StateReader &file);
  void clear();

private:
  int64_t depth_, rows_ = 0;
  std::vector<float> sums_;
};

struct GptqOptions {
  int64_t block = 32;
  double damping = 0.01; ///< of the mean of the Hessian's diagonal, added to it
};

/// Float32 weights [depth, columns], rounded row by row; the error of each row is made up for by those that follow it,
/// as the inputs' correlations allow. Scales of a block are those of least error, weighed by the inputs' squares.
/// Errors: an element that is not finite, a Hessian of another size or of no rows.
Result<graph::BlockWeights> gptq(const Tensor &weights, const InputHessian &hessian, const GptqOptions &options);

} // namespace mlc
