// Kernels whose elements depend on those before them in a row: running sums, the first of an order, suppression.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

// An item is a vector's width of columns behind the axis; it goes through the axis.
class CumSumEmitter : public RootEmitter {
public:
  explicit CumSumEmitter(kernel::CumSumOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    Builder &b = kernel.b;
    ArrayRef<Value> sizes(kernel.destination().sizes);
    Value inner = product(b, sizes.drop_front(op_.getAxis() + 1));
    return {product(b, sizes.take_front(op_.getAxis())), ceilDiv(b, inner, constantIndex(b, lanesOf(kernel, inner)))};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    Builder &b = kernel.b;
    const Buffer &in = kernel.buffer(op_.getInput()), &out = kernel.destination();
    ArrayRef<Value> sizes(out.sizes);
    Value inner = product(b, sizes.drop_front(op_.getAxis() + 1)), length = sizes[op_.getAxis()];
    int lanes = lanesOf(kernel, inner);
    Type element = registerType(out.element), type = lanes > 1 ? Type(VectorType::get({lanes}, element)) : element;
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type)), one = constantIndex(b, 1);
    itemLoop(b, begin, end, items(kernel), [&](ValueRange item) {
      Value column = mul(b, item[1], constantIndex(b, lanes));
      Value mask = lanes > 1 ? firstLanes(b, sub(b, inner, column), lanes) : Value();
      forLoopCarrying(b, constantIndex(b, 0), length, 1, zero, [&](Value step, ValueRange sum) -> SmallVector<Value> {
        Value at = op_.getReverse() ? sub(b, sub(b, length, one), step) : step;
        Value offset = add(b, mul(b, add(b, mul(b, item[0], length), at), inner), column);
        Value x = lanes > 1 ? loadVector(b, in, offset, lanes, mask) : loadScalar(b, in, offset);
        Value next =
            isa<FloatType>(element) ? Value(arith::AddFOp::create(b, sum[0], x)) : arith::AddIOp::create(b, sum[0], x);
        Value stored = op_.getExclusive() ? sum[0] : next;
        if (lanes > 1)
          storeVector(b, out, offset, stored, mask);
        else
          storeScalar(b, out, offset, stored);
        return {next};
      });
    });
    return success();
  }

private:
  static int lanesOf(Kernel &kernel, Value inner) { return constantOf(inner) == 1 ? 1 : kernel.lanes(); }

  kernel::CumSumOp op_;
};

class TopKEmitter : public RootEmitter {
public:
  explicit TopKEmitter(kernel::TopKOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    return {product(kernel.b, ArrayRef<Value>(kernel.destination().sizes).drop_back())};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    Builder &b = kernel.b;
    const Buffer &keys = kernel.buffer(op_.getKeys()), &out = kernel.destination();
    Value n = keys.sizes.back(), k = out.sizes.back();
    auto wide = [&](Value index) -> Value { return arith::IndexCastOp::create(b, b.getI64Type(), index); };
    forLoop(b, begin, end, 1, [&](Value row) {
      kernel.call("top_k", {address(b, keys, mul(b, row, n)), wide(n), wide(k), address(b, out, mul(b, row, k))});
    });
    return success();
  }

private:
  kernel::TopKOp op_;
};

// `out` starts as the eligible boxes; each that stays takes those behind it out which it covers too much of.
class SuppressEmitter : public RootEmitter {
public:
  explicit SuppressEmitter(kernel::SuppressOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    return {product(kernel.b, ArrayRef<Value>(kernel.destination().sizes).drop_back())};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    Builder &b = kernel.b;
    const Buffer &boxes = kernel.buffer(op_.getBoxes()), &eligible = kernel.buffer(op_.getEligible()),
                 &out = kernel.destination();
    int lanes = kernel.lanes();
    Value zero = constantIndex(b, 0), one = constantIndex(b, 1), n = out.sizes.back();
    Value most = arith::IndexCastOp::create(b, b.getIndexType(), loadScalar(b, kernel.buffer(op_.getMost()), zero));
    Value threshold = splat(b, loadScalar(b, kernel.buffer(op_.getThreshold()), zero), lanes);
    forLoop(b, begin, end, 1, [&](Value row) {
      Value base = mul(b, row, n), sides = mul(b, base, constantIndex(b, 4));
      auto side = [&](int64_t i, Value at) { return add(b, sides, add(b, mul(b, constantIndex(b, i), n), at)); };
      vectorLoop(b, zero, n, lanes, [&](Value i, Value mask) {
        storeVector(b, out, add(b, base, i), loadVector(b, eligible, add(b, base, i), lanes, mask), mask);
      });
      forLoopCarrying(b, zero, n, 1, zero, [&](Value i, ValueRange stayed) -> SmallVector<Value> {
        Value alive = loadScalar(b, out, add(b, base, i)), room = less(b, stayed[0], most);
        Value stays = arith::AndIOp::create(b, alive, room);
        storeScalar(b, out, add(b, base, i), stays);
        branch(b, stays, [&] {
          SmallVector<Value> mine;
          for (int64_t s = 0; s < 4; ++s)
            mine.push_back(splat(b, loadScalar(b, boxes, side(s, i)), lanes));
          vectorLoop(b, add(b, i, one), n, lanes, [&](Value j, Value mask) {
            SmallVector<Value> other;
            for (int64_t s = 0; s < 4; ++s)
              other.push_back(loadVector(b, boxes, side(s, j), lanes, mask));
            Value at = add(b, base, j), before = loadVector(b, out, at, lanes, mask);
            Value covered = overlaps(b, mine, other, threshold, lanes);
            storeVector(b, out, at, arith::SelectOp::create(b, covered, splat(b, falseBit(b), lanes), before), mask);
          });
        });
        Value counted = arith::SelectOp::create(b, stays, one, zero);
        return {arith::AddIOp::create(b, stayed[0], counted)};
      });
    });
    return success();
  }

private:
  static Value falseBit(Builder &b) { return arith::ConstantOp::create(b, b.getBoolAttr(false)); }

  // Intersection over union above the threshold. Boxes without an area overlap with nothing.
  static Value overlaps(Builder &b, ArrayRef<Value> x, ArrayRef<Value> y, Value threshold, int lanes) {
    auto sub = [&](Value p, Value q) -> Value { return arith::SubFOp::create(b, p, q); };
    auto mul = [&](Value p, Value q) -> Value { return arith::MulFOp::create(b, p, q); };
    auto largest = [&](Value p, Value q) -> Value { return arith::MaximumFOp::create(b, p, q); };
    auto least = [&](Value p, Value q) -> Value { return arith::MinimumFOp::create(b, p, q); };
    Value zero = number(b, 0, lanes);
    auto above = [&](Value p, Value q) -> Value { return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, p, q); };
    auto both = [&](Value p, Value q) -> Value { return arith::AndIOp::create(b, p, q); };
    Value height = sub(least(x[2], y[2]), largest(x[0], y[0])), width = sub(least(x[3], y[3]), largest(x[1], y[1]));
    auto area = [&](ArrayRef<Value> box) { return mul(sub(box[3], box[1]), sub(box[2], box[0])); };
    Value common = mul(width, height), mine = area(x), other = area(y);
    Value together = sub(arith::AddFOp::create(b, mine, other), common);
    Value real = both(both(above(height, zero), above(width, zero)),
                      both(both(above(mine, zero), above(other, zero)), above(together, zero)));
    return both(real, above(arith::DivFOp::create(b, common, together), threshold));
  }

  kernel::SuppressOp op_;
};

} // namespace

std::unique_ptr<RootEmitter> orderEmitter(Operation *op) {
  if (auto cumsum = dyn_cast<kernel::CumSumOp>(op))
    return std::make_unique<CumSumEmitter>(cumsum);
  if (auto topK = dyn_cast<kernel::TopKOp>(op))
    return std::make_unique<TopKEmitter>(topK);
  return std::make_unique<SuppressEmitter>(cast<kernel::SuppressOp>(op));
}

} // namespace mlc::codegen
