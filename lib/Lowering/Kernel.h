// The kernel dialect: the lowered form of a model. See KernelOps.td.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "Lowering/KernelDialect.h.inc"
#define GET_OP_CLASSES
#include "Lowering/KernelOps.h.inc"

namespace mlc::kernel {
inline constexpr llvm::StringLiteral kBodyAttr = "kernel.body";   ///< unit: this function is a kernel
inline constexpr llvm::StringLiteral kNodesAttr = "kernel.nodes"; ///< array of ONNX node names that the kernel holds
} // namespace mlc::kernel
