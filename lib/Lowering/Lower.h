// Graph → kernels and schedule. See KernelOps.td for the form that results.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/LLVM.h"
#include "targets/Target.h"

namespace mlc {

/// The module with every graph op but constants lowered to linalg, tensor, arith and the kernel dialect's structured
/// ops, one op at a time. Errors are diagnostics at the op's location.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> lowerGraph(mlir::ModuleOp graph, const Target &target);

/// Fuses elementwise linalg ops into their consumers; run after lowerGraph.
mlir::LogicalResult fuseElementwise(mlir::ModuleOp lowered);

/// Groups each structured op with the elementwise op that consumes it and outlines every group as a kernel;
/// equal kernels become one. `@main` is the schedule afterwards.
mlir::LogicalResult outlineKernels(mlir::ModuleOp lowered);

/// Upstream's canonicalization makes a select of a branch that computes nothing; the schedule knows branches only.
void selectsToBranches(mlir::ModuleOp lowered);

} // namespace mlc
