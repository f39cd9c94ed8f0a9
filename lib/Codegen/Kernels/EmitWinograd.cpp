// Kernels of 3 x 3 convolutions in tiles of 4 x 4 outputs: 36 products where the definition has 144.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Codegen/Kernels/RegisterBlock.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

constexpr int64_t kOutputs = 4, kInputs = 6, kPlanes = kernel::WinogradOp::kPlanes;

// The points 0, ±a, ±b and infinity at which the polynomials are multiplied.
constexpr double a = 0.75, b = 1.5, a2 = a * a, b2 = b * b;

// The factor in every lane of a vector like x.
Value lanesOf(Builder &builder, double factor, Value x) {
  APFloat number = builder.getF32FloatAttr(static_cast<float>(factor)).getValue();
  return arith::ConstantOp::create(builder, DenseElementsAttr::get(cast<VectorType>(x.getType()), number));
}
// factor * x + z
Value fma(Builder &builder, double factor, Value x, Value z) {
  return math::FmaOp::create(builder, lanesOf(builder, factor, x), x, z);
}
Value scaled(Builder &builder, double factor, Value x) {
  return arith::MulFOp::create(builder, lanesOf(builder, factor, x), x);
}
Value plus(Builder &builder, Value x, Value y) { return arith::AddFOp::create(builder, x, y); }
Value minus(Builder &builder, Value x, Value y) { return arith::SubFOp::create(builder, x, y); }

using Transform = function_ref<SmallVector<Value>(Builder &, ArrayRef<Value>)>;

// Coefficients of the products of (x - point) over all points but one.
SmallVector<Value> transformInputs(Builder &builder, ArrayRef<Value> d) {
  Value even1 = fma(builder, -b2, d[2], d[4]), odd1 = fma(builder, -b2, d[1], d[3]);
  Value even2 = fma(builder, -a2, d[2], d[4]), odd2 = fma(builder, -a2, d[1], d[3]);
  return {fma(builder, a2 * b2, d[0], fma(builder, -(a2 + b2), d[2], d[4])),
          fma(builder, a, odd1, even1),
          fma(builder, -a, odd1, even1),
          fma(builder, b, odd2, even2),
          fma(builder, -b, odd2, even2),
          fma(builder, a2 * b2, d[1], fma(builder, -(a2 + b2), d[3], d[5]))};
}

// The values at the points, each divided by the product of that point's distances from the others.
SmallVector<Value> transformWeights(Builder &builder, ArrayRef<Value> g) {
  constexpr double atA = 1 / (2 * a2 * (a2 - b2)), atB = 1 / (2 * b2 * (b2 - a2));
  Value even1 = fma(builder, a2 * atA, g[2], scaled(builder, atA, g[0])), odd1 = scaled(builder, a * atA, g[1]);
  Value even2 = fma(builder, b2 * atB, g[2], scaled(builder, atB, g[0])), odd2 = scaled(builder, b * atB, g[1]);
  return {scaled(builder, 1 / (a2 * b2), g[0]), plus(builder, even1, odd1),  minus(builder, even1, odd1),
          plus(builder, even2, odd2),           minus(builder, even2, odd2), g[2]};
}

SmallVector<Value> transformSums(Builder &builder, ArrayRef<Value> m) {
  Value even1 = plus(builder, m[1], m[2]), odd1 = minus(builder, m[1], m[2]);
  Value even2 = plus(builder, m[3], m[4]), odd2 = minus(builder, m[3], m[4]);
  return {plus(builder, m[0], plus(builder, even1, even2)), fma(builder, b, odd2, scaled(builder, a, odd1)),
          fma(builder, b2, even2, scaled(builder, a2, even1)),
          fma(builder, b2 * b, odd2, fma(builder, a2 * a, odd1, m[5]))};
}

// Both dimensions of a rows x columns square of vectors, row-major.
SmallVector<Value> transformBoth(Builder &builder, ArrayRef<Value> square, int64_t from, int64_t to,
                                 Transform transform) {
  SmallVector<SmallVector<Value>> columns;
  for (int64_t j = 0; j < from; ++j) {
    SmallVector<Value> column;
    for (int64_t i = 0; i < from; ++i)
      column.push_back(square[i * from + j]);
    columns.push_back(transform(builder, column));
  }
  SmallVector<Value> result;
  for (int64_t i = 0; i < to; ++i) {
    SmallVector<Value> row;
    for (int64_t j = 0; j < from; ++j)
      row.push_back(columns[j][i]);
    llvm::append_range(result, transform(builder, row));
  }
  return result;
}

class WinogradEmitter : public RootEmitter {
public:
  explicit WinogradEmitter(kernel::WinogradOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    analyse(kernel);
    Builder &b = kernel.b;
    return {out_->sizes[0], ceilDiv(b, tileCount_, constantIndex(b, op_.getTiles())), constantIndex(b, blocks_)};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    SmallVector<Value> extents = items(kernel);
    Builder &b = kernel.b;
    placeScratch(kernel);
    Value blocks = constantIndex(b, blocks_);
    itemLoop(b, begin, end, extents, [&](ValueRange item) {
      Value image = item[0], block = item[2];
      Value firstTile = mul(b, item[1], constantIndex(b, op_.getTiles()));
      Value count = minimum(b, constantIndex(b, op_.getTiles()), sub(b, tileCount_, firstTile));
      // The blocks of columns follow each other and share the transformed inputs.
      Value number = add(b, mul(b, add(b, mul(b, image, extents[1]), item[1]), blocks), block);
      Value isNew = arith::OrIOp::create(b, equal(b, block, constantIndex(b, 0)), equal(b, number, begin));
      branch(b, isNew, [&] { inputs(image, firstTile, count); });
      auto whole = [&](int64_t vectors) { columns(block, image, firstTile, count, vectors); };
      int64_t rest = panels_ - (blocks_ - 1) * vectors_;
      if (rest == vectors_)
        whole(vectors_);
      else
        branch(b, less(b, block, constantIndex(b, blocks_ - 1)), [&] { whole(vectors_); }, [&] { whole(rest); });
    });
    return success();
  }

private:
  void analyse(Kernel &kernel) {
    Builder &b = kernel.b;
    kernel_ = &kernel;
    table_ = contractionRow(kernel.target, b.getF32Type());
    lanes_ = table_->lanes;
    in_ = &kernel.buffer(op_.getInput());
    weights_ = &kernel.buffer(op_.getWeights());
    init_ = op_.getInit() ? &kernel.buffer(op_.getInit()) : nullptr;
    out_ = &kernel.destination();
    channels_ = op_.getInput().getType().getDimSize(3);
    columns_ = op_.getOut().getType().getDimSize(3);
    depth_ = op_.getDepth();
    vectors_ = static_cast<int64_t>(op_.getColumns()) / lanes_;
    panels_ = (columns_ + lanes_ - 1) / lanes_;
    blocks_ = (panels_ + vectors_ - 1) / vectors_;
    Value four = constantIndex(b, kOutputs);
    tilesAcross_ = ceilDiv(b, out_->sizes[2], four);
    tileCount_ = mul(b, ceilDiv(b, out_->sizes[1], four), tilesAcross_);
    // As many rows of tiles in registers as accumulators allow.
    blockRows_ = table_->mostRows(vectors_);
    while (op_.getTiles() % blockRows_)
      --blockRows_;
  }

  void placeScratch(Kernel &kernel) {
    int64_t offset = 0;
    auto part = [&](int64_t plane) {
      Buffer buffer = kernel.scratchAt(offset, kernel.b.getF32Type());
      offset += 4 * kPlanes * plane;
      return buffer;
    };
    v_ = part(op_.inputPlane());
    u_ = part(op_.weightPlane());
    m_ = part(op_.sumPlane());
  }

  // Row and column of the first output of a tile.
  std::pair<Value, Value> corner(Value tile) {
    Builder &b = kernel_->b;
    Value four = constantIndex(b, kOutputs);
    return {mul(b, div(b, tile, tilesAcross_), four), mul(b, rem(b, tile, tilesAcross_), four)};
  }

  void inputs(Value image, Value firstTile, Value count) {
    Builder &b = kernel_->b;
    Value channels = constantIndex(b, channels_);
    forLoop(b, constantIndex(b, 0), count, 1, [&](Value tile) {
      auto [y, x] = corner(add(b, firstTile, tile));
      y = sub(b, y, constantIndex(b, op_.getPads()[0]));
      x = sub(b, x, constantIndex(b, op_.getPads()[1]));
      Value zero = constantIndex(b, 0), height = in_->sizes[1], width = in_->sizes[2];
      auto within = [&](Value at, Value size) -> Value {
        Value notBefore = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, at, zero);
        return arith::AndIOp::create(b, notBefore, less(b, at, size));
      };
      auto covered = [&](Value at, Value size) -> Value {
        return arith::AndIOp::create(b, within(at, size), within(add(b, at, constantIndex(b, kInputs - 1)), size));
      };
      Value base =
          add(b, mul(b, image, in_->strides[0]), add(b, mul(b, y, in_->strides[1]), mul(b, x, in_->strides[2])));
      Value row = mul(b, tile, constantIndex(b, op_.inputRow()));
      auto tileOf = [&](ArrayRef<Value> inside) {
        vectorLoop(b, zero, channels, lanes_, [&](Value channel, Value mask) {
          SmallVector<Value> square;
          for (int64_t i = 0; i < kInputs; ++i)
            for (int64_t j = 0; j < kInputs; ++j) {
              Value at = add(
                  b, add(b, base, channel),
                  add(b, mul(b, constantIndex(b, i), in_->strides[1]), mul(b, constantIndex(b, j), in_->strides[2])));
              Value lanesInside = inside.empty() ? Value() : inside[i * kInputs + j];
              if (mask && lanesInside)
                lanesInside = arith::AndIOp::create(b, mask, lanesInside);
              square.push_back(loadVector(b, *in_, at, lanes_, lanesInside ? lanesInside : mask));
            }
          SmallVector<Value> planes = transformBoth(b, square, kInputs, kInputs, transformInputs);
          for (auto [p, value] : llvm::enumerate(planes))
            storeVector(b, v_, add(b, add(b, row, channel), constantIndex(b, p * op_.inputPlane())), value, mask);
        });
      };
      Value interior = arith::AndIOp::create(b, covered(y, height), covered(x, width));
      branch(
          b, interior, [&] { tileOf({}); },
          [&] {
            // What lies outside reads as 0.
            SmallVector<Value> rows, columns, inside;
            for (int64_t i = 0; i < kInputs; ++i) {
              rows.push_back(within(add(b, y, constantIndex(b, i)), height));
              columns.push_back(within(add(b, x, constantIndex(b, i)), width));
            }
            auto type = VectorType::get({lanes_}, b.getI1Type());
            for (Value i : rows)
              for (Value j : columns)
                inside.push_back(vector::BroadcastOp::create(b, type, arith::AndIOp::create(b, i, j)));
            tileOf(inside);
          });
    });
  }

  // One block of columns of the result for `count` tiles.
  void columns(Value block, Value image, Value firstTile, Value count, int64_t vectors) {
    Builder &b = kernel_->b;
    Value zero = constantIndex(b, 0), depth = constantIndex(b, depth_);
    weights(block, zero, constantIndex(b, std::min(channels_, depth_)), vectors);
    products(zero, constantIndex(b, std::min(channels_, depth_)), count, vectors, /*first=*/true);
    if (channels_ > depth_)
      forLoop(b, depth, constantIndex(b, channels_), depth_, [&](Value from) {
        Value steps = minimum(b, depth, sub(b, constantIndex(b, channels_), from));
        weights(block, from, steps, vectors);
        products(from, steps, count, vectors, /*first=*/false);
      });
    outputs(block, image, firstTile, count, vectors);
  }

  // Packed: [panel][tap][channel][lane].
  void weights(Value block, Value from, Value steps, int64_t vectors) {
    Builder &b = kernel_->b;
    int64_t panelSize = 9 * channels_ * lanes_, width = op_.getColumns();
    Value panel = mul(b, block, constantIndex(b, vectors_));
    Value base = add(b, mul(b, panel, constantIndex(b, panelSize)), mul(b, from, constantIndex(b, lanes_)));
    forLoop(b, constantIndex(b, 0), steps, 1, [&](Value k) {
      Value row = mul(b, k, constantIndex(b, width)), at = add(b, base, mul(b, k, constantIndex(b, lanes_)));
      // One after the other, so that the lines of a row are written while they are near.
      for (int64_t v = 0; v < vectors; ++v) {
        SmallVector<Value> square;
        for (int64_t tap = 0; tap < 9; ++tap) {
          Value from = add(b, at, constantIndex(b, v * panelSize + tap * channels_ * lanes_));
          square.push_back(loadWidened(b, *weights_, from, lanes_, {}));
        }
        SmallVector<Value> planes = transformBoth(b, square, 3, kInputs, transformWeights);
        for (auto [p, value] : llvm::enumerate(planes))
          storeVector(b, u_, add(b, row, constantIndex(b, p * op_.weightPlane() + v * lanes_)), value, {});
      }
    });
  }

  // sums[plane][tile][column] (+)= inputs[plane][tile][channel] * weights[plane][channel][column]
  void products(Value from, Value steps, Value count, int64_t vectors, bool first) {
    Builder &b = kernel_->b;
    int64_t width = op_.getColumns();
    Value rows = constantIndex(b, blockRows_);
    forLoop(b, constantIndex(b, 0), constantIndex(b, kPlanes), 1, [&](Value plane) {
      Value lhsPlane = add(b, mul(b, plane, constantIndex(b, op_.inputPlane())), from);
      Value rhsPlane = mul(b, plane, constantIndex(b, op_.weightPlane()));
      Value sumPlane = mul(b, plane, constantIndex(b, op_.sumPlane()));
      forLoop(b, constantIndex(b, 0), ceilDiv(b, count, rows), 1, [&](Value block) {
        Value tile = mul(b, block, rows);
        Value lhs = add(b, lhsPlane, mul(b, tile, constantIndex(b, op_.inputRow())));
        Value sums = add(b, sumPlane, mul(b, tile, constantIndex(b, width)));
        auto place = [&](int64_t i, int64_t v) { return add(b, sums, constantIndex(b, i * width + v * lanes_)); };
        SmallVector<Value> accumulators;
        for (int64_t i = 0; i < blockRows_; ++i)
          for (int64_t v = 0; v < vectors; ++v)
            accumulators.push_back(
                first ? arith::ConstantOp::create(b, b.getZeroAttr(VectorType::get({lanes_}, b.getF32Type())))
                      : loadVector(b, m_, place(i, v), lanes_, {}));
        auto right = [&](Value k) {
          SmallVector<Value> loaded;
          for (int64_t v = 0; v < vectors; ++v)
            loaded.push_back(loadVector(
                b, u_, add(b, rhsPlane, add(b, mul(b, k, constantIndex(b, width)), constantIndex(b, v * lanes_))),
                lanes_, {}));
          return loaded;
        };
        auto left = [&](Value k, int64_t i) {
          return address(b, v_, add(b, add(b, lhs, k), constantIndex(b, i * op_.inputRow())));
        };
        SmallVector<const ContractionRow *> tables(vectors, table_);
        accumulators = sumOfProducts(b, steps, tables, accumulators, right, left);
        for (int64_t i = 0; i < blockRows_; ++i)
          for (int64_t v = 0; v < vectors; ++v)
            storeVector(b, m_, place(i, v), accumulators[i * vectors + v], {});
      });
    });
  }

  void outputs(Value block, Value image, Value firstTile, Value count, int64_t vectors) {
    Builder &b = kernel_->b;
    int64_t width = op_.getColumns();
    forLoop(b, constantIndex(b, 0), count, 1, [&](Value tile) {
      auto [y, x] = corner(add(b, firstTile, tile));
      Value right = sub(b, out_->sizes[2], x), below = sub(b, out_->sizes[1], y);
      Value four = constantIndex(b, kOutputs);
      Value fits = arith::AndIOp::create(b, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, right, four),
                                         arith::CmpIOp::create(b, arith::CmpIPredicate::sge, below, four));
      forLoop(b, constantIndex(b, 0), constantIndex(b, vectors), 1, [&](Value v) {
        Value within = mul(b, v, constantIndex(b, lanes_));
        Value column = add(b, mul(b, block, constantIndex(b, width)), within);
        Value mask;
        if (columns_ % lanes_)
          mask = firstLanes(b, sub(b, constantIndex(b, columns_), column), lanes_);
        SmallVector<Value> square;
        Value at = add(b, mul(b, tile, constantIndex(b, width)), within);
        for (int64_t p = 0; p < kPlanes; ++p)
          square.push_back(loadVector(b, m_, add(b, at, constantIndex(b, p * op_.sumPlane())), lanes_, {}));
        SmallVector<Value> results = transformBoth(b, square, kInputs, kOutputs, transformSums);
        if (init_) {
          Value bias = loadVector(b, *init_, column, lanes_, mask);
          for (Value &result : results)
            result = plus(b, result, bias);
        }
        auto store = [&](int64_t i, int64_t j) {
          finish(*kernel_, {image, add(b, y, constantIndex(b, i)), add(b, x, constantIndex(b, j))}, column,
                 results[i * kOutputs + j], lanes_, mask);
        };
        branch(
            b, fits,
            [&] {
              for (int64_t i = 0; i < kOutputs; ++i)
                for (int64_t j = 0; j < kOutputs; ++j)
                  store(i, j);
            },
            [&] {
              for (int64_t i = 0; i < kOutputs; ++i)
                for (int64_t j = 0; j < kOutputs; ++j) {
                  Value inside = arith::AndIOp::create(b, less(b, constantIndex(b, i), below),
                                                       less(b, constantIndex(b, j), right));
                  branch(b, inside, [&] { store(i, j); });
                }
            });
      });
    });
  }

  kernel::WinogradOp op_;
  Kernel *kernel_ = nullptr;
  const ContractionRow *table_ = nullptr;
  const Buffer *in_ = nullptr, *weights_ = nullptr, *init_ = nullptr, *out_ = nullptr;
  Buffer v_, u_, m_; // transformed inputs, weights, sums
  int64_t channels_ = 0, columns_ = 0, depth_ = 0, lanes_ = 1, vectors_ = 1, panels_ = 1, blocks_ = 1, blockRows_ = 1;
  Value tilesAcross_, tileCount_; // of one image
};

} // namespace

std::unique_ptr<RootEmitter> winogradEmitter(kernel::WinogradOp op) { return std::make_unique<WinogradEmitter>(op); }

} // namespace mlc::codegen
