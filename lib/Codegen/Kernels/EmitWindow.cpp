// Kernels that slide a window over each channel by itself: depthwise convolution and pooling. Vectors run over
// channels; at the border the window is clipped.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;

namespace mlc::codegen {
namespace {

class WindowEmitter : public RootEmitter {
public:
  explicit WindowEmitter(Operation *op) : op_(op) {
    if (auto conv = dyn_cast<kernel::DepthwiseOp>(op)) {
      auto weights = cast<RankedTensorType>(conv.getWeights().getType());
      size_ = {weights.getDimSize(0), weights.getDimSize(1)};
      read(conv);
    } else {
      auto pool = cast<kernel::PoolOp>(op);
      size_ = {pool.getKernel()[0], pool.getKernel()[1]};
      read(pool);
    }
  }

  // A row of the output is an item.
  SmallVector<Value> items(Kernel &kernel) override {
    const Buffer &out = kernel.destination();
    return {out.sizes[0], out.sizes[1]};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    Builder &b = kernel.b;
    kernel_ = &kernel;
    input_ = &kernel.buffer(op_->getOperand(0));
    const Buffer &out = kernel.destination();
    itemLoop(b, begin, end, items(kernel), [&](ValueRange item) {
      Range rows = clip(b, item[1], 0);
      forLoop(b, constantIndex(b, 0), out.sizes[2], 1, [&](Value column) {
        Range columns = clip(b, column, 1);
        // Most windows lie inside: their loops are unrolled.
        Value inside = arith::AndIOp::create(b, rows.whole, columns.whole);
        SmallVector<Value> at{item[0], item[1], column};
        channels(b, out.sizes[3], [&](Value channel, int lanes, Value mask) {
          bool small = size_[0] * size_[1] <= 25;
          if (!small)
            return point(at, rows, columns, channel, lanes, mask, false);
          branch(
              b, inside, [&] { point(at, rows, columns, channel, lanes, mask, true); },
              [&] { point(at, rows, columns, channel, lanes, mask, false); });
        });
      });
    });
    return success();
  }

private:
  template <typename Op> void read(Op op) {
    for (int i = 0; i < 2; ++i) {
      stride_[i] = op.getStrides()[i];
      dilation_[i] = op.getDilations()[i];
      before_[i] = op.getPads()[i];
      after_[i] = op.getPads()[i + 2];
    }
  }

  // Taps [begin, end) of the window at one output place that lie in the input; `origin` is where tap 0 stands.
  struct Range {
    Value begin, end, origin, whole;
  };

  Range clip(Builder &b, Value place, int axis) {
    Value size = input_->sizes[axis + 1], zero = constantIndex(b, 0);
    Value origin = sub(b, mul(b, place, constantIndex(b, stride_[axis])), constantIndex(b, before_[axis]));
    Value taps = constantIndex(b, size_[axis]), dilation = constantIndex(b, dilation_[axis]);
    // ceil(-origin / dilation) and ceil((size - origin) / dilation), within [0, taps].
    auto up = [&](Value distance) -> Value {
      Value positive = maximum(b, distance, zero);
      return minimum(b, ceilDiv(b, positive, dilation), taps);
    };
    Range range;
    range.origin = origin;
    range.begin = up(sub(b, zero, origin));
    range.end = maximum(b, up(sub(b, size, origin)), range.begin);
    Value all = sub(b, range.end, range.begin);
    range.whole = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, all, taps);
    return range;
  }

  void channels(Builder &b, Value count, function_ref<void(Value, int, Value)> body) {
    int lanes = kernel_->lanes();
    vectorLoop(b, constantIndex(b, 0), count, lanes, [&](Value i, Value mask) { body(i, lanes, mask); });
  }

  Value constantVector(Builder &b, Type element, TypedAttr value, int lanes) {
    return arith::ConstantOp::create(b, DenseElementsAttr::get(VectorType::get({lanes}, element), Attribute(value)));
  }

  // acc after the tap (i, j).
  Value tap(Builder &b, Value acc, ArrayRef<Value> at, Value y, Value x, Value i, Value j, Value channel, int lanes,
            Value mask) {
    Value offset = mul(b, at[0], input_->strides[0]);
    offset = add(b, offset, mul(b, y, input_->strides[1]));
    offset = add(b, offset, mul(b, x, input_->strides[2]));
    Value element = loadVector(b, *input_, add(b, offset, channel), lanes, mask);
    if (auto pool = dyn_cast<kernel::PoolOp>(op_)) {
      if (pool.getKind() == "average")
        return arith::AddFOp::create(b, acc, element);
      Type type = input_->element;
      if (isa<FloatType>(type))
        return arith::MaximumFOp::create(b, acc, element);
      return type.isUnsignedInteger() ? arith::MaxUIOp::create(b, acc, element).getResult()
                                      : arith::MaxSIOp::create(b, acc, element).getResult();
    }
    auto conv = cast<kernel::DepthwiseOp>(op_);
    const Buffer &weights = kernel_->buffer(conv.getWeights());
    Value from = add(b, add(b, mul(b, i, weights.strides[0]), mul(b, j, weights.strides[1])), channel);
    Value weight = loadVector(b, weights, from, lanes, mask);
    if (isa<FloatType>(weights.element))
      return math::FmaOp::create(b, element, weight, acc);
    Type wide = VectorType::get({lanes}, b.getI32Type());
    Value left = arith::SubIOp::create(b, arith::ExtUIOp::create(b, wide, element), splat(b, zeroPoint(b), lanes));
    return arith::AddIOp::create(b, acc, arith::MulIOp::create(b, left, arith::ExtSIOp::create(b, wide, weight)));
  }

  Value zeroPoint(Builder &b) {
    auto conv = cast<kernel::DepthwiseOp>(op_);
    if (!conv.getZeroPoint())
      return arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    Value zero = loadScalar(b, kernel_->buffer(conv.getZeroPoint()), constantIndex(b, 0));
    return arith::ExtUIOp::create(b, b.getI32Type(), zero);
  }

  Value start(Builder &b, Value channel, int lanes, Value mask) {
    if (auto conv = dyn_cast<kernel::DepthwiseOp>(op_)) {
      if (conv.getInit())
        return loadVector(b, kernel_->buffer(conv.getInit()), channel, lanes, mask);
      Type type = cast<RankedTensorType>(conv.getResult().getType()).getElementType();
      return constantVector(b, type, cast<TypedAttr>(b.getZeroAttr(type)), lanes);
    }
    Type type = registerType(input_->element);
    if (cast<kernel::PoolOp>(op_).getKind() == "average")
      return constantVector(b, type, cast<TypedAttr>(b.getZeroAttr(type)), lanes);
    if (isa<FloatType>(type))
      return constantVector(b, type, b.getFloatAttr(type, -std::numeric_limits<double>::infinity()), lanes);
    unsigned width = type.getIntOrFloatBitWidth();
    APInt low = input_->element.isUnsignedInteger() ? APInt::getMinValue(width) : APInt::getSignedMinValue(width);
    return constantVector(b, type, b.getIntegerAttr(type, low), lanes);
  }

  void point(ArrayRef<Value> at, const Range &rows, const Range &columns, Value channel, int lanes, Value mask,
             bool unrolled) {
    Builder &b = kernel_->b;
    Value acc = start(b, channel, lanes, mask);
    auto place = [&](const Range &range, int axis, Value t) {
      return add(b, range.origin, mul(b, t, constantIndex(b, dilation_[axis])));
    };
    if (unrolled) {
      for (int64_t i = 0; i < size_[0]; ++i)
        for (int64_t j = 0; j < size_[1]; ++j) {
          Value ti = constantIndex(b, i), tj = constantIndex(b, j);
          acc = tap(b, acc, at, place(rows, 0, ti), place(columns, 1, tj), ti, tj, channel, lanes, mask);
        }
    } else {
      acc = forLoopCarrying(b, rows.begin, rows.end, 1, acc, [&](Value ti, ValueRange outer) {
        Value y = place(rows, 0, ti);
        return forLoopCarrying(b, columns.begin, columns.end, 1, outer,
                               [&](Value tj, ValueRange inner) -> SmallVector<Value> {
                                 return {tap(b, inner[0], at, y, place(columns, 1, tj), ti, tj, channel, lanes, mask)};
                               });
      })[0];
    }
    if (auto pool = dyn_cast<kernel::PoolOp>(op_); pool && pool.getKind() == "average")
      acc = arith::DivFOp::create(b, acc, splat(b, windowCount(rows, columns, pool.getCountIncludePad()), lanes));
    finish(*kernel_, at, channel, acc, lanes, mask);
  }

  // Elements that an average divides by, as f32.
  Value windowCount(const Range &rows, const Range &columns, bool includePad) {
    Builder &b = kernel_->b;
    auto count = [&](const Range &range, int axis) -> Value {
      if (!includePad)
        return sub(b, range.end, range.begin);
      // Padding counts, but not what a rounded-up output size reaches beyond it.
      Value limit = add(b, input_->sizes[axis + 1], constantIndex(b, after_[axis]));
      Value reach =
          ceilDiv(b, maximum(b, sub(b, limit, range.origin), constantIndex(b, 0)), constantIndex(b, dilation_[axis]));
      return minimum(b, reach, constantIndex(b, size_[axis]));
    };
    Value total = mul(b, count(rows, 0), count(columns, 1));
    return arith::SIToFPOp::create(b, b.getF32Type(), arith::IndexCastOp::create(b, b.getI32Type(), total));
  }

  Operation *op_;
  Kernel *kernel_ = nullptr;
  const Buffer *input_ = nullptr;
  std::array<int64_t, 2> size_, stride_, dilation_, before_, after_;
};

} // namespace

std::unique_ptr<RootEmitter> windowEmitter(Operation *op) { return std::make_unique<WindowEmitter>(op); }

} // namespace mlc::codegen
