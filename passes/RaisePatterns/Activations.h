// Recognition of decomposed activation functions.
#pragma once

#include "Graph/Graph.h"

namespace mlc {

/// Replaces, under `root`, expressions that are one activation function by one op. Dead ops are left behind.
void raiseActivations(mlir::Operation *root);

} // namespace mlc
