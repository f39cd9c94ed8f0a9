#include "Codegen/Kernels/RegisterBlock.h"
#include "Codegen/Kernels/Loops.h"

using namespace mlir;

namespace mlc::codegen {

SmallVector<Value> sumOfProducts(Builder &b, Value steps, ArrayRef<const ContractionRow *> columns,
                                 ValueRange accumulators, function_ref<SmallVector<Value>(Value)> right,
                                 function_ref<Value(Value, int64_t)> left) {
  return forLoopCarrying(b, constantIndex(b, 0), steps, 1, accumulators, [&](Value k, ValueRange carried) {
    SmallVector<Value> next(carried), vectors = right(k);
    for (size_t first = 0; first < next.size(); first += columns.size()) {
      Value from = left(k, static_cast<int64_t>(first / columns.size()));
      const ContractionRow *row = nullptr;
      Value repeated;
      for (auto [j, column] : llvm::enumerate(columns)) {
        if (column != row) {
          row = column;
          repeated = row->broadcast(b, from);
        }
        next[first + j] = row->multiplyAccumulate(b, next[first + j], repeated, vectors[j]);
      }
    }
    return next;
  });
}

} // namespace mlc::codegen
