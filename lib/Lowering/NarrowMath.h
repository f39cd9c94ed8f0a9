// Conversions between the narrow types and wider ones, as arith ops on bytes.
#pragma once

#include "Graph/Graph.h"
#include "Support/NarrowTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlc::lowering {

/// The number behind a byte of a narrow type: f32 for floats, else i8.
mlir::Value decodeNarrow(mlir::ImplicitLocOpBuilder &b, DType type, mlir::Value byte);
/// The byte for an f32 (floats), or an integer of any width (integers, which keep their low bits).
mlir::Value encodeNarrow(mlir::ImplicitLocOpBuilder &b, DType type, mlir::Value x, bool saturate,
                         NarrowRounding rounding);

} // namespace mlc::lowering
