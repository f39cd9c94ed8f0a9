#include "Codegen/Kernels/Loops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mlc::codegen {

SmallVector<Value> forLoopCarrying(Builder &b, Value begin, Value end, int64_t step, ValueRange initial,
                                   function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, begin, end, constantIndex(b, step), initial);
  Block *block = loop.getBody();
  OpBuilder::InsertionGuard guard(b);
  // Without carried values the loop comes with its terminator.
  bool terminated = !block->empty() && block->back().hasTrait<OpTrait::IsTerminator>();
  if (terminated)
    b.setInsertionPoint(&block->back());
  else
    b.setInsertionPointToEnd(block);
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!terminated)
    scf::YieldOp::create(b, next);
  return SmallVector<Value>(loop.getResults());
}

void forLoop(Builder &b, Value begin, Value end, int64_t step, function_ref<void(Value)> body) {
  auto from = constantOf(begin), to = constantOf(end);
  if (from && to && *to - *from == step) {
    body(begin);
    return;
  }
  forLoopCarrying(b, begin, end, step, {}, [&](Value i, ValueRange) {
    body(i);
    return SmallVector<Value>{};
  });
}

Value product(Builder &b, ArrayRef<Value> extents) {
  Value result = constantIndex(b, 1);
  for (Value extent : extents)
    result = mul(b, result, extent);
  return result;
}

void itemLoop(Builder &b, Value begin, Value end, ArrayRef<Value> extents, LoopBody body) {
  if (extents.size() <= 1) {
    forLoop(b, begin, end, 1, [&](Value i) {
      SmallVector<Value> indices;
      if (extents.size() == 1)
        indices.push_back(i);
      body(indices);
    });
    return;
  }
  SmallVector<Value> start(extents.size());
  Value rest = begin;
  for (size_t i = extents.size(); i-- > 0;) {
    // An empty space has no items; its extents must not divide.
    Value extent = maximum(b, extents[i], constantIndex(b, 1));
    start[i] = i == 0 ? rest : rem(b, rest, extent);
    if (i > 0)
      rest = div(b, rest, extent);
  }
  forLoopCarrying(b, begin, end, 1, start, [&](Value, ValueRange indices) {
    body(indices);
    SmallVector<Value> next(indices);
    Value zero = constantIndex(b, 0), one = constantIndex(b, 1), carry;
    for (size_t i = extents.size(); i-- > 0;) {
      Value up = arith::AddIOp::create(b, indices[i], one);
      if (carry)
        up = arith::SelectOp::create(b, carry, up, indices[i]);
      if (i == 0) {
        next[i] = up;
        break;
      }
      Value wrapped = equal(b, up, extents[i]);
      next[i] = arith::SelectOp::create(b, wrapped, zero, up);
      carry = wrapped;
    }
    return next;
  });
}

void branch(Builder &b, Value condition, function_ref<void()> then, function_ref<void()> otherwise) {
  if (auto known = getConstantIntValue(condition)) {
    if (*known)
      then();
    else if (otherwise)
      otherwise();
    return;
  }
  auto op = scf::IfOp::create(b, condition, /*withElseRegion=*/static_cast<bool>(otherwise));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(op.thenBlock());
  then();
  if (otherwise) {
    b.setInsertionPointToStart(op.elseBlock());
    otherwise();
  }
}

SmallVector<Value> rowLoop(Builder &b, Value length, ValueRange initial,
                           function_ref<SmallVector<Value>(Value, Value, ValueRange)> body) {
  Value whole = mul(b, div(b, length, constantIndex(b, kRowLanes)), constantIndex(b, kRowLanes));
  SmallVector<Value> carried(initial);
  if (constantOf(whole) != 0)
    carried = forLoopCarrying(b, constantIndex(b, 0), whole, kRowLanes, initial,
                              [&](Value i, ValueRange values) { return body(i, {}, values); });
  Value rest = sub(b, length, whole);
  if (constantOf(rest) == 0)
    return carried;
  Value mask = firstLanes(b, rest, kRowLanes);
  SmallVector<Value> last = body(whole, mask, carried);
  for (auto [next, before] : llvm::zip(last, carried))
    next = arith::SelectOp::create(b, mask, next, before);
  return last;
}

void vectorLoop(Builder &b, Value begin, Value end, int lanes, function_ref<void(Value, Value)> body) {
  auto from = constantOf(begin), to = constantOf(end);
  Value step = constantIndex(b, lanes);
  Value whole = add(b, begin, mul(b, div(b, sub(b, end, begin), step), step));
  if (!(from && to && *to - *from < lanes))
    forLoop(b, begin, whole, lanes, [&](Value i) { body(i, {}); });
  Value rest = sub(b, end, whole);
  if (constantOf(rest) == 0)
    return;
  auto tail = [&] { body(whole, firstLanes(b, rest, lanes)); };
  if (constantOf(rest))
    tail();
  else
    branch(b, less(b, constantIndex(b, 0), rest), tail);
}

} // namespace mlc::codegen
