// Calibration of a graph: which values are observed, how they are run, and where their ranges go.
//
// The result is an attribute `graph.range` (array<f64: min, max>, a pair for each result) on each observed
// value: on the function's argument, or on the op that defines the value. Passes read ranges from the IR
// alone.
#pragma once

#include "Calibration/Calibrators.h"
#include "Calibration/ChannelMeans.h"
#include "Graph/Graph.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <string>
#include <vector>

namespace mlc {

inline constexpr llvm::StringLiteral kRangeAttr = "graph.range";
/// The same form: the range that a value has in one sample, on average.
inline constexpr llvm::StringLiteral kSampleRangeAttr = "graph.sample_range";

/// A copy of a module whose @main also returns the tapped values.
struct TappedModule {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Name of the extra result for each tapped value, in their order; they follow the model's own results.
  std::vector<std::string> names;
};

/// Whether a value is computed at most once in a run: in @main, or in a branch of it, but not in a loop.
bool canBeObserved(mlir::Value value);

/// Clones the module and adds the values, which can be observed, as results of @main. One of a branch that a run does
/// not take has no elements in that run: its dimensions that are not known are 0, and its first one is.
TappedModule withTaps(mlir::ModuleOp module, llvm::ArrayRef<mlir::Value> taps);

/// Runs the next sample and gives the tapped tensors in the order of the taps; nullopt after the last sample.
using SampleRunner = std::function<Result<std::optional<std::vector<Tensor>>>()>;

/// Streams all samples through `run`; one entry for each tap. Keeps one sample's tensors at a time. No sample
/// at all is an error. `means`, where given, has an entry for each of the last taps, whose channels are averaged: those
/// have statistics only as far as `taps` counts them.
Result<std::vector<TensorStatistics>> calibrate(size_t taps, const SampleRunner &run,
                                                llvm::MutableArrayRef<ChannelMeans> means = {});

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
