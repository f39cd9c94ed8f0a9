#include "Codegen/Kernels/Access.h"
#include "Graph/Graph.h"
#include "Support/NarrowTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {

// ---- index arithmetic ------------------------------------------------------------------------

Value constantIndex(Builder &b, int64_t value) { return arith::ConstantIndexOp::create(b, b.getLoc(), value); }

std::optional<int64_t> constantOf(Value value) { return getConstantIntValue(value); }

// Folded here and not by later passes: emitters decide by what is constant.
template <typename Op, typename Fold> static Value fold(Builder &b, Value x, Value y, Fold compute) {
  auto a = constantOf(x), c = constantOf(y);
  if (a && c)
    return constantIndex(b, compute(*a, *c));
  return Op::create(b, x, y);
}

Value add(Builder &b, Value x, Value y) {
  if (constantOf(x) == 0)
    return y;
  if (constantOf(y) == 0)
    return x;
  return fold<arith::AddIOp>(b, x, y, [](int64_t a, int64_t c) { return a + c; });
}
Value sub(Builder &b, Value x, Value y) {
  if (constantOf(y) == 0)
    return x;
  return fold<arith::SubIOp>(b, x, y, [](int64_t a, int64_t c) { return a - c; });
}
Value mul(Builder &b, Value x, Value y) {
  if (constantOf(x) == 1 || constantOf(y) == 0)
    return y;
  if (constantOf(y) == 1 || constantOf(x) == 0)
    return x;
  return fold<arith::MulIOp>(b, x, y, [](int64_t a, int64_t c) { return a * c; });
}
Value ceilDiv(Builder &b, Value x, Value y) {
  if (constantOf(y) == 1)
    return x;
  auto a = constantOf(x), c = constantOf(y);
  if (a && c)
    return constantIndex(b, (*a + *c - 1) / *c);
  // Sizes are not negative.
  Value up = arith::AddIOp::create(b, x, sub(b, y, constantIndex(b, 1)));
  return arith::DivUIOp::create(b, up, y);
}
Value div(Builder &b, Value x, Value y) {
  if (constantOf(y) == 1)
    return x;
  return fold<arith::DivUIOp>(b, x, y, [](int64_t a, int64_t c) { return a / c; });
}
Value rem(Builder &b, Value x, Value y) {
  if (constantOf(y) == 1)
    return constantIndex(b, 0);
  return fold<arith::RemUIOp>(b, x, y, [](int64_t a, int64_t c) { return a % c; });
}
Value minimum(Builder &b, Value x, Value y) {
  return fold<arith::MinSIOp>(b, x, y, [](int64_t a, int64_t c) { return std::min(a, c); });
}
Value maximum(Builder &b, Value x, Value y) {
  return fold<arith::MaxSIOp>(b, x, y, [](int64_t a, int64_t c) { return std::max(a, c); });
}
Value less(Builder &b, Value x, Value y) { return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x, y); }
Value equal(Builder &b, Value x, Value y) {
  auto a = constantOf(x), c = constantOf(y);
  if (a && c)
    return arith::ConstantOp::create(b, b.getBoolAttr(*a == *c));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
}

SmallVector<Value> denseStrides(Builder &b, ArrayRef<Value> sizes) {
  SmallVector<Value> strides(sizes.size());
  Value stride = constantIndex(b, 1);
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = stride;
    if (i > 0)
      stride = mul(b, stride, sizes[i]);
  }
  return strides;
}

// ---- memory ----------------------------------------------------------------------------------

Type registerType(Type element) {
  if (isNarrow(graph::dtypeOf(element)))
    return IntegerType::get(element.getContext(), 8);
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(element.getContext(), integer.getWidth());
  return element;
}

Type memoryType(Type element) {
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  // As bits: LLVM widens vectors of half floats where the target has no instructions for them, and calls for it.
  if (element.isF16() || element.isBF16())
    return IntegerType::get(element.getContext(), 16);
  return registerType(element);
}

static int64_t alignmentOf(Type memory) { return memory.getIntOrFloatBitWidth() / 8; }

Value address(Builder &b, const Buffer &buffer, Value offset) {
  if (constantOf(offset) == 0)
    return buffer.base;
  Value index = arith::IndexCastOp::create(b, b.getI64Type(), offset);
  return LLVM::GEPOp::create(b, buffer.base.getType(), memoryType(buffer.element), buffer.base, ValueRange(index));
}

static Type likeShape(Type element, Value value) {
  auto vector = dyn_cast<VectorType>(value.getType());
  return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
}

static Value fromMemory(Builder &b, Value loaded, Type element) {
  if (element.isF16() || element.isBF16())
    return arith::BitcastOp::create(b, likeShape(element, loaded), loaded);
  if (!element.isInteger(1))
    return loaded;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(loaded.getType()));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, loaded, zero);
}

static Value toMemory(Builder &b, Value value, Type element) {
  if (element.isF16() || element.isBF16())
    return arith::BitcastOp::create(b, likeShape(b.getI16Type(), value), value);
  if (!element.isInteger(1))
    return value;
  return arith::ExtUIOp::create(b, likeShape(b.getI8Type(), value), value);
}

Value loadScalar(Builder &b, const Buffer &buffer, Value offset) {
  Type memory = memoryType(buffer.element);
  Value loaded = LLVM::LoadOp::create(b, memory, address(b, buffer, offset), alignmentOf(memory));
  return fromMemory(b, loaded, buffer.element);
}

void storeScalar(Builder &b, const Buffer &buffer, Value offset, Value value) {
  LLVM::StoreOp::create(b, toMemory(b, value, buffer.element), address(b, buffer, offset),
                        alignmentOf(memoryType(buffer.element)));
}

Value loadVector(Builder &b, const Buffer &buffer, Value offset, int lanes, Value mask) {
  Type memory = memoryType(buffer.element);
  auto type = VectorType::get({lanes}, memory);
  Value at = address(b, buffer, offset), loaded;
  if (mask) {
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    loaded = LLVM::MaskedLoadOp::create(b, type, at, mask, zero, b.getI32IntegerAttr(alignmentOf(memory)));
  } else {
    loaded = LLVM::LoadOp::create(b, type, at, alignmentOf(memory));
  }
  return fromMemory(b, loaded, buffer.element);
}

Value loadWidened(Builder &b, const Buffer &buffer, Value offset, int lanes, Value mask) {
  Value loaded = loadVector(b, buffer, offset, lanes, mask);
  if (!buffer.element.isF16() && !buffer.element.isBF16())
    return loaded;
  return arith::ExtFOp::create(b, likeShape(b.getF32Type(), loaded), loaded);
}

void storeVector(Builder &b, const Buffer &buffer, Value offset, Value value, Value mask) {
  Value stored = toMemory(b, value, buffer.element), at = address(b, buffer, offset);
  int64_t alignment = alignmentOf(memoryType(buffer.element));
  if (mask)
    LLVM::MaskedStoreOp::create(b, stored, at, mask, b.getI32IntegerAttr(alignment));
  else
    LLVM::StoreOp::create(b, stored, at, alignment);
}

Value gather(Builder &b, const Buffer &buffer, Value offsets, Value mask) {
  int lanes = cast<VectorType>(offsets.getType()).getDimSize(0);
  Type memory = memoryType(buffer.element);
  auto pointers = VectorType::get({lanes}, buffer.base.getType());
  auto type = VectorType::get({lanes}, memory);
  Value index = arith::IndexCastOp::create(b, VectorType::get({lanes}, b.getI64Type()), offsets);
  Value at = LLVM::GEPOp::create(b, pointers, memory, buffer.base, ValueRange(index));
  if (!mask)
    mask = arith::ConstantOp::create(b, DenseElementsAttr::get(VectorType::get({lanes}, b.getI1Type()), true));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  Value loaded = LLVM::masked_gather::create(b, type, at, mask, zero, b.getI32IntegerAttr(alignmentOf(memory)));
  return fromMemory(b, loaded, buffer.element);
}

Value steps(Builder &b, int lanes) {
  SmallVector<int64_t> values;
  for (int i = 0; i < lanes; ++i)
    values.push_back(i);
  return arith::ConstantOp::create(b, b.getIndexVectorAttr(values));
}

Value splat(Builder &b, Value value, int lanes) {
  return vector::BroadcastOp::create(b, VectorType::get({lanes}, value.getType()), value);
}

Value number(Builder &b, double value, int lanes) {
  Value scalar = arith::ConstantOp::create(b, b.getF32FloatAttr(static_cast<float>(value)));
  return lanes == 1 ? scalar : splat(b, scalar, lanes);
}

Value firstLanes(Builder &b, Value count, int lanes) {
  // 32-bit comparison: one instruction where 64-bit lanes would need two.
  SmallVector<int32_t> numbers;
  for (int i = 0; i < lanes; ++i)
    numbers.push_back(i);
  auto type = VectorType::get({lanes}, b.getI32Type());
  Value lane = arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef<int32_t>(numbers)));
  Value limited = minimum(b, count, constantIndex(b, lanes));
  Value limit = splat(b, arith::IndexCastOp::create(b, b.getI32Type(), limited), lanes);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lane, limit);
}

} // namespace mlc::codegen
