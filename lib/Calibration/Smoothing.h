// How far outliers of activations are moved into the weights: chosen by the error of the product.
#pragma once

#include "Calibration/StateFile.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mlc {

/// What smoothing remembers of a tensor: the largest magnitude of each channel over all samples, and at most kRows rows
/// (the channels of one place), taken evenly from the samples that come. Constant size.
class ActivationRows {
public:
  static constexpr int64_t kRows = 256;

  /// Adds a sample's float32 tensor, whose channels lie along a dimension (-1: the last). An error where their number
  /// does not fit those before.
  Result<void> add(const Tensor &tensor, int64_t dimension = -1);

  int64_t channels() const { return static_cast<int64_t>(largest_.size()); }
  const std::vector<float> &largest() const { return largest_; }
  /// [rows, channels]
  const std::vector<float> &rows() const { return rows_; }

  void save(StateWriter &file) const;
  void load(StateReader &file);

private:
  std::vector<float> largest_, rows_;
  int64_t seen_ = 0, stride_ = 1; ///< rows that came, and of how many one is kept
};

struct Smoothing {
  double alpha = 0;                       ///< how much of the activations' range moves
  std::vector<float> factors;             ///< a power of two for each channel: the division is exact
  double errorBefore = 0, errorAfter = 0; ///< squared, of the quantized products on the rows, relative to their energy
};

/// For weights [channels, columns] of all products that read the activations: the factors max|x|^α / max|w|^(1-α) for
/// the α of 0.3, 0.4 … 0.9 at which 8-bit products (ui8 with one range, i8 by column) are nearest to the exact ones;
/// nullopt where none is nearer by a tenth than without, or there are no rows. The activations come as two halves of
/// the samples: factors and range of each are judged by the rows of the other, since factors that fit few samples well
/// clip others. G. Xiao et al., SmoothQuant, arXiv 2211.10438.
std::optional<Smoothing> chooseSmoothing(const ActivationRows &first, const ActivationRows &second,
                                         const std::vector<Tensor> &weights);

/// The same for weights that each belong to one channel (depthwise convolutions), for which any factors are free:
/// max|x|, where errors relative to each channel's energy then are smaller by a tenth.
std::optional<Smoothing> chooseDepthwiseSmoothing(const ActivationRows &first, const ActivationRows &second);

} // namespace mlc
