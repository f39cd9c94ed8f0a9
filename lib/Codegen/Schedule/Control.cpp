// Control flow of the schedule: blocks, so that a failed check anywhere in it can return.
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

LogicalResult Scheduler::emitIf(scf::IfOp op) {
  Value condition = scalar(op.getCondition());
  Block *current = b.getInsertionBlock();
  Block *yes = function_.addBlock(), *no = function_.addBlock(), *join = function_.addBlock();
  SmallVector<Type> carried;
  for (Type type : op.getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    carried.push_back(tensor ? Type(pointer_) : type);
    if (tensor)
      carried.append(tensor.getRank(), b.getIndexType());
  }
  for (Type type : carried)
    join->addArgument(type, op.getLoc());
  b.setInsertionPointToEnd(current);
  cf::CondBranchOp::create(b, condition, yes, no);
  auto scalarsBefore = scalars_;
  for (auto [block, region] : {std::pair(yes, &op.getThenRegion()), std::pair(no, &op.getElseRegion())}) {
    b.setInsertionPointToStart(block);
    scalars_ = scalarsBefore;
    if (failed(emitBlock(region->front())))
      return failure();
    SmallVector<Value> values;
    for (Value value : region->front().getTerminator()->getOperands()) {
      if (!isa<RankedTensorType>(value.getType())) {
        values.push_back(scalar(value));
        continue;
      }
      TensorCode tensor = tensors_[value];
      values.push_back(tensor.pointer);
      values.append(tensor.dims);
    }
    cf::BranchOp::create(b, join, values);
  }
  scalars_ = scalarsBefore;
  b.setInsertionPointToStart(join);
  size_t next = 0;
  for (Value result : op.getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type) {
      scalars_[result] = join->getArgument(next++);
      continue;
    }
    TensorCode tensor{join->getArgument(next++), {}};
    for (int64_t i = 0; i < type.getRank(); ++i)
      tensor.dims.push_back(join->getArgument(next++));
    tensors_[result] = tensor;
  }
  return success();
}

// ---- loops -----------------------------------------------------------------------------------

// A launch whose result is carried into the next iteration, as a whole and once, writes it there.
void Scheduler::chooseDirectCarries() {
  main_.walk([&](scf::WhileOp loop) {
    llvm::DenseMap<Value, int> named;
    for (Value value : loop.getYieldOp().getOperands())
      if (isa<RankedTensorType>(value.getType()))
        for (Value root : lives_.roots(value))
          ++named[root];
    for (BlockArgument carried : loop.getBeforeArguments()) {
      auto type = dyn_cast<RankedTensorType>(carried.getType());
      if (!type || carryOf(carried) != Carry::Copied)
        continue;
      SmallVector<Value> roots = lives_.roots(nextValue(carried));
      auto launch = roots.size() == 1 ? roots[0].getDefiningOp<kernel::LaunchOp>() : nullptr;
      // Buffers that are planned fit where no dimension is left to the run.
      if (launch && launch->getBlock() == loop.getAfterBody() && named[roots[0]] == 1 &&
          type.hasStaticShape() == cast<RankedTensorType>(roots[0].getType()).hasStaticShape())
        directCarry_[roots[0]] = carried;
    }
  });
}

// `count` growables of the run-time part, without memory.
Value Scheduler::growable(int64_t count) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function_.front());
  Value array = LLVM::AllocaOp::create(b, pointer_, b.getI64Type(), i64(2 * count), 8);
  for (int64_t i = 0; i < 2 * count; ++i)
    LLVM::StoreOp::create(b, i64(0), slot(array, b.getI64Type(), i), 8);
  return array;
}

Value Scheduler::grow(Value growable, Value bytes, Value keep) {
  Value at = call("mlc_rt_grow", {session_, growable, toI64(bytes), toI64(keep)});
  returnStatusIfNull(at);
  return at;
}

// Of the two buffers of what a loop carries, the one that this iteration writes.
Value Scheduler::carriedPlace(BlockArgument carried, Value bytes) {
  Value half = nextHalf_.lookup(carried.getOwner()->getParentOp());
  if (auto planned = plan_.offsets.find(carried); planned != plan_.offsets.end()) {
    Value offset = arith::MulIOp::create(b, half, plan_.halves[carried]);
    offset = arith::AddIOp::create(b, planned->second, offset);
    return LLVM::GEPOp::create(b, pointer_, b.getI8Type(), arena_, ValueRange(toI64(offset)));
  }
  Value &both = carriedGrowables_[carried];
  if (!both)
    both = growable(2);
  Value offset = arith::MulIOp::create(b, half, index(16)); // sizeof(struct mlc_growable)
  Value one = LLVM::GEPOp::create(b, pointer_, b.getI8Type(), both, ValueRange(toI64(offset)));
  return grow(one, arith::AddIOp::create(b, bytes, index(kSlack)), index(0));
}

// Blocks: the first region, entered from before the loop and again from the end of the second one; the second region;
// what follows. The first one's arguments are what is carried, and which of the two buffers of each is written next.
LogicalResult Scheduler::emitWhile(scf::WhileOp op) {
  Block *current = b.getInsertionBlock();
  Block *header = function_.addBlock(), *body = function_.addBlock(), *exit = function_.addBlock();
  SmallVector<BlockArgument> carried; // all but those that stay what they were
  for (BlockArgument argument : op.getBeforeArguments())
    if (carryOf(argument) != Carry::Same)
      carried.push_back(argument);

  // A scalar, or a tensor's pointer and the dimensions that its type leaves open.
  auto pass = [&](Value value, Type type, SmallVectorImpl<Value> &operands) {
    auto tensorType = dyn_cast<RankedTensorType>(type);
    if (!tensorType)
      return operands.push_back(scalar(value));
    const TensorCode &tensor = tensors_[value];
    operands.push_back(tensor.pointer);
    for (int64_t d = 0; d < tensorType.getRank(); ++d)
      if (tensorType.isDynamicDim(d))
        operands.push_back(tensor.dims[d]);
  };
  SmallVector<Value> entering;
  for (BlockArgument argument : carried)
    pass(initialValue(argument), argument.getType(), entering);
  entering.push_back(index(0));
  for (Value value : entering)
    header->addArgument(value.getType(), op.getLoc());
  b.setInsertionPointToEnd(current);
  cf::BranchOp::create(b, header, entering);

  b.setInsertionPointToStart(header);
  size_t next = 0;
  for (BlockArgument argument : op.getBeforeArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!llvm::is_contained(carried, argument)) {
      if (type)
        tensors_[argument] = TensorCode(tensors_[initialValue(argument)]);
      else
        scalars_[argument] = scalar(initialValue(argument));
      continue;
    }
    if (!type) {
      scalars_[argument] = header->getArgument(next++);
      continue;
    }
    TensorCode tensor{header->getArgument(next++), {}};
    for (int64_t d = 0; d < type.getRank(); ++d)
      tensor.dims.push_back(type.isDynamicDim(d) ? Value(header->getArgument(next++)) : index(type.getDimSize(d)));
    tensors_[argument] = tensor;
  }
  Value half = header->getArgument(next);
  nextHalf_[op] = half;
  if (failed(emitBlock(*op.getBeforeBody())))
    return failure();
  Value condition = scalar(op.getConditionOp().getCondition());
  for (auto [i, value] : llvm::enumerate(op.getConditionOp().getArgs())) {
    for (Value alias : {Value(op.getAfterArguments()[i]), Value(op.getResult(i))}) {
      if (isa<RankedTensorType>(value.getType()))
        tensors_[alias] = TensorCode(tensors_[value]);
      else
        scalars_[alias] = scalar(value);
    }
  }
  cf::CondBranchOp::create(b, condition, body, exit);

  auto scalarsBefore = scalars_;
  b.setInsertionPointToStart(body);
  if (failed(emitBlock(*op.getAfterBody())))
    return failure();
  b.setLoc(op.getLoc());
  SmallVector<Value> again;
  for (BlockArgument argument : carried) {
    Value value = nextValue(argument);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    SmallVector<Value> roots;
    if (type)
      roots = lives_.roots(value);
    bool inPlace = roots.size() == 1 && directCarry_.lookup(roots[0]) == argument;
    if (type && carryOf(argument) == Carry::Copied && !inPlace) {
      TensorCode source = tensors_[value];
      Value bytes = bytesOf(source.dims, type.getElementType());
      Value place = carriedPlace(argument, bytes);
      LLVM::MemcpyOp::create(b, place, source.pointer, toI64(bytes), /*isVolatile=*/false);
      tensors_[value] = {place, source.dims};
      pass(value, type, again);
      tensors_[value] = source; // it may be carried twice
    } else {
      pass(value, value.getType(), again);
    }
  }
  again.push_back(arith::SubIOp::create(b, index(1), half));
  cf::BranchOp::create(b, header, again);
  scalars_ = scalarsBefore;
  b.setInsertionPointToStart(exit);
  return success();
}

LogicalResult Scheduler::emitAppend(kernel::AppendOp op) {
  BlockArgument carried = carriedArgument(passedOn(op.getList()));
  if (!carried || carryOf(carried) != Carry::Grown || passedOn(nextValue(carried)) != op.getResult())
    return op.emitOpError("grows a list that no loop carries");
  TensorCode list = tensors_[op.getList()], row = tensors_[op.getRow()];
  Type element = cast<RankedTensorType>(op.getRow().getType()).getElementType();
  // The first row tells the shape of all.
  Value count = list.dims[0];
  Value first = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, count, index(0));
  for (auto [own, known] : llvm::zip(row.dims, ArrayRef<Value>(list.dims).drop_front())) {
    Value same = arith::OrIOp::create(b, first, arith::CmpIOp::create(b, arith::CmpIPredicate::eq, own, known));
    failUnless(same, messageOf(op, "a row of a loop's stacked output has a dimension of %lld, the first one had %lld"),
               toI64(own), toI64(known));
  }
  Value bytes = bytesOf(row.dims, element);
  Value used = arith::MulIOp::create(b, count, bytes);
  Value needed = arith::AddIOp::create(b, arith::AddIOp::create(b, used, bytes), index(kSlack));
  Value at = grow(growable(1), needed, used);
  Value end = LLVM::GEPOp::create(b, pointer_, b.getI8Type(), at, ValueRange(toI64(used)));
  LLVM::MemcpyOp::create(b, end, row.pointer, toI64(bytes), /*isVolatile=*/false);
  TensorCode result{at, {arith::AddIOp::create(b, count, index(1))}};
  result.dims.append(row.dims);
  tensors_[op.getResult()] = result;
  return success();
}

} // namespace mlc::codegen
