// Which contractions SmoothActivations can smooth.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/MapVector.h"

namespace mlc {

/// The factors of a product, as an attribute of the op: array<f32>.
inline constexpr llvm::StringLiteral kSmoothingAttr = "graph.smoothing";

/// Products of @main with constant f32 weights of rank 2, and convolutions of one group or of one for each channel,
/// that may become int8, by the activation that they read.
llvm::MapVector<mlir::Value, std::vector<quantization::Contraction>> smoothableProducts(mlir::ModuleOp module);

/// Whether each channel of the activations has weights of its own, so that factors cost these no accuracy.
bool isDepthwise(mlir::Operation *contraction);

} // namespace mlc
