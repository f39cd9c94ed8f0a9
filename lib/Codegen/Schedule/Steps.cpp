// One op of the schedule after the other.
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

Value Scheduler::scalar(Value value) {
  if (auto found = scalars_.find(value); found != scalars_.end())
    return found->second;
  return hoist(value);
}

LogicalResult Scheduler::emitBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    b.setLoc(op.getLoc());
    if (failed(emitOp(&op)))
      return failure();
  }
  return success();
}

LogicalResult Scheduler::emitOp(Operation *op) {
  if (auto constant = dyn_cast<graph::ConstantOp>(op)) {
    tensors_[constant] = weight(constant);
    return success();
  }
  if (auto launch = dyn_cast<kernel::LaunchOp>(op))
    return emitLaunch(launch);
  if (auto unbounded = dyn_cast<kernel::UnboundedOp>(op))
    return emitUnbounded(unbounded);
  if (auto check = dyn_cast<kernel::CheckOp>(op)) {
    emitCheck(check);
    return success();
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return emitIf(branch);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return emitWhile(loop);
  if (auto append = dyn_cast<kernel::AppendOp>(op))
    return emitAppend(append);
  if (auto reshape = dyn_cast<tensor::ReshapeOp>(op)) {
    auto shape = reshape.getShape().getDefiningOp<tensor::FromElementsOp>();
    auto type = cast<RankedTensorType>(reshape.getType());
    if (!shape && !type.hasStaticShape())
      return op->emitOpError("takes its shape from a value that is not listed");
    TensorCode tensor{tensors_[reshape.getSource()].pointer, {}};
    for (auto [i, known] : llvm::enumerate(type.getShape()))
      tensor.dims.push_back(ShapedType::isDynamic(known) ? scalar(shape.getElements()[i]) : index(known));
    tensors_[reshape] = tensor;
    return success();
  }
  if (auto castOp = dyn_cast<tensor::CastOp>(op)) {
    TensorCode source = tensors_[castOp.getSource()]; // a copy: the map may grow
    tensors_[castOp] = source;
    return success();
  }
  if (isShapeOnly(op))
    return success();
  if (isa<tensor::FromElementsOp, tensor::EmptyOp>(op)) {
    Value result = op->getResult(0);
    TensorCode tensor = memory(result);
    Type element = cast<RankedTensorType>(result.getType()).getElementType();
    if (auto elements = dyn_cast<tensor::FromElementsOp>(op))
      for (auto [i, value] : llvm::enumerate(elements.getElements())) {
        Value stored = scalar(value);
        if (stored.getType().isIndex())
          stored = toI64(stored);
        LLVM::StoreOp::create(b, stored, slot(tensor.pointer, stored.getType(), i), elementBytes(element));
      }
    return success();
  }
  if (auto dim = dyn_cast<tensor::DimOp>(op)) {
    if (!scalars_.count(dim))
      scalars_[dim] = tensors_[dim.getSource()].dims[*dim.getConstantIndex()];
    return success();
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    scalars_[extract] = loadElement(extract);
    return success();
  }
  if (op->getNumRegions() == 0 && llvm::none_of(op->getResultTypes(), [](Type t) { return isa<ShapedType>(t); })) {
    if (op->getNumResults() == 1 && scalar(op->getResult(0)))
      return success();
    if (auto convert = dyn_cast<UnrealizedConversionCastOp>(op)) {
      scalars_[convert.getResult(0)] = scalar(convert.getOperand(0));
      return success();
    }
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, scalar(operand));
    Operation *clone = b.clone(*op, mapping);
    for (auto [from, to] : llvm::zip(op->getResults(), clone->getResults()))
      scalars_[from] = to;
    return success();
  }
  return op->emitOpError("has no place in a schedule");
}

Value Scheduler::loadElement(tensor::ExtractOp extract) {
  TensorCode tensor = tensors_[extract.getTensor()];
  Value offset = index(0);
  for (auto [at, dim] : llvm::zip(extract.getIndices(), tensor.dims))
    offset = arith::AddIOp::create(b, arith::MulIOp::create(b, offset, dim), scalar(at));
  Type type = cast<RankedTensorType>(extract.getTensor().getType()).getElementType();
  Type memory = b.getIntegerType(std::max(8u, type.getIntOrFloatBitWidth()));
  if (isa<FloatType>(type))
    memory = type;
  Value at = LLVM::GEPOp::create(b, pointer_, memory, tensor.pointer, ValueRange(toI64(offset)));
  Value loaded = LLVM::LoadOp::create(b, memory, at, elementBytes(type));
  if (type.isInteger(1))
    loaded =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, loaded, arith::ConstantOp::create(b, b.getZeroAttr(memory)));
  return loaded;
}

// The value's place: planned in the arena, the caller's, or memory whose size is known here.
Scheduler::TensorCode Scheduler::memory(Value result) {
  if (auto found = tensors_.find(result); found != tensors_.end())
    return found->second;
  auto type = cast<RankedTensorType>(result.getType());
  SmallVector<Value> dims;
  auto sizes = dynamicSizes(result);
  for (int64_t i = 0; i < type.getRank(); ++i)
    dims.push_back(type.isDynamicDim(i) ? scalar((*sizes)[i]) : index(type.getDimSize(i)));
  Value at;
  if (auto carried = directCarry_.find(result); carried != directCarry_.end())
    at = carriedPlace(cast<BlockArgument>(carried->second), bytesOf(dims, type.getElementType()));
  else
    at = allocate(result.getDefiningOp(), bytesOf(dims, type.getElementType()));
  return tensors_[result] = {at, dims};
}

// In a loop each iteration uses the memory of the one before.
Value Scheduler::allocate(Operation *op, Value bytes) {
  bytes = arith::AddIOp::create(b, bytes, index(kSlack));
  if (op->getParentOfType<scf::WhileOp>())
    return grow(growable(1), bytes, index(0));
  Value at = call("mlc_rt_segment", {session_, toI64(bytes)});
  returnStatusIfNull(at);
  return at;
}

Scheduler::TensorCode Scheduler::weight(graph::ConstantOp constant) {
  ElementsAttr value = constant.getValue();
  auto [entry, isNew] = weightSymbols_.try_emplace(value, "");
  if (isNew) {
    entry->second = "mlc_weight_" + std::to_string(code_.weights.size());
    code_.weights.push_back({entry->second, value});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(code_.module->getBody());
    auto global = LLVM::GlobalOp::create(b, b.getI8Type(), /*isConstant=*/true, LLVM::Linkage::External, entry->second,
                                         Attribute());
    global.setVisibility_(LLVM::Visibility::Hidden);
  }
  TensorCode tensor;
  tensor.pointer = LLVM::AddressOfOp::create(b, pointer_, entry->second);
  for (int64_t size : cast<RankedTensorType>(constant.getType()).getShape())
    tensor.dims.push_back(index(size));
  return tensor;
}

Value Scheduler::kernelPointer(StringRef name) {
  if (!code_.module->lookupSymbol(name)) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(code_.module->getBody());
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                            {pointer_, pointer_, b.getI64Type(), b.getI64Type(), pointer_});
    auto kernel = LLVM::LLVMFuncOp::create(b, name, type);
    kernel.setVisibility_(LLVM::Visibility::Hidden);
    auto extent = func::FuncOp::create(b, (name + "_extent").str(), b.getFunctionType({pointer_}, {b.getI64Type()}));
    extent.setPrivate();
  }
  return LLVM::AddressOfOp::create(b, pointer_, name);
}

LogicalResult Scheduler::emitLaunch(kernel::LaunchOp launch) {
  SmallVector<TensorCode> operands;
  SmallVector<RankedTensorType> types;
  for (Value input : launch.getInputs()) {
    operands.push_back(tensors_[input]);
    types.push_back(cast<RankedTensorType>(input.getType()));
  }
  for (Value result : launch.getOutputs()) {
    operands.push_back(memory(result));
    types.push_back(cast<RankedTensorType>(result.getType()));
  }
  int64_t nextScalar = 0;
  auto pushScalar = [&](Value value) {
    LLVM::StoreOp::create(b, toI64(value), slot(scalarArray_, b.getI64Type(), nextScalar++), 8);
  };
  for (auto [i, operand] : llvm::enumerate(operands)) {
    LLVM::StoreOp::create(b, operand.pointer, slot(bufferArray_, pointer_, i), 8);
    for (int64_t d = 0; d < types[i].getRank(); ++d)
      if (types[i].isDynamicDim(d))
        pushScalar(operand.dims[d]);
  }
  for (Value value : launch.getScalars())
    pushScalar(scalar(value));
  Value kernel = kernelPointer(launch.getCallee());
  Value count = call((launch.getCallee() + "_extent").str(), {scalarArray_});
  int64_t id = code_.kernelNames.size();
  code_.kernelNames.push_back(launch.getCallee().str());
  std::string nodes;
  if (auto names = launch->getAttrOfType<ArrayAttr>(kernel::kNodesAttr))
    for (Attribute name : names)
      nodes += (nodes.empty() ? "" : ", ") + cast<StringAttr>(name).getValue().str();
  code_.kernelNodes.push_back(nodes);
  auto callee = lowered_.lookupSymbol<func::FuncOp>(launch.getCallee());
  Work work = workOf(callee);
  Value operations = amount(work.operations, operands), bytes = amount(work.bytes, operands);
  call("mlc_rt_launch", {session_, kernel, i64(id), bufferArray_, scalarArray_, count, operations, bytes,
                         scratch_ ? scratch_ : nullPointer(), i64(scratchBytesOf(callee))});
  return success();
}

Value Scheduler::amount(ArrayRef<WorkTerm> terms, ArrayRef<TensorCode> operands) {
  Value sum = index(0);
  for (const WorkTerm &term : terms) {
    Value product = index(term.factor);
    for (auto [operand, dim] : term.dims)
      product = arith::MulIOp::create(b, product, operands[operand].dims[dim]);
    sum = arith::AddIOp::create(b, sum, product);
  }
  return toI64(sum);
}

// Once for the size, once for the values.
LogicalResult Scheduler::emitUnbounded(kernel::UnboundedOp op) {
  TensorCode input = tensors_[op.getInputs()[0]];
  storeDims(input.dims);
  Value rank = i64(input.dims.size());
  std::string routine = ("mlc_routine_" + op.getRoutine()).str();
  Value count = call(routine, {input.pointer, dimsArray_, rank, nullPointer()});
  scalars_[op.getExtent()] = toIndex(count);
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  SmallVector<Value> dims;
  for (int64_t size : type.getShape())
    dims.push_back(ShapedType::isDynamic(size) ? scalars_[op.getExtent()] : index(size));
  Value at = allocate(op, bytesOf(dims, type.getElementType()));
  storeDims(input.dims);
  call(routine, {input.pointer, dimsArray_, rank, at});
  tensors_[op.getOutput()] = {at, dims};
  return success();
}

void Scheduler::emitCheck(kernel::CheckOp check) {
  Value holds = scalar(check.getCondition());
  SmallVector<Value> numbers;
  for (Value value : check.getValues())
    numbers.push_back(toI64(scalar(value)));
  while (numbers.size() < 2)
    numbers.push_back(i64(0));
  failUnless(holds, messageOf(check, check.getMessage()), numbers[0], numbers[1]);
}

void Scheduler::failUnless(Value holds, const std::string &message, Value x, Value y) {
  Block *current = b.getInsertionBlock();
  Block *fail = function_.addBlock(), *next = function_.addBlock();
  b.setInsertionPointToEnd(current);
  cf::CondBranchOp::create(b, holds, next, fail);
  b.setInsertionPointToStart(fail);
  func::ReturnOp::create(b, ValueRange{call("mlc_rt_fail_shape", {session_, text(message), x, y})});
  b.setInsertionPointToStart(next);
}

std::string Scheduler::messageOf(Operation *op, StringRef message) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return "node '" + name.getName().getValue().str() + "': " + message.str();
  return message.str();
}

Value Scheduler::text(const std::string &content) {
  std::string symbol = "mlc_text_" + std::to_string(texts_++);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(code_.module->getBody());
    std::string terminated = content + '\0';
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), terminated.size());
    LLVM::GlobalOp::create(b, type, /*isConstant=*/true, LLVM::Linkage::Internal, symbol, b.getStringAttr(terminated));
  }
  return LLVM::AddressOfOp::create(b, pointer_, symbol);
}

} // namespace mlc::codegen
