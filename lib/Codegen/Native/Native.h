// Kernels and schedule to machine code, and all of it to one shared library.
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"
#include "targets/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <string>
#include <vector>

namespace mlc {

struct LibraryOptions {
  std::string modelName;
  std::string soname;
  std::string outputPath;
  std::string toolVersion;
  int threads = 0;                      ///< compile threads; 0: all
  std::function<void(double)> progress; ///< 0..1
};

/// One kernel launch of the schedule, for the lowering report.
struct LaunchReport {
  std::string kernel;         ///< symbol; equal for equal kernels
  std::string nodes;          ///< ONNX nodes, joined by ", "
  std::string instructionSet; ///< the contraction row, or "generic"
  std::string precision;      ///< "fp32", "int8", …: what the products are computed in
};

struct LibraryReport {
  std::vector<LaunchReport> launches;
  int64_t distinctKernels = 0;
  int64_t weightBytes = 0;
  int64_t codeBytes = 0;
  int64_t arenaBytes = -1; ///< where all sizes are known at compile time
};

/// Compiles a lowered and outlined module (lib/Lowering) and links the library; its weights are given up on the way.
Result<LibraryReport> buildLibrary(mlir::OwningOpRef<mlir::ModuleOp> lowered, const Target &target,
                                   const LibraryOptions &options);

} // namespace mlc
