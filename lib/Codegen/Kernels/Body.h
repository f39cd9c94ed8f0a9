// The scalar body of a linalg op, evaluated for several neighbouring points at once.
#pragma once

#include "Codegen/Kernels/Access.h"

#include "llvm/ADT/DenseMap.h"

namespace mlc::codegen {

/// Evaluates bodies for `lanes` points that follow each other along one loop. What is the same for all points stays
/// scalar; index arithmetic that grows by a constant from point to point stays scalar too, so that reads of
/// neighbouring elements become one vector load.
class BodyEmitter {
public:
  /// `buffers` and `scalars` give what the body captures: tensors that it reads and index values.
  BodyEmitter(Builder &b, const llvm::DenseMap<mlir::Value, Buffer> &buffers,
              const llvm::DenseMap<mlir::Value, mlir::Value> &scalars)
      : b_(b), buffers_(buffers), scalars_(scalars) {}

  /// `arguments`: a scalar or vector<lanes> for each block argument. `indices`: the value of each loop; loop
  /// `vectorLoop` (-1: none) is at indices[vectorLoop] + lane. `mask` as in Access.h. Returns what the body yields.
  llvm::SmallVector<mlir::Value> evaluateAll(mlir::Block &body, mlir::ValueRange arguments, mlir::ValueRange indices,
                                             int vectorLoop, int lanes, mlir::Value mask);
  /// The same of a body that yields one value.
  mlir::Value evaluate(mlir::Block &body, mlir::ValueRange arguments, mlir::ValueRange indices, int vectorLoop,
                       int lanes, mlir::Value mask) {
    return evaluateAll(body, arguments, indices, vectorLoop, lanes, mask).front();
  }

private:
  // A value of the body: uniform (stride 0), growing by `stride` a lane from `scalar`, or a vector.
  struct Lane {
    mlir::Value scalar;
    int64_t stride = 0;
    mlir::Value vector;
    bool isUniform() const { return scalar && stride == 0; }
    bool isAffine() const { return static_cast<bool>(scalar); }
  };

  Lane lookup(mlir::Value value);
  mlir::Value narrowNumber(mlir::Operation *op);
  mlir::Value asVector(Lane lane);
  Lane extract(mlir::Operation *op);
  Lane affineStep(mlir::Operation *op);
  Lane elementwise(mlir::Operation *op);

  Builder &b_;
  const llvm::DenseMap<mlir::Value, Buffer> &buffers_;
  const llvm::DenseMap<mlir::Value, mlir::Value> &scalars_;
  llvm::DenseMap<mlir::Value, Lane> values_;
  int lanes_ = 1;
  mlir::Value mask_;
};

} // namespace mlc::codegen
