// Kernels that go over one row several times: softmax, normalisation; and concatenation, which copies rows.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;

namespace mlc::codegen {
namespace {

class RowEmitter : public RootEmitter {
public:
  explicit RowEmitter(Operation *op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    const Buffer &out = kernel.destination();
    SmallVector<Value> outer(ArrayRef<Value>(out.sizes).drop_back());
    return {product(kernel.b, outer)};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    Builder &b = kernel.b;
    const Buffer &in = kernel.buffer(op_->getOperand(0)), &out = kernel.destination();
    Value length = out.sizes.back();
    forLoop(b, begin, end, 1, [&](Value row) {
      Value base = mul(b, row, length);
      if (auto softmax = dyn_cast<kernel::SoftmaxOp>(op_))
        emitSoftmax(b, in, out, base, length, softmax.getLog());
      else
        emitNorm(kernel, cast<kernel::LayerNormOp>(op_), in, out, base, length);
    });
    return success();
  }

private:
  void emitSoftmax(Builder &b, const Buffer &in, const Buffer &out, Value base, Value length, bool log) {
    double infinity = std::numeric_limits<double>::infinity();
    Value top = rowLoop(b, length, number(b, -infinity, kRowLanes),
                        [&](Value i, Value mask, ValueRange acc) -> SmallVector<Value> {
                          Value x = loadVector(b, in, add(b, base, i), kRowLanes, mask);
                          return {arith::MaximumFOp::create(b, acc[0], x)};
                        })[0];
    Value largest = combineLanes(b, top, [&](Value x, Value y) -> Value { return arith::MaximumFOp::create(b, x, y); });
    Value shift = splat(b, largest, kRowLanes);
    Value sum =
        rowLoop(b, length, number(b, 0, kRowLanes), [&](Value i, Value mask, ValueRange acc) -> SmallVector<Value> {
          Value x = arith::SubFOp::create(b, loadVector(b, in, add(b, base, i), kRowLanes, mask), shift);
          Value e = math::ExpOp::create(b, x);
          storeVector(b, out, add(b, base, i), log ? x : e, mask);
          return {arith::AddFOp::create(b, acc[0], e)};
        })[0];
    Value total = sumLanes(b, sum);
    if (log)
      total = math::LogOp::create(b, total);
    Value divisor = splat(b, total, kRowLanes);
    rowLoop(b, length, {}, [&](Value i, Value mask, ValueRange) -> SmallVector<Value> {
      Value e = loadVector(b, out, add(b, base, i), kRowLanes, mask);
      Value y =
          log ? arith::SubFOp::create(b, e, divisor).getResult() : arith::DivFOp::create(b, e, divisor).getResult();
      storeVector(b, out, add(b, base, i), y, mask);
      return {};
    });
  }

  void emitNorm(Kernel &kernel, kernel::LayerNormOp op, const Buffer &in, const Buffer &out, Value base, Value length) {
    Builder &b = kernel.b;
    Value count = arith::SIToFPOp::create(b, b.getF32Type(), arith::IndexCastOp::create(b, b.getI64Type(), length));
    Value mean;
    if (!op.getRms()) {
      Value sum =
          rowLoop(b, length, number(b, 0, kRowLanes), [&](Value i, Value mask, ValueRange acc) -> SmallVector<Value> {
            return {arith::AddFOp::create(b, acc[0], loadVector(b, in, add(b, base, i), kRowLanes, mask))};
          })[0];
      mean = splat(b, arith::DivFOp::create(b, sumLanes(b, sum), count), kRowLanes);
    }
    auto centred = [&](Value i, Value mask) -> Value {
      Value x = loadVector(b, in, add(b, base, i), kRowLanes, mask);
      return mean ? arith::SubFOp::create(b, x, mean).getResult() : x;
    };
    Value squares =
        rowLoop(b, length, number(b, 0, kRowLanes), [&](Value i, Value mask, ValueRange acc) -> SmallVector<Value> {
          Value d = centred(i, mask);
          return {arith::AddFOp::create(b, acc[0], arith::MulFOp::create(b, d, d))};
        })[0];
    Value variance = arith::DivFOp::create(b, sumLanes(b, squares), count);
    Value epsilon = number(b, op.getEpsilon().convertToDouble(), 1);
    Value deviation = math::SqrtOp::create(b, arith::AddFOp::create(b, variance, epsilon));
    Value inverse = splat(b, arith::DivFOp::create(b, number(b, 1, 1), deviation), kRowLanes);
    const Buffer &scale = kernel.buffer(op.getScale());
    rowLoop(b, length, {}, [&](Value i, Value mask, ValueRange) -> SmallVector<Value> {
      Value y = arith::MulFOp::create(b, centred(i, mask), inverse);
      y = arith::MulFOp::create(b, y, loadVector(b, scale, i, kRowLanes, mask));
      if (op.getBias())
        y = arith::AddFOp::create(b, y, loadVector(b, kernel.buffer(op.getBias()), i, kRowLanes, mask));
      storeVector(b, out, add(b, base, i), y, mask);
      return {};
    });
  }

  Operation *op_;
};

class ConcatEmitter : public RootEmitter {
public:
  explicit ConcatEmitter(kernel::ConcatOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    const Buffer &out = kernel.destination();
    return {product(kernel.b, ArrayRef<Value>(out.sizes).take_front(op_.getAxis()))};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    Builder &b = kernel.b;
    const Buffer &out = kernel.destination();
    size_t axis = op_.getAxis();
    Value width = product(b, ArrayRef<Value>(out.sizes).drop_front(axis));
    int lanes = kernel.lanes();
    forLoop(b, begin, end, 1, [&](Value row) {
      Value to = mul(b, row, width);
      for (Value operand : op_.getInputs()) {
        const Buffer &in = kernel.buffer(operand);
        Value length = product(b, ArrayRef<Value>(in.sizes).drop_front(axis));
        Value from = mul(b, row, length);
        auto copy = [&](Value i, Value mask) {
          storeVector(b, out, add(b, to, i), loadVector(b, in, add(b, from, i), lanes, mask), mask);
        };
        Value whole = mul(b, div(b, length, constantIndex(b, lanes)), constantIndex(b, lanes));
        forLoop(b, constantIndex(b, 0), whole, lanes, [&](Value i) { copy(i, {}); });
        Value rest = sub(b, length, whole);
        if (constantOf(rest) != 0)
          copy(whole, firstLanes(b, rest, lanes));
        to = add(b, to, length);
      }
    });
    return success();
  }

private:
  kernel::ConcatOp op_;
};

} // namespace

std::unique_ptr<RootEmitter> rowEmitter(Operation *op) {
  if (auto concat = dyn_cast<kernel::ConcatOp>(op))
    return std::make_unique<ConcatEmitter>(concat);
  return std::make_unique<RowEmitter>(op);
}

} // namespace mlc::codegen
