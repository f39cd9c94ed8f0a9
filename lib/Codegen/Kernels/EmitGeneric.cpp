// Kernels of one linalg.generic: elementwise maps, copies, reductions.
#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/SmallSet.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

// Reductions of a contiguous dimension run in this many lanes on every target, so that their bits agree.
constexpr int kReductionLanes = 16;
// Elements of one work item of a map without outer loops.
constexpr int64_t kChunk = 4096;

// One loop, or several that run through memory as one.
struct Loop {
  Value extent;
  bool parallel;
  int64_t dim;                // the op's loop; of a collapsed loop the last
  SmallVector<Value> strides; // of each operand, in elements; null: the operand does not move
};

class GenericEmitter : public RootEmitter {
public:
  explicit GenericEmitter(linalg::GenericOp op) : op_(op) {}

  SmallVector<Value> items(Kernel &kernel) override {
    analyse(kernel);
    Builder &b = kernel.b;
    SmallVector<Value> extents;
    for (const Loop &loop : outer_)
      extents.push_back(loop.extent);
    if (outer_.empty() && !reduces_ && vector_)
      extents.push_back(ceilDiv(b, vector_->extent, constantIndex(b, kChunk)));
    return extents;
  }

  LogicalResult body(Kernel &kernel, Value begin, Value end) override {
    SmallVector<Value> extents = items(kernel);
    Builder &b = kernel.b;
    LogicalResult result = success();
    itemLoop(b, begin, end, extents, [&](ValueRange item) {
      if (reduces_)
        result = reduce(kernel, item);
      else
        map(kernel, item);
    });
    return result;
  }

private:
  // ---- the loops
  void analyse(Kernel &kernel) {
    Builder &b = kernel.b;
    outer_.clear();
    reductions_.clear();
    vector_.reset();
    buffers_.clear();
    reduces_ = op_.getNumReductionLoops() > 0;
    for (Value input : op_.getInputs())
      buffers_.push_back(&kernel.buffer(input));
    buffers_.push_back(reduces_ && kernel.epilogue.op ? nullptr : &kernel.destination());

    SmallVector<Loop> loops = collapse(b, readLoops(kernel));
    // Reductions keep their result's dimensions apart: the epilogue needs each index.
    for (Loop &loop : loops)
      (loop.parallel ? outer_ : reductions_).push_back(loop);
    if (reduces_) {
      chooseReductionVector();
      return;
    }
    if (!outer_.empty() && outer_.back().strides.back() && constantOf(outer_.back().strides.back()) == 1) {
      vector_ = outer_.back();
      outer_.pop_back();
    }
  }

  SmallVector<Loop> readLoops(Kernel &kernel) {
    Builder &b = kernel.b;
    SmallVector<AffineMap> maps = op_.getIndexingMapsArray();
    SmallVector<Loop> loops(op_.getNumLoops());
    auto iterators = op_.getIteratorTypesArray();
    for (size_t d = 0; d < loops.size(); ++d) {
      loops[d].dim = d;
      loops[d].parallel = iterators[d] == utils::IteratorType::parallel;
      loops[d].strides.resize(maps.size());
    }
    for (auto [i, map] : llvm::enumerate(maps)) {
      // The root's result with an epilogue has no memory: its sizes are the destination's.
      const Buffer &buffer = buffers_[i] ? *buffers_[i] : kernel.destination();
      for (auto [position, expr] : llvm::enumerate(map.getResults()))
        if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
          Loop &loop = loops[dim.getPosition()];
          Value stride = buffer.strides[position];
          loop.strides[i] = loop.strides[i] ? add(b, loop.strides[i], stride) : stride;
          if (!loop.extent || constantOf(buffer.sizes[position]))
            loop.extent = buffer.sizes[position];
        }
    }
    return loops;
  }

  bool usesIndex(int64_t dim) {
    bool used = false;
    op_.getBlock()->walk([&](linalg::IndexOp index) { used |= static_cast<int64_t>(index.getDim()) == dim; });
    return used;
  }

  // Neighbouring loops that every operand runs through as through one dimension become one.
  SmallVector<Loop> collapse(Builder &b, SmallVector<Loop> loops) {
    SmallVector<Loop> result;
    for (Loop &loop : loops) {
      bool unit = constantOf(loop.extent) == 1;
      if (unit && !(reduces_ && loop.parallel) && loops.size() > 1)
        continue;
      if (!result.empty() && canMerge(result.back(), loop)) {
        Loop &last = result.back();
        last.extent = mul(b, last.extent, loop.extent);
        last.strides = loop.strides;
        last.dim = loop.dim;
        continue;
      }
      result.push_back(loop);
    }
    return result;
  }

  bool canMerge(const Loop &first, const Loop &second) {
    if (first.parallel != second.parallel || (reduces_ && first.parallel) || usesIndex(first.dim) ||
        usesIndex(second.dim))
      return false;
    // By the maps: both dimensions side by side in the operand (dense memory), or neither in it.
    for (auto [i, map] : llvm::enumerate(op_.getIndexingMapsArray())) {
      if (!first.strides[i] && !second.strides[i])
        continue;
      if (!first.strides[i] || !second.strides[i])
        return false;
      const Buffer *buffer = buffers_[i];
      if (!buffer)
        return false;
      bool adjacent = false;
      for (size_t p = 0; p + 1 < map.getNumResults(); ++p) {
        auto x = dyn_cast<AffineDimExpr>(map.getResult(p));
        if (!x || static_cast<int64_t>(x.getPosition()) != first.dim)
          continue;
        // Dimensions of size 1 in between do not matter.
        size_t q = p + 1;
        while (q + 1 < map.getNumResults() && constantOf(buffer->sizes[q]) == 1)
          ++q;
        auto y = dyn_cast<AffineDimExpr>(map.getResult(q));
        adjacent |= y && static_cast<int64_t>(y.getPosition()) == second.dim;
      }
      if (!adjacent)
        return false;
    }
    return true;
  }

  // Contiguous or unmoving for every operand that the maps address.
  bool isVectorizable(const Loop &loop) {
    for (size_t i = 0; i < loop.strides.size(); ++i)
      if (buffers_[i] && loop.strides[i] && constantOf(loop.strides[i]) != 1)
        return false;
    return true;
  }

  void chooseReductionVector() {
    if (!outer_.empty() && isVectorizable(outer_.back()) && constantOf(outer_.back().extent) != 1) {
      vector_ = outer_.back();
      outer_.pop_back();
    } else if (!reductions_.empty() && isVectorizable(reductions_.back())) {
      lanesReduce_ = true;
      return;
    }
    lanesReduce_ = false;
  }

  // ---- reading operands
  Value offset(Builder &b, size_t operand, ArrayRef<std::pair<const Loop *, Value>> places) {
    Value result = constantIndex(b, 0);
    for (auto [loop, index] : places)
      if (loop->strides[operand])
        result = add(b, result, mul(b, index, loop->strides[operand]));
    return result;
  }

  SmallVector<Value> read(Kernel &kernel, ArrayRef<std::pair<const Loop *, Value>> places, const Loop *vectorLoop,
                          int lanes, Value mask) {
    Builder &b = kernel.b;
    SmallVector<Value> values;
    for (int64_t i = 0; i < op_.getNumDpsInputs(); ++i) {
      Value at = offset(b, i, places);
      Value stride = vectorLoop ? vectorLoop->strides[i] : Value();
      if (lanes == 1 || !stride)
        values.push_back(loadScalar(b, *buffers_[i], at));
      else if (constantOf(stride) == 1)
        values.push_back(loadVector(b, *buffers_[i], at, lanes, mask));
      else
        values.push_back(
            gather(b, *buffers_[i],
                   arith::AddIOp::create(b, splat(b, at, lanes),
                                         arith::MulIOp::create(b, steps(b, lanes), splat(b, stride, lanes))),
                   mask));
    }
    return values;
  }

  SmallVector<Value> indices(Builder &b, ArrayRef<std::pair<const Loop *, Value>> places) {
    SmallVector<Value> result(op_.getNumLoops(), constantIndex(b, 0));
    for (auto [loop, index] : places)
      result[loop->dim] = index;
    return result;
  }

  // body(offset within the loop, lanes, mask) over the whole extent.
  void vectorLoop(Builder &b, Value begin, Value end, int lanes, function_ref<void(Value, int, Value)> body) {
    auto from = constantOf(begin), to = constantOf(end);
    if (from && to && *to - *from <= 2) {
      for (int64_t i = *from; i < *to; ++i)
        body(constantIndex(b, i), 1, {});
      return;
    }
    codegen::vectorLoop(b, begin, end, lanes, [&](Value i, Value mask) { body(i, lanes, mask); });
  }

  // ---- maps
  void map(Kernel &kernel, ValueRange item) {
    Builder &b = kernel.b;
    const Buffer &out = kernel.destination();
    size_t result = buffers_.size() - 1;
    auto point = [&](ArrayRef<std::pair<const Loop *, Value>> places, int lanes, Value mask) {
      SmallVector<Value> arguments = read(kernel, places, vector_ ? &*vector_ : nullptr, lanes, mask);
      arguments.push_back(Value()); // the old value of the destination: not read
      if (!op_.getBlock()->getArguments().back().use_empty())
        arguments.back() = loadScalar(b, out, offset(b, result, places));
      else
        arguments.back() = constantIndex(b, 0);
      BodyEmitter body(b, kernel.buffers(), kernel.scalars());
      Value value =
          body.evaluate(*op_.getBlock(), arguments, indices(b, places), vector_ ? vector_->dim : -1, lanes, mask);
      Value at = offset(b, result, places);
      if (lanes == 1)
        storeScalar(b, out, at, value);
      else
        storeVector(b, out, at, isa<VectorType>(value.getType()) ? value : splat(b, value, lanes), mask);
    };
    SmallVector<std::pair<const Loop *, Value>> places;
    for (size_t i = 0; i < outer_.size(); ++i)
      places.push_back({&outer_[i], item[i]});
    if (!vector_) {
      point(places, 1, {});
      return;
    }
    Value begin = constantIndex(b, 0), end = vector_->extent;
    if (outer_.empty()) {
      begin = mul(b, item[0], constantIndex(b, kChunk));
      end = minimum(b, add(b, begin, constantIndex(b, kChunk)), end);
    }
    vectorLoop(b, begin, end, kernel.lanes(), [&](Value i, int lanes, Value mask) {
      places.push_back({&*vector_, i});
      point(places, lanes, mask);
      places.pop_back();
    });
  }

  // ---- reductions
  Value identity(Builder &b, int lanes) {
    auto fill = op_.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
    auto constant = fill.getInputs()[0].getDefiningOp<arith::ConstantOp>();
    Value value = arith::ConstantOp::create(b, constant.getValue());
    return lanes == 1 ? value : splat(b, value, lanes);
  }

  // The op that joins the value so far with a new element; it also joins two lanes.
  Value combine(Builder &b, Value x, Value y) {
    Operation *op = op_.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
    OperationState state(b.getLoc(), op->getName(), {x, y}, {x.getType()}, op->getAttrs());
    return b.create(state)->getResult(0);
  }

  LogicalResult reduce(Kernel &kernel, ValueRange item) {
    Builder &b = kernel.b;
    SmallVector<std::pair<const Loop *, Value>> places;
    SmallVector<Value> row;
    for (size_t i = 0; i < outer_.size(); ++i) {
      places.push_back({&outer_[i], item[i]});
      row.push_back(item[i]);
    }
    if (vector_) {
      vectorLoop(b, constantIndex(b, 0), vector_->extent, kernel.lanes(), [&](Value i, int lanes, Value mask) {
        places.push_back({&*vector_, i});
        Value value = accumulate(kernel, places, 0, identity(b, lanes), lanes, mask);
        places.pop_back();
        finish(kernel, row, i, value, lanes, mask);
      });
      return success();
    }
    Value value;
    if (lanesReduce_) {
      value = accumulate(kernel, places, 0, identity(b, kReductionLanes), kReductionLanes, {});
      value = combineLanes(b, value, [&](Value x, Value y) { return combine(b, x, y); });
    } else {
      value = accumulate(kernel, places, 0, identity(b, 1), 1, {});
    }
    Value column = row.empty() ? constantIndex(b, 0) : row.pop_back_val();
    finish(kernel, row, column, value, 1, {});
    return success();
  }

  Value step(Kernel &kernel, ArrayRef<std::pair<const Loop *, Value>> places, const Loop *vectorLoop, Value acc,
             int lanes, Value mask) {
    SmallVector<Value> arguments = read(kernel, places, vectorLoop, lanes, mask);
    arguments.push_back(acc);
    BodyEmitter body(kernel.b, kernel.buffers(), kernel.scalars());
    return body.evaluate(*op_.getBlock(), arguments, indices(kernel.b, places), vectorLoop ? vectorLoop->dim : -1,
                         lanes, mask);
  }

  // The reduction loops from `depth` on, in ascending order.
  Value accumulate(Kernel &kernel, SmallVectorImpl<std::pair<const Loop *, Value>> &places, size_t depth, Value acc,
                   int lanes, Value mask) {
    Builder &b = kernel.b;
    if (depth == reductions_.size())
      return step(kernel, places, vector_ ? &*vector_ : nullptr, acc, lanes, mask);
    const Loop &loop = reductions_[depth];
    Value zero = constantIndex(b, 0);
    bool inLanes = lanesReduce_ && depth + 1 == reductions_.size();
    Value whole = inLanes ? mul(b, div(b, loop.extent, constantIndex(b, lanes)), constantIndex(b, lanes)) : loop.extent;
    if (constantOf(whole) != 0)
      acc = forLoopCarrying(b, zero, whole, inLanes ? lanes : 1, acc,
                            [&](Value i, ValueRange carried) -> SmallVector<Value> {
                              places.push_back({&loop, i});
                              Value next = inLanes ? step(kernel, places, &loop, carried[0], lanes, {})
                                                   : accumulate(kernel, places, depth + 1, carried[0], lanes, mask);
                              places.pop_back();
                              return {next};
                            })[0];
    if (!inLanes || constantOf(sub(b, loop.extent, whole)) == 0)
      return acc;
    Value tail = firstLanes(b, sub(b, loop.extent, whole), lanes);
    places.push_back({&loop, whole});
    Value next = step(kernel, places, &loop, acc, lanes, tail);
    places.pop_back();
    return arith::SelectOp::create(b, tail, next, acc);
  }

  linalg::GenericOp op_;
  SmallVector<const Buffer *> buffers_;  // inputs, then the destination (null: registers)
  SmallVector<Loop> outer_, reductions_; // without loops of one iteration, as far as those do not matter
  bool reduces_ = false;
  std::optional<Loop> vector_; // a parallel loop
  bool lanesReduce_ = false;   // the last reduction loop runs in lanes
};

} // namespace

std::unique_ptr<RootEmitter> genericEmitter(linalg::GenericOp op) { return std::make_unique<GenericEmitter>(op); }

} // namespace mlc::codegen
