// The schedule of a lowered module as code: sizes, arena, launches.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/LLVM.h"

#include <string>
#include <vector>

namespace mlc::codegen {

/// A constant that the schedule refers to by a symbol; the bytes stay in the weight store.
struct WeightSymbol {
  std::string symbol;
  mlir::ElementsAttr value;
};

struct ScheduleCode {
  /// `mlc_run(session, inputs)` and `mlc_workspace(inputs, threads, bytes, exact)`; see ModelDescriptor.h.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<WeightSymbol> weights;
  std::vector<std::string> kernelNames; ///< by the index that launches give
  std::vector<std::string> kernelNodes; ///< the ONNX nodes of each launch index, joined by ", "
  int64_t staticArenaBytes = -1;        ///< where all sizes are known at compile time
};

/// Plans the arena and emits the two functions for the schedule `@main` of a lowered and outlined module.
mlir::FailureOr<ScheduleCode> emitSchedule(mlir::ModuleOp lowered);

} // namespace mlc::codegen
