// Strides, pads and dilations of convolution and pooling, with auto_pad resolved.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations, pads; ///< pads: all begins, then all ends
  /// The operand with auto_pad's padding already applied, where that is computed when the model runs.
  mlir::Value input;
};

/// Attributes of a window over the spatial dimensions of `input` [N, C, spatial…]. `weights` give the kernel's size
/// where there is no kernel_shape. `padding` is the element that auto_pad pads with if the amount must be computed;
/// null: that is unsupported.
Window readWindow(Node &n, mlir::Value input, mlir::Value weights, mlir::Value padding);

/// An attribute with one positive number for each spatial dimension, 1 where it is absent.
llvm::SmallVector<int64_t> positiveSizes(Node &n, llvm::StringRef name, size_t spatial);

/// The least value of an element type, which never wins a maximum.
mlir::Value lowest(Node &n, mlir::Type type);

} // namespace mlc::importer
