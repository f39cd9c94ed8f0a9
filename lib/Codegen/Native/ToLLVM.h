// MLIR to LLVM IR and machine code, one module at a time.
#pragma once

#include "mlcompress/Result.h"
#include "targets/Target.h"

#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <string>

namespace llvm {
class Module;
}

namespace mlc::codegen {

enum class CodeKind {
  Kernel,   ///< compiled for the target's CPU
  Schedule, ///< baseline code of the architecture: it is small, and runs once a call
};

/// Lowers `module` (func, scf, arith, math, vector, LLVM) to an object file. `amend` may add to the LLVM module before
/// it is compiled. Safe to call from several threads for modules of one context.
Result<std::string> compileModule(mlir::ModuleOp module, const Target &target, CodeKind kind,
                                  const std::function<void(llvm::Module &)> &amend = {});

} // namespace mlc::codegen
