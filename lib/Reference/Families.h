// One function an op: the families' files define them, Evaluate.cpp calls them.
#pragma once

#include "Graph/Graph.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <vector>

namespace mlc::reference {

/// One tensor for each operand that the op has, in order; optional operands that are absent have none.
using Operands = const std::vector<const Tensor *> &;
using Tensors = Result<std::vector<Tensor>>;

#define MLC_EVALUATE(OP) Tensors evaluateNode(::mlc::graph::OP op, Operands operands)

// Elementwise.cpp
MLC_EVALUATE(UnaryOp);
MLC_EVALUATE(BinaryOp);
MLC_EVALUATE(CompareOp);
MLC_EVALUATE(SelectOp);
MLC_EVALUATE(CastOp);
MLC_EVALUATE(BitCastOp);
// Shape.cpp
MLC_EVALUATE(ConstantOp);
MLC_EVALUATE(ShapeOfOp);
MLC_EVALUATE(ReshapeOp);
MLC_EVALUATE(SqueezeOp);
MLC_EVALUATE(UnsqueezeOp);
MLC_EVALUATE(TransposeOp);
MLC_EVALUATE(ExpandOp);
MLC_EVALUATE(SliceOp);
MLC_EVALUATE(ConcatOp);
MLC_EVALUATE(GatherOp);
MLC_EVALUATE(GatherElementsOp);
MLC_EVALUATE(GatherNDOp);
MLC_EVALUATE(ScatterOp);
MLC_EVALUATE(PadOp);
MLC_EVALUATE(TileOp);
MLC_EVALUATE(RangeOp);
MLC_EVALUATE(NonZeroOp);
MLC_EVALUATE(RequireOp);
// Contraction.cpp
MLC_EVALUATE(MatmulOp);
MLC_EVALUATE(MatmulIntegerOp);
MLC_EVALUATE(ConvOp);
MLC_EVALUATE(ConvIntegerOp);
MLC_EVALUATE(ConvTransposeOp);
// Reduction.cpp
MLC_EVALUATE(ReduceOp);
MLC_EVALUATE(ArgReduceOp);
MLC_EVALUATE(SoftmaxOp);
MLC_EVALUATE(LayerNormOp);
MLC_EVALUATE(CumSumOp);
MLC_EVALUATE(TopKOp);
// Spatial.cpp
MLC_EVALUATE(PoolOp);
MLC_EVALUATE(ResizeOp);
// Detection.cpp
MLC_EVALUATE(NonMaxSuppressionOp);
// Quantization.cpp
MLC_EVALUATE(QuantizeOp);
MLC_EVALUATE(DequantizeOp);
MLC_EVALUATE(DynamicRangeOp);

/// A vector of one tensor (an initializer list would copy it).
inline std::vector<Tensor> one(Tensor tensor) {
  std::vector<Tensor> result;
  result.push_back(std::move(tensor));
  return result;
}

/// The elements of an i64 tensor of rank 0 or 1.
inline std::vector<int64_t> integers(const Tensor &tensor) {
  return std::vector<int64_t>(tensor.data<int64_t>(), tensor.data<int64_t>() + tensor.numElements());
}

/// "[2,3]" for messages.
std::string describeShape(const std::vector<int64_t> &shape);
/// An error unless a tensor of this shape can be held (its size overflows, or is above 2^40 bytes).
Result<void> checkSize(DType dtype, const std::vector<int64_t> &shape);
/// numpy's broadcast of the shapes of all operands.
Result<std::vector<int64_t>> broadcastOperands(Operands operands);

} // namespace mlc::reference
