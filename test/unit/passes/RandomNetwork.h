// Networks made of random ops on images, for tests that compare a graph before and after a pass.
#pragma once

#include "mlcompress/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <vector>

namespace mlc::test {

/// A module with one function `main` of one f32[2, 4, 6, 6] argument and several results. All values are
/// small integers or halves, so that results do not depend on the order of sums; those of softmax and
/// layer_norm alone are not. With `dynamic`, batch, height and width are not known at compile time.
mlir::OwningOpRef<mlir::ModuleOp> randomNetwork(mlir::MLIRContext &context, unsigned seed, bool dynamic);

/// Integers from -2 to 2 in f32[2, 4, 6, 6].
Tensor randomNetworkInput(unsigned seed);

} // namespace mlc::test
