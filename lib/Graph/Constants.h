// Constants of a graph: from and to host tensors.
#pragma once

#include "Graph/Graph.h"
#include "mlcompress/Tensor.h"

namespace mlc::graph {

/// The attribute for these elements: dense up to 1 KiB, above that in the context's weight store.
/// `bytes` is row-major little-endian, one byte a bool, and is copied.
mlir::ElementsAttr constantAttribute(mlir::RankedTensorType type, llvm::ArrayRef<std::byte> bytes);
mlir::ElementsAttr constantAttribute(mlir::MLIRContext *context, const Tensor &tensor);

ConstantOp makeConstant(mlir::OpBuilder &builder, mlir::Location loc, const Tensor &tensor);
/// A 1-D i64 constant.
ConstantOp makeIndexConstant(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<int64_t> values);
/// A scalar (rank 0) of this element type.
ConstantOp makeScalarConstant(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type elementType, double value);

/// The elements of a constant as a host tensor (a copy).
Tensor constantTensor(mlir::ElementsAttr attribute);
/// The host tensor behind a value made by `graph.constant`; nullopt for any other value.
std::optional<Tensor> constantTensor(mlir::Value value);
/// The attribute behind a value made by `graph.constant`; null for any other value.
mlir::ElementsAttr constantOf(mlir::Value value);
/// What weights are stored as: the value itself where it is a constant, or the constant of half floats that a cast
/// widens to it, which kernels widen as they load it; null for any other value.
mlir::Value storedConstant(mlir::Value value);
/// Bytes of the constant's elements as stored in a generated library.
int64_t constantBytes(mlir::ElementsAttr attribute);
/// Row-major bytes without a copy where the attribute holds them so (resources); nullopt else.
std::optional<llvm::ArrayRef<char>> constantBytesInPlace(mlir::ElementsAttr attribute);

/// All elements of an integer constant, sign- or zero-extended; nullopt for any other value.
std::optional<llvm::SmallVector<int64_t>> constantIntegers(mlir::Value value);
/// The one element of a floating or integer constant with one element; nullopt for any other value.
std::optional<double> constantScalar(mlir::Value value);
/// One value a channel of a constant that broadcasts to a tensor of this rank and varies along its dimension `channel`
/// alone; nullopt for any other value.
std::optional<std::vector<double>> constantPerChannel(mlir::Value value, int64_t rank, int64_t channel,
                                                      int64_t channels);

} // namespace mlc::graph
