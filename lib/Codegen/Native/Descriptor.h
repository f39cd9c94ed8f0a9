// The descriptor of a generated library as LLVM data: the compiler's side of lib/Runtime/ModelDescriptor.h.
#pragma once

#include "targets/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace mlc::codegen {

struct DescriptorContents {
  std::string modelName, toolVersion;
  std::vector<std::string> kernelNames;
};

/// Adds `mlc_model_descriptor` to a module that defines or declares mlc_run and mlc_workspace. Names, types and
/// dimensions of inputs and outputs come from the attributes of `main`.
void addDescriptor(llvm::Module &module, mlir::func::FuncOp main, const Target &target,
                   const DescriptorContents &contents);

} // namespace mlc::codegen
