// Calibration of a graph: how values are observed, and where their ranges go.
//
// The result is an attribute `graph.range` (array<f64: min, max>, a pair for each result) on each observed
// value: on the function's argument, or on the op that defines the value. Passes read ranges from the IR
// alone.
#pragma once

#include "Calibration/Calibrators.h"
#include "Graph/Graph.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>
#include <vector>

namespace mlc {

inline constexpr llvm::StringLiteral kRangeAttr = "graph.range";
/// The same form: the range that a value has in one sample, on average.
inline constexpr llvm::StringLiteral kSampleRangeAttr = "graph.sample_range";

/// A copy of a module whose @main returns the tapped values, and nothing else.
struct TappedModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Name of the result for each tapped value, in their order.
  std::vector<std::string> names;
};

/// Whether a value is computed at most once in a run: in @main, or in a branch of it, but not in a loop.
bool canBeObserved(mlir::Value value);

/// Clones the module, and makes the values, which can be observed, the results of @main. One of a branch that a run
/// does not take has no elements in that run: its dimensions that are not known are 0, and its first one is.
TappedModule onlyTaps(mlir::ModuleOp module, llvm::ArrayRef<mlir::Value> taps);

/// Writes `graph.range` and `graph.sample_range` on the values, as the calibrator chooses it. Values without finite
/// statistics get none.
void annotateRanges(llvm::ArrayRef<mlir::Value> values, llvm::ArrayRef<TensorStatistics> statistics,
                    const Calibrator &calibrator);
/// The range of a value, if it has one.
std::optional<Range> rangeOf(mlir::Value value);
/// What it has in one sample, on average.
std::optional<Range> sampleRangeOf(mlir::Value value);
/// The means of the channels of a contraction's activations, as an attribute of the op.
inline constexpr llvm::StringLiteral kMeansAttr = "graph.input_means";

/// Removes all ranges and means from the module.
void dropRanges(mlir::ModuleOp module);

} // namespace mlc
