// Sizes of the schedule's values, and where they lie.
#include "Codegen/Schedule/Scheduler.h"
#include "Graph/Graph.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace mlc::codegen {

// What a dynamic dimension counts as when buffers are matched with each other.
constexpr int64_t kTypicalDimension = 64;

static bool isDivision(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::FloorDivSIOp, arith::CeilDivSIOp, arith::CeilDivUIOp,
             arith::RemSIOp, arith::RemUIOp>(op);
}

static bool sameIndex(Value a, Value b) {
  if (!a || !b || a == b)
    return a == b;
  auto x = getConstantIntValue(a), y = getConstantIntValue(b);
  return x && y && *x == *y;
}

// The value in the entry block of the function being emitted; null where it depends on data.
Value Scheduler::hoist(Value value) {
  if (auto found = scalars_.find(value); found != scalars_.end())
    return found->second;
  if (notHoistable_.count(value))
    return {};
  Operation *op = value.getDefiningOp();
  Value result;
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op)) {
    if (auto at = dim.getConstantIndex())
      result = hoistDim(dim.getSource(), *at);
  } else if (op && isa<arith::ArithDialect>(op->getDialect()) && !isa<ShapedType>(value.getType())) {
    IRMapping mapping;
    bool known = true;
    for (Value operand : op->getOperands()) {
      Value hoisted = hoist(operand);
      known = known && hoisted;
      if (hoisted)
        mapping.map(operand, hoisted);
    }
    // The value may be one of a branch that is not taken: there a divisor may be 0.
    if (known && isDivision(op) && getConstantIntValue(op->getOperand(1)).value_or(0) == 0) {
      Value divisor = mapping.lookup(op->getOperand(1));
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(divisor.getType()));
      Value one = arith::ConstantOp::create(b, b.getIntegerAttr(divisor.getType(), 1));
      Value isZero = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, divisor, zero);
      mapping.map(op->getOperand(1), arith::SelectOp::create(b, isZero, one, divisor).getResult());
    }
    if (known)
      result = b.clone(*op, mapping)->getResult(0);
  }
  if (result)
    scalars_[value] = result;
  else
    notHoistable_.insert(value);
  return result;
}

Value Scheduler::hoistDim(Value tensor, int64_t i) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(i))
    return index(type.getDimSize(i));
  if (auto argument = dyn_cast<BlockArgument>(tensor); argument && argument.getOwner() == &main_.front())
    return inputs_[argument.getArgNumber()].dims[i];
  if (auto castOp = tensor.getDefiningOp<tensor::CastOp>())
    return hoistDim(castOp.getSource(), i);
  if (Value source = passedOn(tensor); source != tensor)
    return hoistDim(source, i);
  if (BlockArgument carried = carriedArgument(tensor))
    return hoistCarriedDim(carried, i);
  if (auto branch = tensor.getDefiningOp<scf::IfOp>()) {
    unsigned at = cast<OpResult>(tensor).getResultNumber();
    Value yes = hoistDim(branch.thenYield().getOperand(at), i), no = hoistDim(branch.elseYield().getOperand(at), i);
    return sameIndex(yes, no) ? yes : Value();
  }
  auto sizes = dynamicSizes(tensor);
  return sizes && (*sizes)[i] ? hoist((*sizes)[i]) : Value();
}

// A dimension that a loop carries is known where each iteration keeps it.
Value Scheduler::hoistCarriedDim(BlockArgument carried, int64_t i) {
  if (!visiting_.insert({carried, i}).second)
    return {};
  Value initial = hoistDim(initialValue(carried), i);
  bool kept = initial && (carryOf(carried) == Carry::Same ||
                          (carryOf(carried) == Carry::Copied && sameIndex(initial, hoistDim(nextValue(carried), i))));
  visiting_.erase({carried, i});
  return kept ? initial : Value();
}

// For each dimension the schedule's value that gives it (null: static); nullopt where only the run knows.
std::optional<SmallVector<Value>> Scheduler::dynamicSizes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> sizes(type.getRank());
  Operation *op = tensor.getDefiningOp();
  auto fill = [&](ValueRange dynamic) {
    size_t next = 0;
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.isDynamicDim(i))
        sizes[i] = dynamic[next++];
    return sizes;
  };
  if (type.hasStaticShape())
    return sizes;
  if (auto launch = dyn_cast_or_null<kernel::LaunchOp>(op))
    return fill(launch.getSizes());
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op))
    return fill(empty.getDynamicSizes());
  if (auto reshape = dyn_cast_or_null<tensor::ReshapeOp>(op)) {
    auto shape = reshape.getShape().getDefiningOp<tensor::FromElementsOp>();
    if (!shape)
      return std::nullopt;
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.isDynamicDim(i))
        sizes[i] = shape.getElements()[i];
    return sizes;
  }
  return std::nullopt;
}

// All dimensions of a tensor in the entry block; nullopt where one depends on data.
std::optional<SmallVector<Value>> Scheduler::hoistDims(Value tensor) {
  SmallVector<Value> dims;
  for (int64_t i = 0; i < cast<RankedTensorType>(tensor.getType()).getRank(); ++i) {
    Value dim = hoistDim(tensor, i);
    if (!dim)
      return std::nullopt;
    dims.push_back(dim);
  }
  return dims;
}

Value Scheduler::bytesOf(ArrayRef<Value> dims, Type element) {
  int64_t known = elementBytes(element);
  Value total;
  for (Value dim : dims) {
    if (auto constant = getConstantIntValue(dim))
      known *= *constant;
    else
      total = total ? arith::MulIOp::create(b, total, dim).getResult() : dim;
  }
  if (!total)
    return index(known);
  return arith::MulIOp::create(b, total, index(known));
}

// The room of a buffer of so many bytes. A size that comes out negative, in a branch that is not taken or ahead of the
// check that refuses it, counts as 0.
Value Scheduler::aligned(Value bytes) {
  if (auto constant = getConstantIntValue(bytes))
    return index((*constant + kSlack + kAlignment - 1) & -kAlignment);
  Value positive = arith::MaxSIOp::create(b, bytes, index(0));
  Value padded = arith::AddIOp::create(b, positive, index(kSlack + kAlignment - 1));
  return arith::AndIOp::create(b, padded, index(-kAlignment));
}

int64_t Scheduler::typical(Value value, int depth) {
  if (auto constant = getConstantIntValue(value))
    return *constant;
  Operation *op = value.getDefiningOp();
  if (!op || depth > 32 || op->getNumOperands() != 2 || !isa<arith::ArithDialect>(op->getDialect()))
    return kTypicalDimension;
  int64_t x = typical(op->getOperand(0), depth + 1), y = typical(op->getOperand(1), depth + 1);
  if (isa<arith::AddIOp>(op))
    return x + y;
  if (isa<arith::SubIOp>(op))
    return x - y;
  if (isa<arith::MulIOp>(op))
    return x * y;
  if (isa<arith::FloorDivSIOp, arith::CeilDivSIOp, arith::DivSIOp, arith::DivUIOp>(op))
    return y == 0 ? x : x / y;
  if (isa<arith::MaxSIOp>(op))
    return std::max(x, y);
  if (isa<arith::MinSIOp>(op))
    return std::min(x, y);
  return kTypicalDimension;
}

Scheduler::Plan Scheduler::planArena() {
  Plan plan;
  SmallVector<Value> planned;
  SmallVector<Value> bytes;
  std::vector<BufferLife> lives;
  bool isStatic = true;
  for (Value buffer : lives_.buffers()) {
    if (directOutput_.count(buffer) || directCarry_.count(buffer))
      continue;
    auto dims = hoistDims(buffer);
    if (!dims || isa_and_nonnull<kernel::UnboundedOp>(buffer.getDefiningOp())) {
      plan.exact = false;
      continue;
    }
    auto type = cast<RankedTensorType>(buffer.getType());
    BufferLife life = lives_.life(buffer);
    life.bytes = elementBytes(type.getElementType());
    auto sizes = dynamicSizes(buffer);
    for (auto [i, dim] : llvm::enumerate(*dims)) {
      auto constant = getConstantIntValue(dim);
      isStatic &= constant.has_value();
      life.bytes *= constant ? *constant : sizes && (*sizes)[i] ? typical((*sizes)[i]) : kTypicalDimension;
    }
    life.bytes += kSlack;
    Value size = bytesOf(*dims, type.getElementType());
    if (carriedArgument(buffer)) {
      life.bytes = 2 * ((life.bytes + kAlignment - 1) & -kAlignment);
      Value half = plan.halves[buffer] = aligned(size);
      size = arith::AddIOp::create(b, half, half);
    }
    lives.push_back(life);
    planned.push_back(buffer);
    bytes.push_back(size);
  }
  // Lists grow outside of the arena.
  main_.walk([&](kernel::AppendOp) { plan.exact = false; });
  if (isStatic) {
    StaticArena arena = packStatic(lives, kAlignment);
    for (auto [buffer, offset] : llvm::zip(planned, arena.offsets))
      plan.offsets[buffer] = index(offset);
    plan.total = index(arena.total);
    code_.staticArenaBytes = plan.exact ? arena.total : -1;
    return plan;
  }
  SlotArena arena = packSlots(lives);
  SmallVector<Value> sizes(arena.slots), starts(arena.slots);
  for (auto [i, size] : llvm::enumerate(bytes)) {
    Value &slotSize = sizes[arena.slotOf[i]];
    slotSize = slotSize ? arith::MaxSIOp::create(b, slotSize, size).getResult() : size;
  }
  Value total = index(0);
  for (int64_t s = 0; s < arena.slots; ++s) {
    starts[s] = total;
    total = arith::AddIOp::create(b, total, aligned(sizes[s]));
  }
  for (auto [i, buffer] : llvm::enumerate(planned))
    plan.offsets[buffer] = starts[arena.slotOf[i]];
  plan.total = total;
  return plan;
}

// Behind the buffers: as much for each thread as the kernel needs that needs most.
void Scheduler::addScratch(Plan &plan, Value threads) {
  int64_t most = 0;
  main_.walk([&](kernel::LaunchOp launch) {
    most = std::max(most, scratchBytesOf(lowered_.lookupSymbol<func::FuncOp>(launch.getCallee())));
  });
  if (most == 0)
    return;
  plan.scratch = aligned(plan.total);
  Value bytes = arith::MulIOp::create(b, toIndex(threads), index(most));
  plan.total = arith::AddIOp::create(b, plan.scratch, bytes);
  if (code_.staticArenaBytes >= 0)
    code_.staticArenaBytes = ((code_.staticArenaBytes + kSlack + kAlignment - 1) & -kAlignment) + most;
}

} // namespace mlc::codegen
