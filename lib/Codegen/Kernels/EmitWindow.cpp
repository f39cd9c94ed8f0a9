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
#include <tuple>

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
      // Where all windows of some neighbours lie inside, they share what they read; the columns before and after, or
      // all of a row at the border, go one by one.
      Value zero = constantIndex(b, 0), width = out.sizes[2], first = width, last = width;
      if (isSmall()) {
        int64_t together = neighbours();
        std::tie(first, last) = innerColumns(b, width);
        Value enough =
            arith::CmpIOp::create(b, arith::CmpIPredicate::sge, sub(b, last, first), constantIndex(b, together));
        Value some = arith::AndIOp::create(b, rows.whole, enough);
        first = arith::SelectOp::create(b, some, first, width);
        last = arith::SelectOp::create(b, some, last, width);
        forLoop(b, first, last, together, [&](Value column) {
          // The last ones start earlier: some are computed twice, to the same bits.
          Value from = minimum(b, column, sub(b, last, constantIndex(b, together)));
          channels(b, out.sizes[3], [&](Value channel, int lanes, Value mask) {
            points(item, rows, from, together, channel, lanes, mask);
          });
        });
      }
      forLoop(b, zero, constantIndex(b, 2), 1, [&](Value side) {
        Value isFirst = equal(b, side, zero);
        Value from = arith::SelectOp::create(b, isFirst, zero, last);
        Value to = arith::SelectOp::create(b, isFirst, first, width);
        forLoop(b, from, to, 1, [&](Value column) {
          Range columns = clip(b, column, 1);
          SmallVector<Value> at{item[0], item[1], column};
          channels(b, out.sizes[3],
                   [&](Value channel, int lanes, Value mask) { point(at, rows, columns, channel, lanes, mask); });
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
    range.whole = equal(b, all, taps);
    return range;
  }

  void channels(Builder &b, Value count, function_ref<void(Value, int, Value)> body) {
    int lanes = kernel_->lanes();
    vectorLoop(b, constantIndex(b, 0), count, lanes, [&](Value i, Value mask) { body(i, lanes, mask); });
  }

  Value constantVector(Builder &b, Type element, TypedAttr value, int lanes) {
    return arith::ConstantOp::create(b, DenseElementsAttr::get(VectorType::get({lanes}, element), Attribute(value)));
  }

  Value inputAt(Builder &b, Value image, Value y, Value x, Value channel, int lanes, Value mask) {
    Value offset = mul(b, image, input_->strides[0]);
    offset = add(b, offset, mul(b, y, input_->strides[1]));
    offset = add(b, offset, mul(b, x, input_->strides[2]));
    return loadVector(b, *input_, add(b, offset, channel), lanes, mask);
  }

  // The weights of a tap; null for a pool.
  Value weightAt(Builder &b, Value i, Value j, Value channel, int lanes, Value mask) {
    auto conv = dyn_cast<kernel::DepthwiseOp>(op_);
    if (!conv)
      return {};
    const Buffer &weights = kernel_->buffer(conv.getWeights());
    Value from = add(b, add(b, mul(b, i, weights.strides[0]), mul(b, j, weights.strides[1])), channel);
    return loadWidened(b, weights, from, lanes, mask);
  }

  // acc after a tap.
  Value combine(Builder &b, Value acc, Value element, Value weight, int lanes) {
    if (auto pool = dyn_cast<kernel::PoolOp>(op_)) {
      if (pool.getKind() == "average")
        return arith::AddFOp::create(b, acc, element);
      Type type = input_->element;
      if (isa<FloatType>(type))
        return arith::MaximumFOp::create(b, acc, element);
      return type.isUnsignedInteger() ? arith::MaxUIOp::create(b, acc, element).getResult()
                                      : arith::MaxSIOp::create(b, acc, element).getResult();
    }
    if (isa<FloatType>(getElementTypeOrSelf(weight.getType())))
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

  // Unrolled where it is inside of the input.
  bool isSmall() const { return size_[0] * size_[1] <= 25; }

  // Windows that are computed together: their sums hide each other's latency, and registers hold them.
  int64_t neighbours() const {
    const ContractionRow *row = contractionRow(kernel_->target, kernel_->b.getF32Type());
    return row && row->m0 * row->vectorsPerRow() > 16 ? 8 : 4;
  }

  // The columns of the result whose windows lie inside.
  std::pair<Value, Value> innerColumns(Builder &b, Value width) {
    Value stride = constantIndex(b, stride_[1]), zero = constantIndex(b, 0);
    Value first = minimum(b, constantIndex(b, (before_[1] + stride_[1] - 1) / stride_[1]), width);
    Value reach = constantIndex(b, before_[1] - (size_[1] - 1) * dilation_[1] - 1);
    Value room = add(b, input_->sizes[2], reach); // where the last window may start
    Value last = add(b, div(b, maximum(b, room, zero), stride), constantIndex(b, 1));
    Value none = less(b, room, zero);
    last = arith::SelectOp::create(b, none, zero, minimum(b, last, width));
    return {first, maximum(b, last, first)};
  }

  // `count` neighbouring windows inside the input.
  void points(ValueRange item, const Range &rows, Value column, int64_t count, Value channel, int lanes, Value mask) {
    Builder &b = kernel_->b;
    SmallVector<Value> sums(count, start(b, channel, lanes, mask));
    Value origin = sub(b, mul(b, column, constantIndex(b, stride_[1])), constantIndex(b, before_[1]));
    for (int64_t i = 0; i < size_[0]; ++i) {
      Value y = add(b, rows.origin, constantIndex(b, i * dilation_[0]));
      llvm::DenseMap<int64_t, Value> loaded; // by distance from the first window's first column
      for (int64_t j = 0; j < size_[1]; ++j) {
        Value weight = weightAt(b, constantIndex(b, i), constantIndex(b, j), channel, lanes, mask);
        for (int64_t p = 0; p < count; ++p) {
          int64_t distance = p * stride_[1] + j * dilation_[1];
          Value element = loaded.lookup(distance);
          if (!element)
            element = loaded[distance] =
                inputAt(b, item[0], y, add(b, origin, constantIndex(b, distance)), channel, lanes, mask);
          sums[p] = combine(b, sums[p], element, weight, lanes);
        }
      }
    }
    for (int64_t p = 0; p < count; ++p) {
      if (isAverage()) {
        Value taps = arith::ConstantOp::create(b, b.getF32FloatAttr(static_cast<float>(size_[0] * size_[1])));
        sums[p] = arith::DivFOp::create(b, sums[p], splat(b, taps, lanes));
      }
      finish(*kernel_, {item[0], item[1], add(b, column, constantIndex(b, p))}, channel, sums[p], lanes, mask);
    }
  }

  void point(ArrayRef<Value> at, const Range &rows, const Range &columns, Value channel, int lanes, Value mask) {
    Builder &b = kernel_->b;
    auto place = [&](const Range &range, int axis, Value t) {
      return add(b, range.origin, mul(b, t, constantIndex(b, dilation_[axis])));
    };
    Value acc = start(b, channel, lanes, mask);
    acc = forLoopCarrying(b, rows.begin, rows.end, 1, acc, [&](Value i, ValueRange outer) {
      Value y = place(rows, 0, i);
      return forLoopCarrying(b, columns.begin, columns.end, 1, outer,
                             [&](Value j, ValueRange inner) -> SmallVector<Value> {
                               Value element = inputAt(b, at[0], y, place(columns, 1, j), channel, lanes, mask);
                               return {combine(b, inner[0], element, weightAt(b, i, j, channel, lanes, mask), lanes)};
                             });
    })[0];
    if (isAverage()) {
      bool includePad = cast<kernel::PoolOp>(op_).getCountIncludePad();
      acc = arith::DivFOp::create(b, acc, splat(b, windowCount(rows, columns, includePad), lanes));
    }
    finish(*kernel_, at, channel, acc, lanes, mask);
  }

  bool isAverage() const {
    auto pool = dyn_cast<kernel::PoolOp>(op_);
    return pool && pool.getKind() == "average";
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
