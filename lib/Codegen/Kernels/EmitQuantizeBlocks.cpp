// Rows of f32 as i8 with a scale for each block: what products with weights of 4 bits read.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class QuantizeBlocksEmitter : public RootEmitter {
public:
  explicit QuantizeBlocksEmitter(kernel::QuantizeBlocksOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    const Buffer &out = kernel.destination();
    return {product(kernel.b, ArrayRef<Value>(out.sizes).drop_back())};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    kernel_ = &kernel;
    Builder &b = kernel.b;
    int64_t rowBytes = op_.getOut().getType().getShape().back(), block = op_.getBlock();
    int64_t stride = block + kernel::QuantizeBlocksOp::kTrailer, blocks = rowBytes / stride;
    const Buffer &in = kernel.buffer(op_.getInput());
    Value depth = in.sizes.back();
    // Blocks that are full whatever the row's length turns out to be: its blocks are known.
    int64_t full = constantOf(depth) == blocks * block ? blocks : blocks - 1;
    forLoop(b, begin, end, 1, [&](Value row) {
      Value from = mul(b, row, depth), to = mul(b, row, index(rowBytes));
      forLoop(b, index(0), index(full), 1, [&](Value i) {
        quantize(add(b, from, mul(b, i, index(block))), add(b, to, mul(b, i, index(stride))), {});
      });
      if (full < blocks)
        quantize(add(b, from, index(full * block)), add(b, to, index(full * stride)),
                 sub(b, depth, index(full * block)));
    });
    return success();
  }

private:
  Value index(int64_t value) { return constantIndex(kernel_->b, value); }

  // `count`: elements that the row has of the block; null: all.
  void quantize(Value from, Value to, Value count) {
    Builder &b = kernel_->b;
    const Buffer &in = kernel_->buffer(op_.getInput()), &out = kernel_->destination();
    int64_t block = op_.getBlock();
    int lanes = static_cast<int>(std::min<int64_t>(kernel_->lanes(), block));
    auto integers = VectorType::get({lanes}, b.getI32Type());
    SmallVector<Value> values;
    Value most;
    for (int64_t i = 0; i < block; i += lanes) {
      Value mask;
      if (count)
        mask = firstLanes(b, maximum(b, sub(b, count, index(i)), index(0)), lanes);
      Value x = loadVector(b, in, add(b, from, index(i)), lanes, mask), size = math::AbsFOp::create(b, x);
      values.push_back(x);
      most = most ? arith::MaximumFOp::create(b, most, size).getResult() : size;
    }
    Value largest =
        combineLanes(b, most, [&](Value x, Value y) -> Value { return arith::MaximumFOp::create(b, x, y); });
    Value top = number(b, 127, 1), zero = number(b, 0, 1);
    Value isZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, largest, zero);
    Value inverse = arith::SelectOp::create(b, isZero, zero, arith::DivFOp::create(b, top, largest));
    Value factor = splat(b, inverse, lanes), sum;
    for (auto [i, x] : llvm::enumerate(values)) {
      Value rounded = math::RoundEvenOp::create(b, arith::MulFOp::create(b, x, factor));
      Value q = arith::FPToSIOp::create(b, integers, rounded);
      Value bytes = arith::TruncIOp::create(b, VectorType::get({lanes}, b.getI8Type()), q);
      storeVector(b, out, add(b, to, index(static_cast<int64_t>(i) * lanes)), bytes, {});
      sum = sum ? arith::AddIOp::create(b, sum, q).getResult() : q;
    }
    Value total = combineLanes(b, sum, [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, x, y); });
    auto store = [&](int64_t place, Value value) {
      LLVM::StoreOp::create(b, value, address(b, out, add(b, to, index(block + place))), /*alignment=*/1);
    };
    store(kernel::QuantizeBlocksOp::kScale, arith::DivFOp::create(b, largest, top));
    store(kernel::QuantizeBlocksOp::kSum, total);
  }

  kernel::QuantizeBlocksOp op_;
  Kernel *kernel_ = nullptr;
};

} // namespace

std::unique_ptr<RootEmitter> quantizeBlocksEmitter(kernel::QuantizeBlocksOp op) {
  return std::make_unique<QuantizeBlocksEmitter>(op);
}

} // namespace mlc::codegen
