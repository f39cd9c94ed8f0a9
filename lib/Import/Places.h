// Where in its operand MaxPool found each maximum.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

/// i64, in the shape of `pooled`: the place of each maximum among all elements of `x` [N, C, spatial…], counted
/// row-major, or within the spatial dimensions column-major. `pads` holds all begins first. ONNX MaxPool's second
/// output.
mlir::Value maxPoolIndices(Node &n, mlir::Value x, mlir::Value pooled, llvm::ArrayRef<int64_t> kernel,
                           llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> pads,
                           llvm::ArrayRef<int64_t> dilations, bool columnMajor);

} // namespace mlc::importer
