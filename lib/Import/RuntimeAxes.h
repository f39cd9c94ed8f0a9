// Axes that only a run knows. The ranks of all results are still known when compiling; which dimensions the axes name
// is arithmetic on small integer tensors.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

/// Which of `rank` dimensions `axes` (integers [k], which may count from the end) name.
class RuntimeAxes {
public:
  RuntimeAxes(Node &n, mlir::Value axes, int64_t rank);

  /// k where it is known when compiling.
  std::optional<int64_t> count() const;
  /// i1[rank]: whether a dimension is named.
  mlir::Value named() const { return named_; }
  /// Names all dimensions where k is 0.
  void allWhereEmpty();

  /// i64[rank]: `values` (i64[k]) where the axes stand, `otherwise` (i64[1] or i64[rank]) elsewhere.
  mlir::Value spread(mlir::Value values, mlir::Value otherwise) const;
  /// i64[count]: the elements of `sizes` (i64[rank]) at dimensions that are not named, of which there are `count`.
  mlir::Value without(mlir::Value sizes, int64_t count) const;
  /// i64[rank]: 1 at the named dimensions, at the others the elements of `sizes` (i64[m]) in their order.
  mlir::Value ones(mlir::Value sizes) const;

private:
  mlir::Value number(int64_t value) const;
  mlir::Value places() const; // i64[rank]: how many dimensions before each are not named

  Node &n_;
  mlir::Value axes_; // i64[k]
  int64_t rank_;
  mlir::Value hits_, named_; // i1[k, rank], i1[rank]
};

/// The operand as [kept, taken, kept, taken, …], where of each pair one is a dimension of the operand and the other 1:
/// reductions over named dimensions are then reductions over the odd ones, whatever the names are.
mlir::Value splitAt(Node &n, mlir::Value value, const RuntimeAxes &axes);

/// The operand as [before, axis, after] around the dimension that `axis` (one integer) names.
mlir::Value threePartsAt(Node &n, mlir::Value value, mlir::Value axis);

} // namespace mlc::importer
