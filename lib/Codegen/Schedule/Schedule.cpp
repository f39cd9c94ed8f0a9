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

FailureOr<ScheduleCode> Scheduler::run() {
  code_.module = ModuleOp::create(lowered_.getLoc());
  pointer_ = LLVM::LLVMPointerType::get(b.getContext());
  declareRuntime();
  chooseDirectOutputs();
  chooseDirectCarries();
  if (failed(emitRun()) || failed(emitWorkspace()))
    return failure();
  return std::move(code_);
}

void Scheduler::declare(StringRef name, ArrayRef<Type> inputs, ArrayRef<Type> results) {
  b.setInsertionPointToEnd(code_.module->getBody());
  auto function = func::FuncOp::create(b, name, b.getFunctionType(inputs, results));
  function.setPrivate();
}

void Scheduler::declareRuntime() {
  Type i64 = b.getI64Type(), i32 = b.getI32Type(), p = pointer_;
  declare("mlc_rt_reserve", {p, i64}, {p});
  declare("mlc_rt_segment", {p, i64}, {p});
  declare("mlc_rt_grow", {p, p, i64, i64}, {p});
  declare("mlc_rt_threads", {p}, {i64});
  declare("mlc_rt_launch", {p, p, i64, p, p, i64, i64, i64, p, i64}, {});
  declare("mlc_rt_output", {p, i64, i64, p}, {p});
  declare("mlc_rt_status", {p}, {i32});
  declare("mlc_rt_fail_shape", {p, p, i64, i64}, {i32});
  declare("mlc_routine_non_zero", {p, p, i64, p}, {i64});
}

Value Scheduler::call(StringRef name, ValueRange operands) {
  auto callee = code_.module->lookupSymbol<func::FuncOp>(name);
  auto op = func::CallOp::create(b, callee, operands);
  return op.getNumResults() ? op.getResult(0) : Value();
}

Value Scheduler::slot(Value array, Type element, int64_t i) {
  return LLVM::GEPOp::create(b, pointer_, element, array, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
}

// A buffer that only one output names, and as a whole, is the caller's memory from the start.
void Scheduler::chooseDirectOutputs() {
  auto results = main_.front().getTerminator()->getOperands();
  llvm::DenseMap<Value, int> named;
  for (Value result : results)
    for (Value root : lives_.roots(result))
      ++named[root];
  for (auto [i, result] : llvm::enumerate(results)) {
    SmallVector<Value> roots = lives_.roots(result);
    if (roots.size() != 1 || named[roots[0]] != 1)
      continue;
    Operation *op = roots[0].getDefiningOp();
    if (isa_and_nonnull<kernel::LaunchOp>(op) && op->getBlock() == &main_.front())
      directOutput_[roots[0]] = i;
  }
}

void Scheduler::startFunction(StringRef name, ArrayRef<Type> arguments, Value &inputsPointer, unsigned inputsArgument) {
  scalars_.clear();
  notHoistable_.clear();
  tensors_.clear();
  inputs_.clear();
  b.setInsertionPointToEnd(code_.module->getBody());
  function_ = func::FuncOp::create(b, name, b.getFunctionType(arguments, {b.getI32Type()}));
  Block *entry = function_.addEntryBlock();
  b.setInsertionPointToStart(entry);
  inputsPointer = entry->getArgument(inputsArgument);
  for (BlockArgument argument : main_.getArguments()) {
    TensorCode tensor;
    int64_t i = argument.getArgNumber();
    // struct mlc_argument { void *data; const int64_t *dims; }
    tensor.pointer = LLVM::LoadOp::create(b, pointer_, slot(inputsPointer, pointer_, 2 * i), 8);
    auto type = cast<RankedTensorType>(argument.getType());
    Value dims;
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (!type.isDynamicDim(d)) {
        tensor.dims.push_back(index(type.getDimSize(d)));
        continue;
      }
      if (!dims)
        dims = LLVM::LoadOp::create(b, pointer_, slot(inputsPointer, pointer_, 2 * i + 1), 8);
      tensor.dims.push_back(toIndex(LLVM::LoadOp::create(b, b.getI64Type(), slot(dims, b.getI64Type(), d), 8)));
    }
    inputs_.push_back(tensor);
    tensors_[argument] = tensor;
  }
}

LogicalResult Scheduler::emitWorkspace() {
  Value inputs;
  startFunction("mlc_workspace", {pointer_, b.getI64Type(), pointer_, pointer_}, inputs, 0);
  Plan plan = planArena();
  addScratch(plan, function_.getArgument(1));
  Block *entry = &function_.front();
  LLVM::StoreOp::create(b, toI64(plan.total), entry->getArgument(2), 8);
  Value exact = arith::ConstantOp::create(b, b.getI32IntegerAttr(plan.exact));
  LLVM::StoreOp::create(b, exact, entry->getArgument(3), 4);
  func::ReturnOp::create(b, ValueRange{arith::ConstantOp::create(b, b.getI32IntegerAttr(0))});
  return success();
}

LogicalResult Scheduler::emitRun() {
  Value inputs;
  startFunction("mlc_run", {pointer_, pointer_}, inputs, 1);
  session_ = function_.getArgument(0);
  allocateArrays();
  plan_ = planArena();
  addScratch(plan_, call("mlc_rt_threads", {session_}));
  arena_ = call("mlc_rt_reserve", {session_, toI64(plan_.total)});
  returnStatusIfNull(arena_);
  if (plan_.scratch)
    scratch_ = LLVM::GEPOp::create(b, pointer_, b.getI8Type(), arena_, ValueRange(toI64(plan_.scratch)));
  for (Value buffer : lives_.buffers()) {
    auto offset = plan_.offsets.find(buffer);
    if (offset == plan_.offsets.end() || carriedArgument(buffer))
      continue;
    Value at = LLVM::GEPOp::create(b, pointer_, b.getI8Type(), arena_, ValueRange(toI64(offset->second)));
    tensors_[buffer] = {at, *hoistDims(buffer)};
  }
  // Outputs are asked for before any work is done: a buffer that is too small costs nothing.
  auto results = main_.front().getTerminator()->getOperands();
  for (auto [buffer, output] : directOutput_) {
    auto dims = hoistDims(results[output]), own = hoistDims(buffer);
    if (!dims || !own)
      continue; // when its launch comes
    tensors_[buffer] = {outputPointer(output, *dims), *own};
  }
  if (failed(emitBlock(main_.front())))
    return failure();
  for (auto [i, result] : llvm::enumerate(results)) {
    SmallVector<Value> roots = lives_.roots(result);
    if (roots.size() == 1 && directOutput_.count(roots[0]) && hoisted_.count(roots[0]))
      continue;
    TensorCode tensor = tensors_[result];
    Value to = outputPointer(i, tensor.dims);
    Value bytes = bytesOf(tensor.dims, cast<RankedTensorType>(result.getType()).getElementType());
    LLVM::MemcpyOp::create(b, to, tensor.pointer, toI64(bytes), /*isVolatile=*/false);
  }
  func::ReturnOp::create(b, ValueRange{arith::ConstantOp::create(b, b.getI32IntegerAttr(0))});
  return success();
}

// Arrays in which launches pass operands: as large as the largest launch needs.
void Scheduler::allocateArrays() {
  int64_t buffers = 1, scalars = 1;
  main_.walk([&](kernel::LaunchOp launch) {
    int64_t dynamic = launch.getScalars().size();
    for (Type type : launch.getOperandTypes())
      if (auto tensor = dyn_cast<RankedTensorType>(type))
        dynamic += tensor.getNumDynamicDims();
    for (Type type : launch.getResultTypes())
      dynamic += cast<RankedTensorType>(type).getNumDynamicDims();
    scalars = std::max(scalars, dynamic);
    buffers = std::max<int64_t>(buffers, launch.getInputs().size() + launch.getNumResults());
  });
  bufferArray_ = LLVM::AllocaOp::create(b, pointer_, pointer_, i64(buffers), 8);
  scalarArray_ = LLVM::AllocaOp::create(b, pointer_, b.getI64Type(), i64(scalars), 8);
  dimsArray_ = LLVM::AllocaOp::create(b, pointer_, b.getI64Type(), i64(16), 8);
}

void Scheduler::returnStatusIfNull(Value pointer) {
  Value null = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::eq, pointer, nullPointer());
  Block *current = b.getInsertionBlock();
  Block *fail = function_.addBlock(), *next = function_.addBlock();
  b.setInsertionPointToEnd(current);
  cf::CondBranchOp::create(b, null, fail, next);
  b.setInsertionPointToStart(fail);
  func::ReturnOp::create(b, ValueRange{call("mlc_rt_status", {session_})});
  b.setInsertionPointToStart(next);
}

void Scheduler::storeDims(ArrayRef<Value> dims) {
  for (auto [i, dim] : llvm::enumerate(dims))
    LLVM::StoreOp::create(b, toI64(dim), slot(dimsArray_, b.getI64Type(), i), 8);
}

Value Scheduler::outputPointer(int64_t output, ArrayRef<Value> dims) {
  storeDims(dims);
  Value result = call("mlc_rt_output", {session_, i64(output), i64(dims.size()), dimsArray_});
  returnStatusIfNull(result);
  auto results = main_.front().getTerminator()->getOperands();
  hoisted_.insert(lives_.roots(results[output])[0]);
  return result;
}

FailureOr<ScheduleCode> emitSchedule(ModuleOp lowered) { return Scheduler(lowered).run(); }

} // namespace mlc::codegen
