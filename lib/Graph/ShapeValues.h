// What is known at compile time of integer tensors that hold shapes.
#pragma once

#include "Graph/Graph.h"

namespace mlc::graph {

/// One element of a shape: a number, a dimension of a tensor in the graph, or unknown.
struct ShapeElement {
  enum Kind { Unknown, Constant, Dimension } kind = Unknown;
  int64_t constant = 0;
  mlir::Value tensor;
  int64_t dimension = 0;

  static ShapeElement unknown() { return {}; }
  static ShapeElement number(int64_t value) { return {Constant, value, {}, 0}; }
  /// Dimension `dim` of `value`: a number where the type knows it.
  static ShapeElement of(mlir::Value value, int64_t dim);

  bool isConstant() const { return kind == Constant; }
  bool operator==(const ShapeElement &other) const;
};

/// The elements of an integer tensor of rank 0 or 1 with a static size of at most 64, followed through shape_of,
/// concat, gather, slice, squeeze, unsqueeze, reshape, cast and integer arithmetic; nullopt for any other value.
std::optional<llvm::SmallVector<ShapeElement>> shapeValues(mlir::Value value);

/// The shape (kDynamic where unknown) that the value describes; nullopt where even its rank is unknown.
std::optional<llvm::SmallVector<int64_t>> describedShape(mlir::Value value);

} // namespace mlc::graph
