// Products and convolutions that several operators are forms of.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

/// alpha * A B + beta * C by the attributes and operands of Gemm.
mlir::Value gemm(Node &n);

/// The convolution that the node's attributes describe, of `x` [N, C, spatial…]; `bias` may be null.
mlir::Value convolution(Node &n, mlir::Value x, mlir::Value weights, mlir::Value bias);

} // namespace mlc::importer
