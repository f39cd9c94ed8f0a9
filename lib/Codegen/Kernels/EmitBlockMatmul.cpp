// Products with weights of 4 bits, which are unpacked in registers: a few rows by two vectors of columns at a time, so
// that a lone row runs at the speed at which its weights come from memory.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class BlockMatmulEmitter : public RootEmitter {
public:
  explicit BlockMatmulEmitter(kernel::BlockMatmulOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    analyse(kernel);
    Builder &b = kernel.b;
    return {index((panels_ + vectors_ - 1) / vectors_), ceilDiv(b, rows_, index(height_))};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    SmallVector<Value> extents = items(kernel);
    if (op_.quantized() && !row_)
      return op_.emitError("no kernel of the target multiplies bytes by weights of 4 bits");
    Builder &b = kernel.b;
    itemLoop(b, begin, end, extents, [&](ValueRange item) {
      Value panel = mul(b, item[0], index(vectors_)), first = mul(b, item[1], index(height_));
      int64_t last = panels_ % vectors_;
      auto all = [&] { rows(panel, first, vectors_); };
      if (last == 0)
        return all();
      if (panels_ < vectors_)
        return rows(panel, first, last);
      branch(b, less(b, item[0], index(panels_ / vectors_)), all, [&] { rows(panel, first, last); });
    });
    return success();
  }

private:
  Value index(int64_t value) { return constantIndex(kernel_->b, value); }

  void analyse(Kernel &kernel) {
    kernel_ = &kernel;
    Builder &b = kernel.b;
    row_ = kernel.target.nibbleRow();
    lhs_ = &kernel.buffer(op_.getLhs());
    weights_ = &kernel.buffer(op_.getWeights());
    scales_ = &kernel.buffer(op_.getScales());
    zeroPoints_ = op_.getZeroPoints() ? &kernel.buffer(op_.getZeroPoints()) : nullptr;
    ArrayRef<int64_t> packed = op_.getWeights().getType().getShape();
    panels_ = packed[0];
    groups_ = packed[1];
    lanes_ = packed[2];
    columns_ = op_.getOut().getType().getShape().back();
    rows_ = product(b, ArrayRef<Value>(kernel.destination().sizes).drop_back());
    vectors_ = std::min<int64_t>(2, panels_);
    // Sums of a block stand beside those of all blocks where they are integers.
    int64_t registers = kernel.target.arch == Arch::X86_64 && kernel.target.vectorBits < 512 ? 16 : 32;
    int64_t sums = op_.quantized() ? 2 * vectors_ : vectors_;
    height_ = std::clamp<int64_t>((registers - 6) / sums, 1, 12);
    if (auto known = constantOf(rows_); known && *known > 0) {
      int64_t blocks = (*known + height_ - 1) / height_;
      height_ = (*known + blocks - 1) / blocks;
    }
  }

  // ---- rows of an item: a whole block, one that starts earlier (some rows are computed twice, to the same bits), or
  // where there are fewer, one by one, two and four.
  void rows(Value panel, Value first, int64_t vectors) {
    Builder &b = kernel_->b;
    auto emit = [&](Value row, int64_t count) { block(panel, row, count, vectors); };
    if (auto known = constantOf(rows_))
      return emit(minimum(b, first, index(*known - height_)), height_);
    Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::sle, index(height_), rows_);
    branch(
        b, fits, [&] { emit(minimum(b, first, sub(b, rows_, index(height_))), height_); },
        [&] {
          Value next = index(0);
          for (int64_t count = 8; count >= 1; count /= 2) {
            if (count >= height_)
              continue;
            Value bit = arith::AndIOp::create(b, rows_, index(count));
            Value from = next;
            branch(b, equal(b, bit, index(count)), [&] { emit(from, count); });
            next = add(b, next, bit);
          }
        });
  }

  // The index of a row in each dimension of the result but the last.
  SmallVector<Value> placeOf(Value row) {
    Builder &b = kernel_->b;
    ArrayRef<Value> sizes = kernel_->destination().sizes;
    SmallVector<Value> indices(sizes.size() - 1, index(0));
    // The dimensions lie side by side in the result; where that is all there is, the last may count them all.
    if (!kernel_->epilogue.op && !indices.empty()) {
      indices.back() = row;
      return indices;
    }
    for (size_t i = indices.size(); i-- > 0;) {
      bool outermost = llvm::all_of(sizes.take_front(i), [](Value size) { return constantOf(size) == 1; });
      if (outermost) {
        indices[i] = row;
        break;
      }
      indices[i] = rem(b, row, sizes[i]);
      row = div(b, row, sizes[i]);
    }
    return indices;
  }

  void block(Value panel, Value first, int64_t count, int64_t vectors) {
    Builder &b = kernel_->b;
    count_ = count;
    rowBases_.clear();
    Value width = lhs_->sizes.back();
    for (int64_t i = 0; i < count; ++i)
      rowBases_.push_back(mul(b, add(b, first, index(i)), width));
    panelAt_.clear();
    for (int64_t j = 0; j < vectors; ++j)
      panelAt_.push_back(add(b, panel, index(j)));
    SmallVector<Value> zeros(count * vectors, number(b, 0, lanes_));
    int64_t blocks = op_.blocks(), whole = op_.quantized() ? blocks : op_.getDepth() / op_.getBlock();
    SmallVector<Value> sums(zeros);
    if (whole > 0)
      sums = forLoopCarrying(b, index(0), index(whole), 1, sums,
                             [&](Value k, ValueRange carried) { return sumBlock(k, carried, op_.getBlock()); });
    if (whole < blocks)
      sums = sumBlock(index(whole), sums, op_.getDepth() % op_.getBlock());
    for (int64_t i = 0; i < count; ++i) {
      SmallVector<Value> place = placeOf(add(b, first, index(i)));
      for (int64_t j = 0; j < vectors; ++j)
        store(place, panelAt_[j], sums[i * vectors + j]);
    }
  }

  void store(ValueRange place, Value panel, Value sums) {
    Builder &b = kernel_->b;
    Value column = mul(b, panel, index(lanes_));
    int64_t rest = columns_ % lanes_;
    auto all = [&] { finish(*kernel_, place, column, sums, lanes_, {}); };
    auto some = [&] { finish(*kernel_, place, column, sums, lanes_, firstLanes(b, index(rest), lanes_)); };
    if (rest == 0)
      all();
    else if (panels_ == 1)
      some();
    else
      branch(b, less(b, panel, index(panels_ - 1)), all, some);
  }

  SmallVector<Value> sumBlock(Value k, ValueRange sums, int64_t depth) {
    return op_.quantized() ? integerBlock(k, sums) : floatBlock(k, sums, depth);
  }

  // [panel][block][lanes]
  Value perBlock(const Buffer &buffer, int64_t j, Value k) {
    Builder &b = kernel_->b;
    Value at = add(b, mul(b, panelAt_[j], index(op_.blocks())), k);
    return loadVector(b, buffer, mul(b, at, index(lanes_)), lanes_, {});
  }
  Value scaleOf(int64_t j, Value k) {
    Value scale = perBlock(*scales_, j, k);
    Type f32 = kernel_->b.getF32Type();
    auto type = cast<VectorType>(scale.getType());
    return type.getElementType() == f32 ? scale : arith::ExtFOp::create(kernel_->b, type.clone(f32), scale).getResult();
  }
  Value wide(Value bytes) {
    return arith::ExtUIOp::create(kernel_->b, VectorType::get({lanes_}, kernel_->b.getI32Type()), bytes);
  }
  Value constant(VectorType type, int64_t value) {
    Builder &b = kernel_->b;
    return arith::ConstantOp::create(b, DenseElementsAttr::get(type, b.getIntegerAttr(type.getElementType(), value)));
  }
  // Where the codes of group `group` of a panel start.
  Value codesAt(int64_t j, Value group) {
    Builder &b = kernel_->b;
    return mul(b, add(b, mul(b, panelAt_[j], index(groups_)), group), index(4 * lanes_));
  }

  // ---- activations in i8
  SmallVector<Value> integerBlock(Value k, ValueRange sums) {
    Builder &b = kernel_->b;
    using Quantize = kernel::QuantizeBlocksOp;
    int64_t block = op_.getBlock(), vectors = panelAt_.size();
    constexpr int64_t kGroup = kernel::BlockMatmulOp::kGroup, kUnrolled = 4;
    auto bytes = VectorType::get({4 * lanes_}, b.getI8Type()), integers = VectorType::get({lanes_}, b.getI32Type());
    Value start = mul(b, k, index(block + Quantize::kTrailer));
    auto trailer = [&](int64_t i, int64_t place, Type type) -> Value {
      Value at = add(b, add(b, rowBases_[i], start), index(block + place));
      return LLVM::LoadOp::create(b, type, address(b, *lhs_, at), /*alignment=*/1);
    };
    // Σ q (code - zero point) = Σ q code - zero point Σ q.
    SmallVector<Value> products;
    for (int64_t i = 0; i < count_; ++i) {
      Value total = trailer(i, Quantize::kSum, b.getI32Type());
      Value middle = arith::ConstantOp::create(b, b.getI32IntegerAttr(-kernel::BlockMatmulOp::kMiddle));
      Value offset = zeroPoints_ ? Value() : splat(b, arith::MulIOp::create(b, total, middle), lanes_);
      for (int64_t j = 0; j < vectors; ++j) {
        if (zeroPoints_) {
          Value zero = wide(perBlock(*zeroPoints_, j, k));
          zero = arith::SubIOp::create(b, constant(integers, 0), zero);
          products.push_back(arith::MulIOp::create(b, zero, splat(b, total, lanes_)));
        } else {
          products.push_back(offset);
        }
      }
    }
    Value firstGroup = mul(b, k, index(block / kGroup));
    auto step = [&](Value group, SmallVector<Value> &next) {
      SmallVector<Value> low, high;
      Value mask = constant(bytes, 15), shift = constant(bytes, 4);
      for (int64_t j = 0; j < vectors; ++j) {
        Value codes = loadVector(b, *weights_, codesAt(j, add(b, firstGroup, group)), 4 * lanes_, {});
        low.push_back(arith::AndIOp::create(b, codes, mask));
        high.push_back(arith::ShRUIOp::create(b, codes, shift));
      }
      Value at = add(b, start, mul(b, group, index(kGroup)));
      for (int64_t i = 0; i < count_; ++i) {
        Value from = add(b, rowBases_[i], at);
        for (auto [codes, offset] : {std::pair(&low, 0), std::pair(&high, 4)}) {
          Value x = row_->broadcast(b, address(b, *lhs_, add(b, from, index(offset))));
          for (int64_t j = 0; j < vectors; ++j) {
            Value &sum = next[i * vectors + j];
            sum = row_->multiplyAccumulate(b, sum, x, (*codes)[j]);
          }
        }
      }
    };
    int64_t groups = block / kGroup, unrolled = std::min(groups, kUnrolled);
    auto several = [&](Value group, ValueRange carried) {
      SmallVector<Value> next(carried);
      for (int64_t i = 0; i < unrolled; ++i)
        step(add(b, group, index(i)), next);
      return next;
    };
    products = groups == unrolled ? several(index(0), products)
                                  : forLoopCarrying(b, index(0), index(groups), unrolled, products, several);
    SmallVector<Value> next(sums), scales;
    for (int64_t j = 0; j < vectors; ++j)
      scales.push_back(scaleOf(j, k));
    for (int64_t i = 0; i < count_; ++i) {
      Value own = splat(b, trailer(i, Quantize::kScale, b.getF32Type()), lanes_);
      for (int64_t j = 0; j < vectors; ++j) {
        Value &sum = next[i * vectors + j];
        Value exact = arith::SIToFPOp::create(b, VectorType::get({lanes_}, b.getF32Type()), products[i * vectors + j]);
        sum = math::FmaOp::create(b, exact, arith::MulFOp::create(b, own, scales[j]), sum);
      }
    }
    return next;
  }

  // ---- activations in f32
  SmallVector<Value> floatBlock(Value k, ValueRange sums, int64_t depth) {
    Builder &b = kernel_->b;
    int64_t block = op_.getBlock(), vectors = panelAt_.size();
    constexpr int64_t kGroup = kernel::BlockMatmulOp::kGroup;
    auto integers = VectorType::get({lanes_}, b.getI32Type()), floats = VectorType::get({lanes_}, b.getF32Type());
    SmallVector<Value> scales, zeros;
    for (int64_t j = 0; j < vectors; ++j) {
      scales.push_back(scaleOf(j, k));
      if (zeroPoints_)
        zeros.push_back(wide(perBlock(*zeroPoints_, j, k)));
      else // 8 * scale is exact, and so is then (code - 8) * scale as a fused multiply-add
        zeros.push_back(arith::MulFOp::create(b, scales[j], number(b, -kernel::BlockMatmulOp::kMiddle, lanes_)));
    }
    Value firstGroup = mul(b, k, index(block / kGroup)), firstRow = mul(b, k, index(block));
    auto step = [&](Value group, SmallVector<Value> &next, int64_t taken) {
      SmallVector<Value> words;
      for (int64_t j = 0; j < vectors; ++j) {
        Value at = address(b, *weights_, codesAt(j, add(b, firstGroup, group)));
        words.push_back(LLVM::LoadOp::create(b, integers, at, /*alignment=*/1));
      }
      Value from = add(b, firstRow, mul(b, group, index(kGroup)));
      for (int64_t t = 0; t < taken; ++t) {
        SmallVector<Value> weights;
        for (int64_t j = 0; j < vectors; ++j) {
          Value code = arith::ShRUIOp::create(b, words[j], constant(integers, 8 * (t % 4) + 4 * (t / 4)));
          code = arith::AndIOp::create(b, code, constant(integers, 15));
          if (zeroPoints_) {
            Value real = arith::SIToFPOp::create(b, floats, arith::SubIOp::create(b, code, zeros[j]));
            weights.push_back(arith::MulFOp::create(b, real, scales[j]));
          } else {
            weights.push_back(math::FmaOp::create(b, arith::SIToFPOp::create(b, floats, code), scales[j], zeros[j]));
          }
        }
        for (int64_t i = 0; i < count_; ++i) {
          Value x = splat(b, loadScalar(b, *lhs_, add(b, add(b, rowBases_[i], from), index(t))), lanes_);
          for (int64_t j = 0; j < vectors; ++j) {
            Value &sum = next[i * vectors + j];
            sum = math::FmaOp::create(b, x, weights[j], sum);
          }
        }
      }
    };
    SmallVector<Value> next(sums);
    int64_t whole = depth / kGroup;
    if (whole > 0)
      next = forLoopCarrying(b, index(0), index(whole), 1, next, [&](Value group, ValueRange carried) {
        SmallVector<Value> inner(carried);
        step(group, inner, kGroup);
        return inner;
      });
    if (depth % kGroup)
      step(index(whole), next, depth % kGroup);
    return next;
  }

  kernel::BlockMatmulOp op_;
  Kernel *kernel_ = nullptr;
  const ContractionRow *row_ = nullptr; // of bytes by codes
  const Buffer *lhs_ = nullptr, *weights_ = nullptr, *scales_ = nullptr, *zeroPoints_ = nullptr;
  Value rows_;
  int64_t panels_ = 0, groups_ = 0, lanes_ = 1, columns_ = 0, vectors_ = 1, height_ = 1;
  // ---- of the block in hand
  int64_t count_ = 1;
  SmallVector<Value> rowBases_, panelAt_;
};

} // namespace

std::unique_ptr<RootEmitter> blockMatmulEmitter(kernel::BlockMatmulOp op) {
  return std::make_unique<BlockMatmulEmitter>(op);
}

} // namespace mlc::codegen
