// The order of elements along one dimension.
#pragma once

#include "Lowering/Context.h"

namespace mlc::lowering {

/// i64, as `shape` with `k` elements along `axis`: the indices of the largest (or smallest) elements, in their order;
/// of equal ones the first stands first, NaN is the largest.
mlir::Value firstIndices(Context &context, mlir::Value input, const Shape &shape, int64_t axis, Dim k, bool smallest);

} // namespace mlc::lowering
