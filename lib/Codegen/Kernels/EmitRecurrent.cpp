// Kernels of recurrent layers: the products of a step stay in registers until its gates are done, and states in the
// first cache.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Codegen/Kernels/RegisterBlock.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class RecurrentEmitter : public RootEmitter {
public:
  explicit RecurrentEmitter(kernel::RecurrentOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    analyse(kernel);
    Builder &b = kernel.b;
    return {index(op_.getReversed().size()), ceilDiv(b, batch_, index(rows_))};
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    SmallVector<Value> extents = items(kernel);
    Builder &b = kernel.b;
    if (!row_)
      return op_.emitError("no kernel of the target multiplies f32");
    passed_ = kernel.scratchAt(0, b.getF32Type());
    itemLoop(b, begin, end, extents, [&](ValueRange item) {
      direction_ = item[0];
      Value first = mul(b, item[1], index(rows_)), last = minimum(b, add(b, first, index(rows_)), batch_);
      auto one = [&] { forLoop(b, first, last, 1, [&](Value row) { run(row, 1); }); };
      if (rows_ == 1)
        one();
      else
        branch(b, equal(b, sub(b, last, first), index(rows_)), [&] { run(first, rows_); }, one);
    });
    return success();
  }

private:
  Value index(int64_t value) { return constantIndex(kernel_->b, value); }

  void analyse(Kernel &kernel) {
    kernel_ = &kernel;
    row_ = kernel.target.row(ElementKind::F32, ElementKind::F32);
    inputs_ = &kernel.buffer(op_.getInputs());
    out_ = &kernel.destination();
    hidden_ = op_.hidden();
    steps_ = inputs_->sizes[0];
    batch_ = inputs_->sizes[1];
    lanes_ = row_ ? row_->lanes : 1;
    panels_ = (hidden_ + lanes_ - 1) / lanes_;
    // As many rows as leave their sums in registers beside one vector of each gate.
    int64_t gates = 1;
    for (size_t phase = 0; phase < op_.getPhases().size(); ++phase)
      gates = std::max(gates, op_.gates(phase));
    rows_ = row_ ? std::clamp<int64_t>((row_->registers - gates) / gates, 1, kernel::RecurrentOp::kRows) : 1;
    if (auto known = constantOf(batch_))
      rows_ = std::clamp<int64_t>(*known, 1, rows_);
  }

  // A lone row needs several sums of a gate at once to hide their latency.
  int64_t vectorsOf(int64_t gates, int64_t rows) const {
    constexpr int64_t kLoneSums = 8;
    return rows > 1 ? 1 : std::clamp<int64_t>((kLoneSums + gates - 1) / gates, 1, panels_);
  }

  Value isReversed() {
    Builder &b = kernel_->b;
    ArrayRef<bool> reversed = op_.getReversed();
    Value result = arith::ConstantIntOp::create(b, reversed.front(), 1);
    for (size_t i = 1; i < reversed.size(); ++i)
      if (reversed[i] != reversed[i - 1]) {
        Value from = less(b, direction_, index(i));
        result = arith::SelectOp::create(b, from, result, arith::ConstantIntOp::create(b, reversed[i], 1));
      }
    return result;
  }

  // Where row `row` of the batch starts in plane `plane` of the destination.
  Value outAt(Value plane, Value row) {
    Builder &b = kernel_->b;
    Value place = add(b, mul(b, plane, index(op_.getReversed().size())), direction_);
    return mul(b, add(b, mul(b, place, batch_), row), index(hidden_));
  }
  Value stateAt(int64_t state, Value row) { return outAt(add(kernel_->b, steps_, index(state)), row); }

  // ---- rows [first, first + rows) of the batch through all steps
  void run(Value first, int64_t rows) {
    Builder &b = kernel_->b;
    firstRow_ = first;
    rowCount_ = rows;
    for (auto [state, initial] : llvm::enumerate(op_.getInitial()))
      for (int64_t i = 0; i < rows; ++i) {
        Value row = rowOf(i), from = mul(b, add(b, mul(b, direction_, batch_), row), index(hidden_));
        copyRow(kernel_->buffer(initial), from, stateAt(state, row));
      }
    Value reversed = isReversed();
    forLoop(b, index(0), steps_, 1, [&](Value step) {
      Value last = sub(b, sub(b, steps_, index(1)), step);
      position_ = arith::SelectOp::create(b, reversed, last, step);
      runs_.clear();
      for (int64_t i = 0; op_.getLengths() && i < rows; ++i) {
        Value length = loadScalar(b, kernel_->buffer(op_.getLengths()), rowOf(i));
        Value position = arith::IndexCastOp::create(b, length.getType(), position_);
        runs_.push_back(arith::CmpIOp::create(b, arith::CmpIPredicate::slt, position, length));
      }
      int64_t firstGate = 0, firstPassed = 0;
      for (size_t phase = 0; phase < op_.getPhases().size(); ++phase) {
        runPhase(phase, firstGate, firstPassed);
        firstGate += op_.gates(phase);
        firstPassed += block(phase).getTerminator()->getNumOperands();
      }
      // All products of the step are done: its first state becomes that of the next one.
      for (int64_t i = 0; i < rows; ++i) {
        auto copy = [&] { copyRow(*out_, outAt(position_, rowOf(i)), stateAt(0, rowOf(i))); };
        if (runs_.empty())
          copy();
        else
          branch(b, runs_[i], copy);
      }
    });
  }

  Value rowOf(int64_t i) { return add(kernel_->b, firstRow_, index(i)); }
  Block &block(size_t phase) { return op_.getPhases()[phase].front(); }

  void copyRow(const Buffer &from, Value at, Value to) {
    Builder &b = kernel_->b;
    vectorLoop(b, index(0), index(hidden_), lanes_, [&](Value i, Value mask) {
      storeVector(b, *out_, add(b, to, i), loadVector(b, from, add(b, at, i), lanes_, mask), mask);
    });
  }

  void runPhase(size_t phase, int64_t firstGate, int64_t firstPassed) {
    Builder &b = kernel_->b;
    int64_t vectors = vectorsOf(op_.gates(phase), rowCount_), full = hidden_ / lanes_, whole = full / vectors * vectors;
    forLoop(b, index(0), index(whole), vectors,
            [&](Value panel) { runPanels(phase, firstGate, firstPassed, panel, vectors, {}); });
    if (whole < full)
      runPanels(phase, firstGate, firstPassed, index(whole), full - whole, {});
    if (full < panels_)
      runPanels(phase, firstGate, firstPassed, index(full), 1, firstLanes(b, index(hidden_ - full * lanes_), lanes_));
  }

  // `vectors` neighbouring vectors of hidden units, all gates of the phase.
  void runPanels(size_t phase, int64_t firstGate, int64_t firstPassed, Value panel, int64_t vectors, Value mask) {
    Builder &b = kernel_->b;
    const Buffer &weights = kernel_->buffer(op_.getWeights()[phase]);
    int64_t gates = op_.gates(phase), perStep = gates * lanes_;
    Value firstPanel = add(b, mul(b, direction_, index(panels_)), panel);
    auto right = [&](Value k) {
      SmallVector<Value> loaded;
      for (int64_t v = 0; v < vectors; ++v) {
        Value step = add(b, mul(b, add(b, firstPanel, index(v)), index(hidden_)), k);
        for (int64_t gate = 0; gate < gates; ++gate)
          loaded.push_back(
              loadWidened(b, weights, add(b, mul(b, step, index(perStep)), index(gate * lanes_)), lanes_, {}));
      }
      return loaded;
    };
    auto left = [&](Value k, int64_t i) {
      if (phase == 0)
        return address(b, *out_, add(b, stateAt(0, rowOf(i)), k));
      return address(b, passed_, add(b, passedAt(firstPassed - passedBy(phase - 1), i), k));
    };
    SmallVector<Value> zeros(rowCount_ * vectors * gates, number(b, 0, lanes_));
    SmallVector<const ContractionRow *> tables(vectors * gates, row_);
    SmallVector<Value> sums = sumOfProducts(b, index(hidden_), tables, zeros, right, left);
    for (int64_t i = 0; i < rowCount_; ++i)
      for (int64_t v = 0; v < vectors; ++v) {
        Value unit = mul(b, add(b, panel, index(v)), index(lanes_));
        ArrayRef<Value> products = ArrayRef(sums).slice((i * vectors + v) * gates, gates);
        finishUnits(phase, firstGate, firstPassed, i, unit, products, mask);
      }
  }

  int64_t passedBy(size_t phase) { return block(phase).getTerminator()->getNumOperands(); }
  Value passedAt(int64_t slot, int64_t i) { return index((slot * rowCount_ + i) * hidden_); }

  // What the phase's region makes of a vector of units of row i.
  void finishUnits(size_t phase, int64_t firstGate, int64_t firstPassed, int64_t i, Value unit,
                   ArrayRef<Value> products, Value mask) {
    Builder &b = kernel_->b;
    Value row = rowOf(i);
    SmallVector<Value> given, states;
    int64_t allGates = 0;
    for (size_t each = 0; each < op_.getPhases().size(); ++each)
      allGates += op_.gates(each);
    Value inputRow = mul(b, add(b, mul(b, position_, batch_), row), inputs_->sizes[2]);
    Value firstColumn = add(b, mul(b, direction_, index(allGates * hidden_)), index(firstGate * hidden_));
    for (size_t gate = 0; gate < products.size(); ++gate) {
      Value column = add(b, firstColumn, add(b, index(gate * hidden_), unit));
      given.push_back(loadVector(b, *inputs_, add(b, inputRow, column), lanes_, mask));
    }
    llvm::append_range(given, products);
    for (size_t state = 0; state < op_.getInitial().size(); ++state)
      states.push_back(loadVector(b, *out_, add(b, stateAt(state, row), unit), lanes_, mask));
    llvm::append_range(given, states);
    int64_t slot = 0;
    for (size_t earlier = 0; earlier < phase; ++earlier)
      for (int64_t value = 0; value < passedBy(earlier); ++value, ++slot)
        if (value > 0)
          given.push_back(loadVector(b, passed_, add(b, passedAt(slot, i), unit), lanes_, mask));
    for (Value extra : op_.getExtras())
      given.push_back(
          loadVector(b, kernel_->buffer(extra), add(b, mul(b, direction_, index(hidden_)), unit), lanes_, mask));

    BodyEmitter body(b, kernel_->buffers(), kernel_->scalars());
    SmallVector<Value> results = body.evaluateAll(block(phase), given, {}, -1, lanes_, mask);
    for (Value &result : results)
      if (!isa<VectorType>(result.getType()))
        result = splat(b, result, lanes_);
    if (phase + 1 < op_.getPhases().size()) {
      for (auto [value, result] : llvm::enumerate(results))
        storeVector(b, passed_, add(b, passedAt(firstPassed + value, i), unit), result, mask);
      return;
    }
    Value output = results.front();
    if (!runs_.empty()) {
      output = arith::SelectOp::create(b, runs_[i], output, number(b, 0, lanes_));
      for (auto [result, before] : llvm::zip(results, states))
        result = arith::SelectOp::create(b, runs_[i], result, before);
    }
    storeVector(b, *out_, add(b, outAt(position_, row), unit), output, mask);
    for (size_t state = 1; state < results.size(); ++state)
      storeVector(b, *out_, add(b, stateAt(state, row), unit), results[state], mask);
  }

  kernel::RecurrentOp op_;
  Kernel *kernel_ = nullptr;
  const ContractionRow *row_ = nullptr;
  const Buffer *inputs_ = nullptr, *out_ = nullptr;
  Buffer passed_; // [slot][row][H]
  Value steps_, batch_;
  int64_t hidden_ = 0, lanes_ = 1, panels_ = 0, rows_ = 1;
  // ---- of the rows and the step in hand
  Value direction_, firstRow_, position_;
  int64_t rowCount_ = 1;
  SmallVector<Value> runs_;
};

} // namespace

std::unique_ptr<RootEmitter> recurrentEmitter(kernel::RecurrentOp op) { return std::make_unique<RecurrentEmitter>(op); }

} // namespace mlc::codegen
