// Tensors that are quantized together: the inputs of contractions, and all they are moved from.
#pragma once

#include "passes/Passes.h"
#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

#include <string>

namespace mlc::quantization {

/// The contractions of a function that shall become int8, those that shall not, and the groups of values that
/// the former need quantized. Values of one group have common parameters; the parts of a concat join it
/// unless that costs another contraction that reads them more than a bit.
class Groups {
public:
  Groups(mlir::func::FuncOp function, const QuantizeStaticOptions &options);

  const std::vector<Contraction> &contractions() const { return contractions_; }
  /// Contractions that stay f32, with the reason.
  const std::vector<std::pair<mlir::Operation *, std::string>> &skipped() const { return skipped_; }

  /// Why a contraction's activation is quantized at run time: it has no range because it stands in control flow, or
  /// one range does not fit all samples. nullopt where it is not.
  std::optional<std::string> whyAtRunTime(const Contraction &contraction) const;

  bool contains(mlir::Value value) const { return values_.contains(value); }
  /// Values of the group that are computed, not moved: what is observed and quantized. In order of the
  /// function.
  llvm::SmallVector<mlir::Value> roots() const;
  /// All values of all groups, in order of the function.
  llvm::ArrayRef<mlir::Value> values() const { return ordered_; }
  bool isRoot(mlir::Value value) const;

  /// Whether the values have common parameters.
  bool together(mlir::Value a, mlir::Value b) const;

  /// The union of the ranges of the group's roots, of its padding and 0; nullopt where a root has no range, and for
  /// values of no group.
  std::optional<Range> range(mlir::Value value) const;

private:
  using RangeSource = llvm::function_ref<std::optional<Range>(mlir::Value)>;
  std::optional<Range> unionOf(mlir::Value value, RangeSource source) const;
  void join(mlir::Value value);
  void joinParts(graph::ConcatOp concat);

  std::vector<Contraction> contractions_;
  std::vector<std::pair<mlir::Operation *, std::string>> skipped_;
  llvm::EquivalenceClasses<void *> classes_;
  llvm::DenseSet<mlir::Value> values_, direct_; // all, and those that contractions read themselves
  llvm::SmallVector<mlir::Value> ordered_;
};

} // namespace mlc::quantization
