// The reference evaluator: what every op of the graph means, computed plainly. The oracle of the tests and of
// `check`, and what folds constants.
#pragma once

#include "Graph/Graph.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <vector>

namespace mlc {

/// Evaluates a function of graph ops on concrete tensors, one for each argument, of the argument's element
/// type and of a shape its type admits. Gives the returned tensors. A tensor is freed after its last use.
///
/// float16 and bfloat16 are computed in wider floats and rounded once an op. Elementwise functions and
/// reductions are computed in double and rounded once; matmul and conv of float32 accumulate in float32.
/// Errors (bad shapes or indices that show only now, an op or element type without meaning) name the node.
Result<std::vector<Tensor>> evaluate(mlir::func::FuncOp function, const std::vector<Tensor> &inputs);

/// Evaluates one op without regions on tensors for its operands, in order and one each. Gives its results.
Result<std::vector<Tensor>> evaluateOp(mlir::Operation *op, const std::vector<const Tensor *> &operands);

} // namespace mlc
