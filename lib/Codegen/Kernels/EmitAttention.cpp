// Kernels of attention: scores, softmax and the product with the values in one pass over the keys, for blocks of
// queries.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Codegen/Kernels/RegisterBlock.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;

namespace mlc::codegen {
namespace {

using lowering::Attention;

class AttentionEmitter : public RootEmitter {
public:
  explicit AttentionEmitter(const Attention &attention) : a_(attention) {}

  SmallVector<Value> items(Kernel &kernel) override {
    analyse(kernel);
    SmallVector<Value> extents(batch_);
    extents.push_back(ceilDiv(kernel.b, queries_, maximum(kernel.b, blockQueries_, constantIndex(kernel.b, 1))));
    return extents;
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    SmallVector<Value> extents = items(kernel);
    if (!f32_)
      return a_.scores.emitError("no kernel of the target multiplies these element types");
    Builder &b = kernel.b;
    placeScratch(kernel);
    auto all = [&](bool lone) {
      lone_ = lone;
      table_ = lone ? f32_ : packed_;
      itemLoop(b, begin, end, extents, [&](ValueRange item) {
        indices_ = SmallVector<Value>(item.drop_back());
        firstQuery_ = mul(b, item.back(), blockQueries_);
        queryCount_ = minimum(b, blockQueries_, sub(b, queries_, firstQuery_));
        queryBlock();
      });
    };
    // One query reads keys and values once: packing them would double that.
    branch(b, equal(b, queries_, index(1)), [&] { all(true); }, [&] { all(false); });
    return success();
  }

private:
  // Operands with the offset of the batch in hand.
  struct Operand {
    const Buffer *buffer = nullptr;
    Value rows, columns;
  };

  Value index(int64_t value) { return constantIndex(kernel_->b, value); }
  int64_t rowsOfBlock() const { return lone_ ? 1 : blockRows_; }
  // Vectors of columns of a register block: a lone row needs many to hide the latency of a sum.
  int64_t vectorsOfBlock() const {
    constexpr int64_t kLoneVectors = 8;
    return lone_ ? kLoneVectors : table_->vectorsPerRow();
  }

  void analyse(Kernel &kernel) {
    Builder &b = kernel.b;
    kernel_ = &kernel;
    q_ = operand(a_.scores.getLhs());
    k_ = operand(a_.scores.getRhs());
    v_ = operand(a_.values.getRhs());
    queries_ = q_.rows;
    keys_ = k_.columns;
    depth_ = a_.depth();
    width_ = a_.width();
    f32_ = kernel.target.row(ElementKind::F32, ElementKind::F32);
    packed_ = contractionRow(kernel.target, a_);
    batch_.assign(q_.buffer->sizes.begin(), q_.buffer->sizes.end() - 2);
    if (!f32_)
      return;
    // Blocks of one size, in whole register blocks.
    blockRows_ = packed_->mostRows(packed_->vectorsPerRow());
    while (Attention::kQueries % blockRows_)
      --blockRows_;
    Value blocks = maximum(b, ceilDiv(b, queries_, index(Attention::kQueries)), index(1));
    Value each = ceilDiv(b, queries_, blocks);
    blockQueries_ = mul(b, ceilDiv(b, each, index(blockRows_)), index(blockRows_));
  }

  Operand operand(Value value) {
    const Buffer &buffer = kernel_->buffer(value);
    size_t rank = buffer.sizes.size();
    return {&buffer, buffer.sizes[rank - 2], buffer.sizes[rank - 1]};
  }

  // Of the current batch's matrix.
  Value start(const Operand &operand) {
    Builder &b = kernel_->b;
    Value offset = index(0);
    size_t count = operand.buffer->sizes.size() - 2; // 0: one matrix for all
    for (size_t i = 0; i < count; ++i)
      if (constantOf(operand.buffer->sizes[i]) != 1)
        offset = add(b, offset, mul(b, indices_[i], operand.buffer->strides[i]));
    return offset;
  }

  void placeScratch(Kernel &kernel) {
    Builder &b = kernel.b;
    int64_t offset = 0;
    auto part = [&](int64_t elements, Type type) {
      Buffer buffer = kernel.scratchAt(offset, type);
      offset += 4 * elements;
      return buffer;
    };
    Type f32 = b.getF32Type(), narrow = elementType(b.getContext(), packed_->lhs);
    queryRows_ = part(a_.queryElements(), narrow);
    right_ = part(a_.packedElements(), narrow);
    scores_ = part(Attention::scoreElements(), f32);
    sums_ = part(a_.sumElements(), f32);
    maxima_ = part(Attention::kQueries, f32);
    totals_ = part(Attention::kQueries, f32);
    weights_ = scores_; // each row of weights over its row of scores
    weights_.element = narrow;
  }

  // Elements of the weights' type from one of its rows to the next.
  int64_t weightsRow() const { return Attention::kScoresRow * (isNarrow() ? 2 : 1); }
  bool isNarrow() const { return table_->k0 == 2; }
  const Buffer &weights() const { return lone_ ? scores_ : weights_; }

  // In the element type of the packed operands.
  Value narrow(Value vector) {
    if (!isNarrow())
      return vector;
    Builder &b = kernel_->b;
    return arith::TruncFOp::create(b, cast<VectorType>(vector.getType()).clone(b.getBF16Type()), vector);
  }
  // Elements of two rows side by side, as a row with K0 = 2 takes them.
  Value sideBySide(Value x, Value y) {
    SmallVector<int64_t> order;
    int64_t lanes = cast<VectorType>(x.getType()).getDimSize(0);
    for (int64_t i = 0; i < lanes; ++i)
      order.append({i, lanes + i});
    return vector::ShuffleOp::create(kernel_->b, narrow(x), narrow(y), order);
  }

  // ---- one block of queries
  void queryBlock() {
    Builder &b = kernel_->b;
    queryStart_ = start(q_);
    keyStart_ = start(k_);
    valueStart_ = start(v_);
    Value blocks = ceilDiv(b, queryCount_, index(rowsOfBlock())), rows = mul(b, blocks, index(rowsOfBlock()));
    if (!lone_)
      copyQueries(rows);
    forLoop(b, index(0), rows, 1, [&](Value row) {
      storeScalar(b, maxima_, row, number(b, std::numeric_limits<float>::lowest(), 1));
      storeScalar(b, totals_, row, number(b, 0, 1));
      vectorLoop(b, index(0), index(sumsRow()), kRowLanes,
                 [&](Value i, Value) { storeVector(b, sums_, sumAt(row, i), number(b, 0, kRowLanes), {}); });
    });
    forLoop(b, index(0), keys_, Attention::kKeys, [&](Value firstKey) {
      Value count = minimum(b, index(Attention::kKeys), sub(b, keys_, firstKey));
      if (!lone_)
        packKeys(firstKey, count);
      forLoop(b, index(0), blocks, 1, [&](Value block) { score(block, firstKey, count); });
      int64_t together = rowsOfBlock() % 2 == 0 ? 2 : 1;
      forLoop(b, index(0), rows, together, [&](Value row) { weigh(row, together, firstKey, count); });
      if (!lone_)
        packValues(firstKey, count);
      forLoop(b, index(0), blocks, 1, [&](Value block) { sum(block, firstKey, count); });
    });
    forLoop(b, index(0), queryCount_, 1, [&](Value row) {
      Value total = loadScalar(b, totals_, row);
      SmallVector<Value> place(indices_);
      place.push_back(add(b, firstQuery_, row));
      int lanes = f32_->lanes;
      vectorLoop(b, index(0), index(width_), lanes, [&](Value i, Value mask) {
        Value value =
            arith::DivFOp::create(b, loadVector(b, sums_, sumAt(row, i), lanes, mask), splat(b, total, lanes));
        finish(*kernel_, place, i, value, lanes, mask);
      });
    });
  }

  int64_t sumsRow() const { return Attention::rowOf(width_); }
  Value sumAt(Value row, Value column) { return add(kernel_->b, mul(kernel_->b, row, index(sumsRow())), column); }
  // A query's row; those that fill up the last register block repeat the last one.
  Value queryOf(Value row) {
    Builder &b = kernel_->b;
    return minimum(b, add(b, firstQuery_, row), sub(b, queries_, index(1)));
  }

  void copyQueries(Value rows) {
    Builder &b = kernel_->b;
    forLoop(b, index(0), rows, 1, [&](Value row) {
      Value from = add(b, queryStart_, mul(b, queryOf(row), index(depth_)));
      Value to = mul(b, row, index(Attention::rowOf(depth_)));
      vectorLoop(b, index(0), index(depth_), kRowLanes, [&](Value i, Value mask) {
        Value values = loadVector(b, *q_.buffer, add(b, from, i), kRowLanes, mask);
        storeVector(b, queryRows_, add(b, to, i), narrow(values), mask);
      });
    });
  }

  // [panel][depth / k0][lanes][k0], with zeros past the last key.
  void packKeys(Value firstKey, Value count) {
    Builder &b = kernel_->b;
    int64_t lanes = table_->lanes, k0 = table_->k0, steps = depth_ / k0;
    forLoop(b, index(0), ceilDiv(b, count, index(lanes)), 1, [&](Value panel) {
      Value first = mul(b, panel, index(lanes)), left = sub(b, count, first);
      Value from = add(b, keyStart_, add(b, firstKey, first));
      Value to = mul(b, panel, index(steps * lanes * k0));
      auto copy = [&](Value mask) {
        forLoop(b, index(0), index(steps), 1, [&](Value step) {
          auto row = [&](int64_t i) {
            Value at = add(b, mul(b, step, index(k0)), index(i));
            return loadVector(b, *k_.buffer, add(b, from, mul(b, at, keys_)), lanes, mask);
          };
          Value values = k0 == 1 ? row(0) : sideBySide(row(0), row(1));
          storeVector(b, right_, add(b, to, mul(b, step, index(lanes * k0))), values, {});
        });
      };
      branch(b, less(b, left, index(lanes)), [&] { copy(firstLanes(b, left, lanes)); }, [&] { copy({}); });
    });
  }

  // [panel][keys / k0][lanes][k0], panels kKeys * lanes elements apart.
  void packValues(Value firstKey, Value count) {
    Builder &b = kernel_->b;
    int64_t lanes = table_->lanes, k0 = table_->k0;
    forLoop(b, index(0), ceilDiv(b, count, index(k0)), 1, [&](Value step) {
      Value key = mul(b, step, index(k0));
      Value from = add(b, valueStart_, mul(b, add(b, firstKey, key), index(width_)));
      for (int64_t column = 0; column < width_; column += lanes) {
        Value mask;
        if (width_ - column < lanes)
          mask = firstLanes(b, index(width_ - column), lanes);
        Value values = loadVector(b, *v_.buffer, add(b, from, index(column)), lanes, mask);
        if (k0 == 2) {
          // An odd last key has no neighbour.
          Value exists = less(b, add(b, key, index(1)), count);
          Value both = vector::BroadcastOp::create(b, VectorType::get({lanes}, b.getI1Type()), exists);
          if (mask)
            both = arith::AndIOp::create(b, both, mask);
          values = sideBySide(values, loadVector(b, *v_.buffer, add(b, from, index(width_ + column)), lanes, both));
        }
        storeVector(b, right_, add(b, index(column * Attention::kKeys), mul(b, step, index(lanes * k0))), values, {});
      }
    });
  }

  // ---- scores of a register block's rows with all keys in hand
  void score(Value block, Value firstKey, Value count) {
    Builder &b = kernel_->b;
    int64_t lanes = table_->lanes, vectors = vectorsOfBlock();
    Value whole = mul(b, div(b, count, index(vectors * lanes)), index(vectors));
    forLoop(b, index(0), whole, vectors, [&](Value panel) { scorePanels(block, firstKey, panel, vectors, {}); });
    // What is left, one vector at a time: a whole block would mostly multiply zeros.
    forLoop(b, whole, ceilDiv(b, count, index(lanes)), 1, [&](Value panel) {
      Value mask = firstLanes(b, sub(b, count, mul(b, panel, index(lanes))), lanes);
      scorePanels(block, firstKey, panel, 1, mask);
    });
  }

  void scorePanels(Value block, Value firstKey, Value panel, int64_t vectors, Value mask) {
    Builder &b = kernel_->b;
    int64_t lanes = table_->lanes, k0 = table_->k0, rows = rowsOfBlock(), steps = depth_ / k0;
    Value firstRow = mul(b, block, index(rows)), first = mul(b, panel, index(lanes));
    auto right = [&](Value k) {
      SmallVector<Value> loaded;
      for (int64_t v = 0; v < vectors; ++v) {
        if (lone_) {
          Value at = add(b, keyStart_, add(b, add(b, firstKey, first), index(v * lanes)));
          loaded.push_back(loadVector(b, *k_.buffer, add(b, at, mul(b, k, keys_)), lanes, mask));
        } else {
          Value at = mul(b, add(b, panel, index(v)), index(steps * lanes * k0));
          loaded.push_back(loadVector(b, right_, add(b, at, mul(b, k, index(lanes * k0))), lanes * k0, {}));
        }
      }
      return loaded;
    };
    auto left = [&](Value k, int64_t i) {
      if (lone_)
        return address(b, *q_.buffer, add(b, queryStart_, k));
      Value row = mul(b, add(b, firstRow, index(i)), index(Attention::rowOf(depth_)));
      return address(b, queryRows_, add(b, row, mul(b, k, index(k0))));
    };
    SmallVector<Value> zeros(rows * vectors, number(b, 0, lanes));
    SmallVector<const ContractionRow *> tables(vectors, table_);
    SmallVector<Value> sums = sumOfProducts(b, index(steps), tables, zeros, right, left);
    for (int64_t i = 0; i < rows; ++i) {
      Value row = add(b, firstRow, index(i));
      SmallVector<Value> place(indices_);
      place.push_back(queryOf(row));
      place.push_back({});
      for (int64_t v = 0; v < vectors; ++v) {
        Value column = add(b, first, index(v * lanes)), value = sums[i * vectors + v];
        place.back() = add(b, firstKey, column);
        if (a_.between)
          value = applyElementwise(*kernel_, a_.between, a_.scores.getResult(), place, value, lanes, mask);
        if (!isa<VectorType>(value.getType()))
          value = splat(b, value, lanes);
        storeVector(b, scores_, add(b, mul(b, row, index(Attention::kScoresRow)), column), value, {});
      }
    }
  }

  // ---- weights of some rows: exp(score - maximum so far), with what was summed before scaled to the same maximum.
  // Rows go through the loops together: each waits for its own maximum and sum.
  void weigh(Value firstRow, int64_t count, Value firstKey, Value keys) {
    Builder &b = kernel_->b;
    auto larger = [&](Value x, Value y) -> Value { return arith::MaximumFOp::create(b, x, y); };
    SmallVector<Value> rows, before, maxima, shifts;
    for (int64_t r = 0; r < count; ++r)
      rows.push_back(add(b, firstRow, index(r)));
    auto load = [&](int64_t r, Value i, Value mask) {
      return loadVector(b, scores_, add(b, mul(b, rows[r], index(Attention::kScoresRow)), i), kRowLanes, mask);
    };
    SmallVector<Value> lowest(count, number(b, -std::numeric_limits<double>::infinity(), kRowLanes));
    SmallVector<Value> tops = rowLoop(b, keys, lowest, [&](Value i, Value mask, ValueRange carried) {
      SmallVector<Value> next;
      for (int64_t r = 0; r < count; ++r)
        next.push_back(larger(carried[r], load(r, i, mask)));
      return next;
    });
    for (int64_t r = 0; r < count; ++r) {
      before.push_back(loadScalar(b, maxima_, rows[r]));
      maxima.push_back(larger(before[r], combineLanes(b, tops[r], larger)));
      storeScalar(b, maxima_, rows[r], maxima[r]);
      shifts.push_back(splat(b, maxima[r], kRowLanes));
    }
    SmallVector<Value> none(count, number(b, 0, kRowLanes));
    SmallVector<Value> partial = rowLoop(b, keys, none, [&](Value i, Value mask, ValueRange carried) {
      SmallVector<Value> next;
      for (int64_t r = 0; r < count; ++r) {
        Value e = math::ExpOp::create(b, arith::SubFOp::create(b, load(r, i, mask), shifts[r]));
        if (mask) // zeros up to a whole vector: the last step of the sum may take two keys
          e = arith::SelectOp::create(b, mask, e, number(b, 0, kRowLanes));
        storeVector(b, weights(), add(b, mul(b, rows[r], index(weightsRow())), i), narrow(e), {});
        next.push_back(arith::AddFOp::create(b, carried[r], e));
      }
      return next;
    });
    for (int64_t r = 0; r < count; ++r) {
      Value total = sumLanes(b, partial[r]);
      branch(
          b, equal(b, firstKey, index(0)), [&] { storeScalar(b, totals_, rows[r], total); },
          [&] {
            Value scale = math::ExpOp::create(b, arith::SubFOp::create(b, before[r], maxima[r]));
            Value old = arith::MulFOp::create(b, loadScalar(b, totals_, rows[r]), scale);
            storeScalar(b, totals_, rows[r], arith::AddFOp::create(b, old, total));
            Value factor = splat(b, scale, kRowLanes);
            vectorLoop(b, index(0), index(sumsRow()), kRowLanes, [&](Value i, Value) {
              Value at = sumAt(rows[r], i);
              storeVector(b, sums_, at, arith::MulFOp::create(b, loadVector(b, sums_, at, kRowLanes, {}), factor), {});
            });
          });
    }
  }

  // ---- sums += weights × values
  void sum(Value block, Value firstKey, Value count) {
    Builder &b = kernel_->b;
    int64_t lanes = table_->lanes, k0 = table_->k0, rows = rowsOfBlock(), panels = (width_ + lanes - 1) / lanes;
    Value firstRow = mul(b, block, index(rows));
    for (int64_t panel = 0; panel < panels; panel += vectorsOfBlock()) {
      int64_t vectors = std::min(vectorsOfBlock(), panels - panel);
      auto right = [&](Value k) {
        SmallVector<Value> loaded;
        for (int64_t v = panel; v < panel + vectors; ++v) {
          if (lone_) {
            Value mask;
            if (width_ - v * lanes < lanes)
              mask = firstLanes(b, index(width_ - v * lanes), lanes);
            Value at = add(b, valueStart_, add(b, mul(b, add(b, firstKey, k), index(width_)), index(v * lanes)));
            loaded.push_back(loadVector(b, *v_.buffer, at, lanes, mask));
          } else {
            Value at = add(b, index(v * lanes * Attention::kKeys), mul(b, k, index(lanes * k0)));
            loaded.push_back(loadVector(b, right_, at, lanes * k0, {}));
          }
        }
        return loaded;
      };
      auto left = [&](Value k, int64_t i) {
        Value row = mul(b, add(b, firstRow, index(i)), index(weightsRow()));
        return address(b, weights(), add(b, row, mul(b, k, index(k0))));
      };
      auto place = [&](int64_t i, int64_t v) { return sumAt(add(b, firstRow, index(i)), index((panel + v) * lanes)); };
      SmallVector<Value> sums;
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t v = 0; v < vectors; ++v)
          sums.push_back(loadVector(b, sums_, place(i, v), lanes, {}));
      SmallVector<const ContractionRow *> tables(vectors, table_);
      sums = sumOfProducts(b, ceilDiv(b, count, index(k0)), tables, sums, right, left);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t v = 0; v < vectors; ++v)
          storeVector(b, sums_, place(i, v), sums[i * vectors + v], {});
    }
  }

  Attention a_;
  Kernel *kernel_ = nullptr;
  Operand q_, k_, v_;
  Value queries_, keys_, blockQueries_;
  SmallVector<Value> batch_;
  int64_t depth_ = 0, width_ = 0, blockRows_ = 1;
  const ContractionRow *f32_ = nullptr, *packed_ = nullptr, *table_ = nullptr;
  bool lone_ = false;
  Buffer queryRows_, right_, scores_, weights_, sums_, maxima_, totals_;
  // ---- of the item in hand
  SmallVector<Value> indices_;
  Value firstQuery_, queryCount_, queryStart_, keyStart_, valueStart_;
};

} // namespace

const ContractionRow *contractionRow(const Target &target, Attention attention) {
  if (attention.scores.getBf16() && attention.values.getBf16())
    if (const ContractionRow *row = target.row(ElementKind::BF16, ElementKind::BF16);
        row && attention.depth() % row->k0 == 0)
      return row;
  return target.row(ElementKind::F32, ElementKind::F32);
}

std::unique_ptr<RootEmitter> attentionEmitter(const Attention &attention) {
  return std::make_unique<AttentionEmitter>(attention);
}

} // namespace mlc::codegen
