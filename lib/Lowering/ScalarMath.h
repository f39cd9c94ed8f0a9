// The scalar meaning of the graph's elementwise functions, as arith and math ops.
#pragma once

#include "Graph/Graph.h"
#include "Support/NarrowTypes.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlc::lowering {

/// `type` is the graph's element type (it tells signed from unsigned); values are signless. float16 and bfloat16
/// are computed in f32 and rounded once.
mlir::Value unary(mlir::ImplicitLocOpBuilder &b, graph::UnaryKind kind, mlir::Type type, mlir::Value x, float alpha,
                  float beta);
mlir::Value binary(mlir::ImplicitLocOpBuilder &b, graph::BinaryKind kind, mlir::Type type, mlir::Value x,
                   mlir::Value y);
mlir::Value compare(mlir::ImplicitLocOpBuilder &b, graph::CompareKind kind, mlir::Type type, mlir::Value x,
                    mlir::Value y);
/// The last two say how narrow types round, see Support/NarrowTypes.h.
mlir::Value cast(mlir::ImplicitLocOpBuilder &b, mlir::Type from, mlir::Type to, mlir::Value x, bool saturate = true,
                 NarrowRounding rounding = NarrowRounding::Up);
/// A constant of a signless or float type.
mlir::Value scalar(mlir::ImplicitLocOpBuilder &b, mlir::Type type, double value);

} // namespace mlc::lowering
