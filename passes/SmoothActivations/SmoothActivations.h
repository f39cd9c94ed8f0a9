// Which products SmoothActivations can smooth.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/MapVector.h"

namespace mlc {

/// The factors of a product, as an attribute of the op: array<f32>.
inline constexpr llvm::StringLiteral kSmoothingAttr = "graph.smoothing";

/// Products of @main with constant f32 weights of rank 2 that may become int8, by the activation that they read.
llvm::MapVector<mlir::Value, std::vector<quantization::Contraction>> smoothableProducts(mlir::ModuleOp module);

} // namespace mlc
