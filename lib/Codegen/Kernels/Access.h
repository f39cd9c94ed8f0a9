// Operands of a kernel in memory: dense row-major buffers behind raw addresses.
#pragma once

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Value.h"
#include "mlir/Support/LLVM.h"

namespace mlc::codegen {

using Builder = mlir::ImplicitLocOpBuilder;

/// An operand: where it starts, what it holds, its sizes and strides in elements.
struct Buffer {
  mlir::Value base;                       ///< !llvm.ptr
  mlir::Type element;                     ///< as the graph names it (ui8, i1, …)
  llvm::SmallVector<mlir::Value> sizes;   ///< index
  llvm::SmallVector<mlir::Value> strides; ///< index, elements
};

// ---- index arithmetic; constants fold at once
mlir::Value constantIndex(Builder &b, int64_t value);
std::optional<int64_t> constantOf(mlir::Value value);
mlir::Value add(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value sub(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value mul(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value ceilDiv(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value div(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value rem(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value minimum(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value maximum(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value less(Builder &b, mlir::Value x, mlir::Value y);
mlir::Value equal(Builder &b, mlir::Value x, mlir::Value y);

/// Row-major strides of these sizes.
llvm::SmallVector<mlir::Value> denseStrides(Builder &b, llvm::ArrayRef<mlir::Value> sizes);

/// What registers hold for an element type: signless integers, floats, i1.
mlir::Type registerType(mlir::Type element);
/// What memory holds: as registers, but a byte for i1.
mlir::Type memoryType(mlir::Type element);

/// The address `offset` elements behind the base.
mlir::Value address(Builder &b, const Buffer &buffer, mlir::Value offset);

// ---- memory. `mask` (vector<lanes x i1>) may be null: all lanes. Masked lanes are not touched and read as 0.
mlir::Value loadScalar(Builder &b, const Buffer &buffer, mlir::Value offset);
void storeScalar(Builder &b, const Buffer &buffer, mlir::Value offset, mlir::Value value);
mlir::Value loadVector(Builder &b, const Buffer &buffer, mlir::Value offset, int lanes, mlir::Value mask);
void storeVector(Builder &b, const Buffer &buffer, mlir::Value offset, mlir::Value value, mlir::Value mask);
/// As f32 what holds f32 or half floats; anything else as it is.
mlir::Value loadWidened(Builder &b, const Buffer &buffer, mlir::Value offset, int lanes, mlir::Value mask);
/// Elements at `offsets` (vector<lanes x index>).
mlir::Value gather(Builder &b, const Buffer &buffer, mlir::Value offsets, mlir::Value mask);

/// The first `count` (index; may exceed) lanes.
mlir::Value firstLanes(Builder &b, mlir::Value count, int lanes);
mlir::Value splat(Builder &b, mlir::Value value, int lanes);
/// The f32 number: a scalar for one lane, else in every lane of a vector.
mlir::Value number(Builder &b, double value, int lanes);
/// 0, 1, 2, … as vector<lanes x index>.
mlir::Value steps(Builder &b, int lanes);

} // namespace mlc::codegen
