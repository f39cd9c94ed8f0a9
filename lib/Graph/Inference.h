// Spelling of `inferReturnTypes` shared by the families' files.
#pragma once

#include "Graph/Graph.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Debug.h"

#define MLC_INFER(OP)                                                                                                  \
  ::mlir::LogicalResult OP::inferReturnTypes(::mlir::MLIRContext *context, std::optional<::mlir::Location> location,   \
                                             ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,           \
                                             ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,         \
                                             ::llvm::SmallVectorImpl<::mlir::Type> &types)

namespace mlc::graph {

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// Size of a window op's result along one dimension; kDynamic in, kDynamic out.
int64_t windowOutputSize(int64_t input, int64_t kernel, int64_t stride, int64_t padBegin, int64_t padEnd,
                         int64_t dilation, bool ceilMode);

} // namespace mlc::graph
