// A graph's inputs and outputs as the API describes them.
#pragma once

#include "mlcompress/Reports.h"

#include "mlir/IR/BuiltinOps.h"

#include <vector>

namespace mlc {

std::vector<TensorDescription> inputsOf(mlir::ModuleOp graph);
std::vector<TensorDescription> outputsOf(mlir::ModuleOp graph);

} // namespace mlc
