// Sizes of tensors whose shape comes from a file: checked before anything is allocated.
#pragma once

#include "mlcompress/Tensor.h"

#include <optional>

namespace mlc {

/// Bytes of a tensor; nothing where a dimension is negative or the product does not fit (a dimension of 0 makes
/// the tensor empty, but the others must still multiply without overflow, so that strides exist).
inline std::optional<int64_t> checkedByteCount(DType dtype, const std::vector<int64_t> &shape) {
  int64_t product = int64_t(byteSize(dtype));
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    empty |= dim == 0;
    if (dim != 0 && __builtin_mul_overflow(product, dim, &product))
      return std::nullopt;
  }
  return empty ? 0 : product;
}

} // namespace mlc
