// Spelling shared by the emitters of all instruction sets.
#pragma once

#include "targets/Target.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlc {

llvm::ArrayRef<ContractionRow> x86_64Rows();
llvm::ArrayRef<ContractionRow> aarch64Rows();

namespace emit {

/// Loads one scalar without alignment and repeats it in a vector.
mlir::Value splatLoad(mlir::ImplicitLocOpBuilder &b, mlir::Value base, mlir::Type scalar, mlir::VectorType type);
/// Calls an LLVM intrinsic by name; its types are those of the operands and `result`.
mlir::Value intrinsic(mlir::ImplicitLocOpBuilder &b, mlir::Type result, llvm::StringRef name,
                      mlir::ValueRange operands);

} // namespace emit
} // namespace mlc
