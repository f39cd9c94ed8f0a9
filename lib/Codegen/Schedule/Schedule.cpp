#include "Codegen/Schedule/Schedule.h"
#include "Codegen/Schedule/Lives.h"
#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

// A buffer starts at a multiple of this, and a read in whole groups of a kernel may reach a few bytes past it.
constexpr int64_t kAlignment = 64, kSlack = 16;
// What a dynamic dimension counts as when buffers are matched with each other.
constexpr int64_t kTypicalDimension = 64;

// A tensor in the emitted function.
struct TensorCode {
  Value pointer;
  SmallVector<Value> dims;
};

int64_t elementBytes(Type type) { return std::max<int64_t>(1, type.getIntOrFloatBitWidth() / 8); }

class Scheduler {
public:
  explicit Scheduler(ModuleOp lowered)
      : lowered_(lowered), main_(lowered.lookupSymbol<func::FuncOp>("main")), lives_(main_),
        b(lowered.getLoc(), lowered.getContext()) {}

  FailureOr<ScheduleCode> run() {
    code_.module = ModuleOp::create(lowered_.getLoc());
    pointer_ = LLVM::LLVMPointerType::get(b.getContext());
    declareRuntime();
    chooseDirectOutputs();
    if (failed(emitRun()) || failed(emitWorkspace()))
      return failure();
    return std::move(code_);
  }

private:
  // ---- declarations
  void declare(StringRef name, ArrayRef<Type> inputs, ArrayRef<Type> results) {
    b.setInsertionPointToEnd(code_.module->getBody());
    auto function = func::FuncOp::create(b, name, b.getFunctionType(inputs, results));
    function.setPrivate();
  }

  void declareRuntime() {
    Type i64 = b.getI64Type(), i32 = b.getI32Type(), p = pointer_;
    declare("mlc_rt_reserve", {p, i64}, {p});
    declare("mlc_rt_segment", {p, i64}, {p});
    declare("mlc_rt_launch", {p, p, i64, p, p, i64, i64, p, i64}, {});
    declare("mlc_rt_output", {p, i64, i64, p}, {p});
    declare("mlc_rt_status", {p}, {i32});
    declare("mlc_rt_fail_shape", {p, p, i64, i64}, {i32});
    declare("mlc_routine_non_zero", {p, p, i64, p}, {i64});
  }

  Value call(StringRef name, ValueRange operands) {
    auto callee = code_.module->lookupSymbol<func::FuncOp>(name);
    auto op = func::CallOp::create(b, callee, operands);
    return op.getNumResults() ? op.getResult(0) : Value();
  }

  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, b.getLoc(), value); }
  Value i64(int64_t value) { return arith::ConstantOp::create(b, b.getI64IntegerAttr(value)); }
  Value toI64(Value index) { return arith::IndexCastOp::create(b, b.getI64Type(), index); }
  Value toIndex(Value number) { return arith::IndexCastOp::create(b, b.getIndexType(), number); }
  Value nullPointer() { return LLVM::ZeroOp::create(b, pointer_); }
  Value slot(Value array, Type element, int64_t i) {
    return LLVM::GEPOp::create(b, pointer_, element, array, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  }

  // ---- sizes that follow from the inputs' dimensions alone
  // The value in the entry block of the function being emitted; null where it depends on data.
  Value hoist(Value value) {
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
      if (known)
        result = b.clone(*op, mapping)->getResult(0);
    }
    if (result)
      scalars_[value] = result;
    else
      notHoistable_.insert(value);
    return result;
  }

  Value hoistDim(Value tensor, int64_t i) {
    auto type = cast<RankedTensorType>(tensor.getType());
    if (!type.isDynamicDim(i))
      return index(type.getDimSize(i));
    if (auto argument = dyn_cast<BlockArgument>(tensor); argument && argument.getOwner() == &main_.front())
      return inputs_[argument.getArgNumber()].dims[i];
    auto sizes = dynamicSizes(tensor);
    return sizes && (*sizes)[i] ? hoist((*sizes)[i]) : Value();
  }

  // For each dimension the schedule's value that gives it (null: static); nullopt where only the run knows.
  std::optional<SmallVector<Value>> dynamicSizes(Value tensor) {
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
    if (auto castOp = dyn_cast_or_null<tensor::CastOp>(op)) {
      auto source = dynamicSizes(castOp.getSource());
      auto sourceType = cast<RankedTensorType>(castOp.getSource().getType());
      for (int64_t i = 0; source && i < type.getRank(); ++i)
        if (type.isDynamicDim(i) && !sourceType.isDynamicDim(i))
          return std::nullopt; // known statically there; the emitted code has it
      return source;
    }
    return std::nullopt;
  }

  // All dimensions of a tensor in the entry block; nullopt where one depends on data.
  std::optional<SmallVector<Value>> hoistDims(Value tensor) {
    SmallVector<Value> dims;
    for (int64_t i = 0; i < cast<RankedTensorType>(tensor.getType()).getRank(); ++i) {
      Value dim = hoistDim(tensor, i);
      if (!dim)
        return std::nullopt;
      dims.push_back(dim);
    }
    return dims;
  }

  Value bytesOf(ArrayRef<Value> dims, Type element) {
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

  // ---- the arena
  int64_t typical(Value value, int depth = 0) {
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

  // Offsets of all buffers whose sizes follow from the inputs, and the arena's size.
  struct Plan {
    llvm::DenseMap<Value, Value> offsets; // index
    Value total;                          // index
    bool exact = true;
  };

  Plan planArena() {
    Plan plan;
    SmallVector<Value> planned;
    SmallVector<Value> bytes;
    std::vector<BufferLife> lives;
    bool isStatic = true;
    for (Value buffer : lives_.buffers()) {
      if (directOutput_.count(buffer))
        continue;
      auto dims = hoistDims(buffer);
      if (!dims || isa<kernel::UnboundedOp>(buffer.getDefiningOp())) {
        plan.exact = false;
        continue;
      }
      auto type = cast<RankedTensorType>(buffer.getType());
      BufferLife life = lives_.life(buffer);
      life.bytes = elementBytes(type.getElementType());
      for (auto [i, dim] : llvm::enumerate(*dims)) {
        auto constant = getConstantIntValue(dim);
        isStatic &= constant.has_value();
        auto sizes = dynamicSizes(buffer);
        life.bytes *= constant ? *constant : typical((*sizes)[i]);
      }
      life.bytes += kSlack;
      lives.push_back(life);
      planned.push_back(buffer);
      bytes.push_back(bytesOf(*dims, type.getElementType()));
    }
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
      Value padded = arith::AddIOp::create(b, sizes[s], index(kSlack + kAlignment - 1));
      padded = arith::AndIOp::create(b, padded, index(-kAlignment));
      total = arith::AddIOp::create(b, total, padded);
    }
    for (auto [i, buffer] : llvm::enumerate(planned))
      plan.offsets[buffer] = starts[arena.slotOf[i]];
    plan.total = total;
    return plan;
  }

  // ---- outputs
  // A buffer that only one output names, and as a whole, is the caller's memory from the start.
  void chooseDirectOutputs() {
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

  // ---- the functions
  void startFunction(StringRef name, ArrayRef<Type> arguments, Value &inputsPointer, unsigned inputsArgument) {
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

  LogicalResult emitWorkspace() {
    Value inputs;
    startFunction("mlc_workspace", {pointer_, b.getI64Type(), pointer_, pointer_}, inputs, 0);
    Plan plan = planArena();
    Block *entry = &function_.front();
    LLVM::StoreOp::create(b, toI64(plan.total), entry->getArgument(2), 8);
    Value exact = arith::ConstantOp::create(b, b.getI32IntegerAttr(plan.exact));
    LLVM::StoreOp::create(b, exact, entry->getArgument(3), 4);
    func::ReturnOp::create(b, ValueRange{arith::ConstantOp::create(b, b.getI32IntegerAttr(0))});
    return success();
  }

  LogicalResult emitRun() {
    Value inputs;
    startFunction("mlc_run", {pointer_, pointer_}, inputs, 1);
    session_ = function_.getArgument(0);
    allocateArrays();
    plan_ = planArena();
    Value arena = call("mlc_rt_reserve", {session_, toI64(plan_.total)});
    returnStatusIfNull(arena);
    for (Value buffer : lives_.buffers()) {
      auto offset = plan_.offsets.find(buffer);
      if (offset == plan_.offsets.end())
        continue;
      Value at = LLVM::GEPOp::create(b, pointer_, b.getI8Type(), arena, ValueRange(toI64(offset->second)));
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
  void allocateArrays() {
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

  void returnStatusIfNull(Value pointer) {
    Value null = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::eq, pointer, nullPointer());
    Block *current = b.getInsertionBlock();
    Block *fail = function_.addBlock(), *next = function_.addBlock();
    b.setInsertionPointToEnd(current);
    cf::CondBranchOp::create(b, null, fail, next);
    b.setInsertionPointToStart(fail);
    func::ReturnOp::create(b, ValueRange{call("mlc_rt_status", {session_})});
    b.setInsertionPointToStart(next);
  }

  void storeDims(ArrayRef<Value> dims) {
    for (auto [i, dim] : llvm::enumerate(dims))
      LLVM::StoreOp::create(b, toI64(dim), slot(dimsArray_, b.getI64Type(), i), 8);
  }

  Value outputPointer(int64_t output, ArrayRef<Value> dims) {
    storeDims(dims);
    Value result = call("mlc_rt_output", {session_, i64(output), i64(dims.size()), dimsArray_});
    returnStatusIfNull(result);
    auto results = main_.front().getTerminator()->getOperands();
    hoisted_.insert(lives_.roots(results[output])[0]);
    return result;
  }

  // ---- ops of the schedule
  Value scalar(Value value) {
    if (auto found = scalars_.find(value); found != scalars_.end())
      return found->second;
    return hoist(value);
  }

  LogicalResult emitBlock(Block &block) {
    for (Operation &op : block.without_terminator()) {
      b.setLoc(op.getLoc());
      if (failed(emitOp(&op)))
        return failure();
    }
    return success();
  }

  LogicalResult emitOp(Operation *op) {
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
    if (auto reshape = dyn_cast<tensor::ReshapeOp>(op)) {
      auto shape = reshape.getShape().getDefiningOp<tensor::FromElementsOp>();
      if (!shape)
        return op->emitOpError("takes its shape from a value that is not listed");
      TensorCode tensor{tensors_[reshape.getSource()].pointer, {}};
      for (auto [i, element] : llvm::enumerate(shape.getElements())) {
        int64_t known = cast<RankedTensorType>(reshape.getType()).getDimSize(i);
        tensor.dims.push_back(ShapedType::isDynamic(known) ? scalar(element) : index(known));
      }
      tensors_[reshape] = tensor;
      return success();
    }
    if (auto castOp = dyn_cast<tensor::CastOp>(op)) {
      tensors_[castOp] = tensors_[castOp.getSource()];
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

  Value loadElement(tensor::ExtractOp extract) {
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
      loaded = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, loaded, arith::ConstantOp::create(b, b.getZeroAttr(memory)));
    return loaded;
  }

  // The value's place: planned in the arena, the caller's, or a segment whose size is known here.
  TensorCode memory(Value result) {
    if (auto found = tensors_.find(result); found != tensors_.end())
      return found->second;
    auto type = cast<RankedTensorType>(result.getType());
    SmallVector<Value> dims;
    auto sizes = dynamicSizes(result);
    for (int64_t i = 0; i < type.getRank(); ++i)
      dims.push_back(type.isDynamicDim(i) ? scalar((*sizes)[i]) : index(type.getDimSize(i)));
    Value bytes = arith::AddIOp::create(b, bytesOf(dims, type.getElementType()), index(kSlack));
    Value at = call("mlc_rt_segment", {session_, toI64(bytes)});
    returnStatusIfNull(at);
    return tensors_[result] = {at, dims};
  }

  TensorCode weight(graph::ConstantOp constant) {
    ElementsAttr value = constant.getValue();
    auto [entry, isNew] = weightSymbols_.try_emplace(value, "");
    if (isNew) {
      entry->second = "mlc_weight_" + std::to_string(code_.weights.size());
      code_.weights.push_back({entry->second, value});
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(code_.module->getBody());
      auto global = LLVM::GlobalOp::create(b, b.getI8Type(), /*isConstant=*/true, LLVM::Linkage::External, entry->second, Attribute());
      global.setVisibility_(LLVM::Visibility::Hidden);
    }
    TensorCode tensor;
    tensor.pointer = LLVM::AddressOfOp::create(b, pointer_, entry->second);
    for (int64_t size : cast<RankedTensorType>(constant.getType()).getShape())
      tensor.dims.push_back(index(size));
    return tensor;
  }

  Value kernelPointer(StringRef name) {
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

  LogicalResult emitLaunch(kernel::LaunchOp launch) {
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
    call("mlc_rt_launch", {session_, kernel, i64(id), bufferArray_, scalarArray_, count, i64(1), nullPointer(), i64(0)});
    return success();
  }

  // Once for the size, once for the values.
  LogicalResult emitUnbounded(kernel::UnboundedOp op) {
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
    Value bytes = arith::AddIOp::create(b, bytesOf(dims, type.getElementType()), index(kSlack));
    Value at = call("mlc_rt_segment", {session_, toI64(bytes)});
    returnStatusIfNull(at);
    storeDims(input.dims);
    call(routine, {input.pointer, dimsArray_, rank, at});
    tensors_[op.getOutput()] = {at, dims};
    return success();
  }

  void emitCheck(kernel::CheckOp check) {
    Value holds = scalar(check.getCondition());
    SmallVector<Value> numbers;
    for (Value value : check.getValues())
      numbers.push_back(toI64(scalar(value)));
    while (numbers.size() < 2)
      numbers.push_back(i64(0));
    Block *current = b.getInsertionBlock();
    Block *fail = function_.addBlock(), *next = function_.addBlock();
    b.setInsertionPointToEnd(current);
    cf::CondBranchOp::create(b, holds, next, fail);
    b.setInsertionPointToStart(fail);
    Value message = text(messageOf(check));
    func::ReturnOp::create(b, ValueRange{call("mlc_rt_fail_shape", {session_, message, numbers[0], numbers[1]})});
    b.setInsertionPointToStart(next);
  }

  static std::string messageOf(kernel::CheckOp check) {
    std::string message = check.getMessage().str();
    if (auto name = dyn_cast<NameLoc>(check.getLoc()))
      message = "node '" + name.getName().getValue().str() + "': " + message;
    return message;
  }

  Value text(const std::string &content) {
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

  // A branch is blocks: a failed check in it can return.
  LogicalResult emitIf(scf::IfOp op) {
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

  ModuleOp lowered_;
  func::FuncOp main_;
  Lives lives_;
  ImplicitLocOpBuilder b;
  ScheduleCode code_;
  Type pointer_;
  func::FuncOp function_;
  Value session_, bufferArray_, scalarArray_, dimsArray_;
  Plan plan_;
  llvm::DenseMap<Value, Value> scalars_;
  llvm::DenseSet<Value> notHoistable_, hoisted_;
  llvm::DenseMap<Value, TensorCode> tensors_;
  llvm::DenseMap<Value, unsigned> directOutput_;
  llvm::DenseMap<Attribute, std::string> weightSymbols_;
  SmallVector<TensorCode> inputs_;
  int64_t texts_ = 0;
};

} // namespace

FailureOr<ScheduleCode> emitSchedule(ModuleOp lowered) { return Scheduler(lowered).run(); }

} // namespace mlc::codegen
