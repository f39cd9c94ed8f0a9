// Convolutions and pooling as plain reductions: right for every type and number of dimensions, not fast.
#pragma once

#include "Lowering/Context.h"

namespace mlc::lowering {

void lowerPlainConv(Context &context, graph::ConvOp op);
void lowerPlainConvTranspose(Context &context, graph::ConvTransposeOp op);
mlir::LogicalResult lowerPlainConvInteger(Context &context, graph::ConvIntegerOp op);
/// `spatial`: the spatial sizes of the result.
void lowerPlainPool(Context &context, graph::PoolOp op, llvm::ArrayRef<Dim> spatial);

} // namespace mlc::lowering
