// One contraction row as a compiled function, for the tests of the rows.
#pragma once

#include "targets/Target.h"

#include <string>

namespace mlc {

/// What the row's emitters compile to: a function `block(lhs, rhs, acc, steps, lhs_stride)` that adds `steps`
/// groups of k0 values of K to the m0 x n0 accumulators (row-major); lhs_stride in bytes from a row of the
/// left operand to the next.
struct RowKernel {
  std::string assembly;
  std::string object;
};

RowKernel compileRow(const Target &target, const ContractionRow &row);

} // namespace mlc
