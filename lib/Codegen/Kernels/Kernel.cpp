#include "Codegen/Kernels/Kernel.h"
#include "Codegen/Kernels/Loops.h"
#include "Lowering/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace mlc::codegen {

Kernel::Kernel(func::FuncOp source, ModuleOp into, const Target &target)
    : b(builder_), target(target), builder_(source.getLoc(), source.getContext()), source_(source), into_(into) {}

// Dynamic dimensions of the tensors in order, then the index arguments: the order in which a launch writes them.
void Kernel::prologue(Value buffersPointer, Value scalarsPointer) {
  buffers_.clear();
  scalars_.clear();
  int64_t nextScalar = 0, nextBuffer = 0;
  auto loadScalar = [&]() -> Value {
    Value at = LLVM::GEPOp::create(b, scalarsPointer.getType(), b.getI64Type(), scalarsPointer,
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(nextScalar++)});
    Value number = LLVM::LoadOp::create(b, b.getI64Type(), at, 8);
    return arith::IndexCastOp::create(b, b.getIndexType(), number);
  };
  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  for (Value argument : source_.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type)
      continue;
    Buffer buffer;
    buffer.element = type.getElementType();
    if (buffersPointer) {
      Value at = LLVM::GEPOp::create(b, pointer, pointer, buffersPointer,
                                     ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(nextBuffer++)});
      buffer.base = LLVM::LoadOp::create(b, pointer, at, 8);
    }
    for (int64_t size : type.getShape())
      buffer.sizes.push_back(ShapedType::isDynamic(size) ? loadScalar() : constantIndex(b, size));
    buffer.strides = denseStrides(b, buffer.sizes);
    buffers_[argument] = buffer;
  }
  for (Value argument : source_.getArguments())
    if (!isa<RankedTensorType>(argument.getType()))
      scalars_[argument] = loadScalar();
}

void Kernel::call(StringRef routine, ValueRange operands) {
  std::string name = ("mlc_routine_" + routine).str();
  auto callee = into_.lookupSymbol<func::FuncOp>(name);
  if (!callee) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(into_.getBody());
    callee = func::FuncOp::create(b, name, b.getFunctionType(operands.getTypes(), {}));
    callee.setPrivate();
  }
  func::CallOp::create(b, callee, operands);
}

Buffer Kernel::scratchAt(int64_t bytes, Type element) {
  Buffer buffer;
  buffer.element = element;
  buffer.base = LLVM::GEPOp::create(b, scratch.getType(), b.getI8Type(), scratch,
                                    ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
  return buffer;
}

LogicalResult Kernel::emit() {
  Operation *root = nullptr;
  std::optional<lowering::Attention> attention;
  epilogue = {};
  for (Operation &op : source_.front().without_terminator()) {
    if (op.getNumResults() != 1 || !isa<RankedTensorType>(op.getResult(0).getType()) ||
        isa<tensor::EmptyOp, linalg::FillOp>(op))
      continue;
    if (!root) {
      root = &op;
      attention = lowering::findAttention(root);
    } else if (!attention) {
      epilogue.op = cast<linalg::GenericOp>(op);
    }
  }
  if (!root)
    return source_.emitError("is an empty kernel");
  epilogue.root = root;
  if (attention)
    epilogue = {attention->epilogue, attention->values};

  std::unique_ptr<RootEmitter> emitter;
  if (attention)
    emitter = attentionEmitter(*attention);
  else if (auto generic = dyn_cast<linalg::GenericOp>(root))
    emitter = genericEmitter(generic);
  else if (isa<kernel::MatmulOp, kernel::ConvOp>(root))
    emitter = contractionEmitter(root);
  else if (auto matmul = dyn_cast<kernel::BlockMatmulOp>(root))
    emitter = blockMatmulEmitter(matmul);
  else if (auto quantize = dyn_cast<kernel::QuantizeBlocksOp>(root))
    emitter = quantizeBlocksEmitter(quantize);
  else if (auto winograd = dyn_cast<kernel::WinogradOp>(root))
    emitter = winogradEmitter(winograd);
  else if (isa<kernel::DepthwiseOp, kernel::PoolOp>(root))
    emitter = windowEmitter(root);
  else if (isa<kernel::CumSumOp, kernel::TopKOp, kernel::SuppressOp>(root))
    emitter = orderEmitter(root);
  else if (auto scatter = dyn_cast<kernel::ScatterOp>(root))
    emitter = scatterEmitter(scatter);
  else if (auto recurrent = dyn_cast<kernel::RecurrentOp>(root))
    emitter = recurrentEmitter(recurrent);
  else
    emitter = rowEmitter(root);

  auto pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type i64 = b.getI64Type();
  std::string name = source_.getName().str();

  b.setInsertionPointToEnd(into_.getBody());
  auto extent = func::FuncOp::create(b, name + "_extent", b.getFunctionType({pointer}, {i64}));
  b.setInsertionPointToStart(extent.addEntryBlock());
  prologue({}, extent.getArgument(0));
  Value count = product(b, emitter->items(*this));
  Value count64 = arith::IndexCastOp::create(b, i64, count);
  func::ReturnOp::create(b, count64);

  b.setInsertionPointToEnd(into_.getBody());
  auto function = func::FuncOp::create(b, name, b.getFunctionType({pointer, pointer, i64, i64, pointer}, {}));
  b.setInsertionPointToStart(function.addEntryBlock());
  prologue(function.getArgument(0), function.getArgument(1));
  Value begin = arith::IndexCastOp::create(b, b.getIndexType(), function.getArgument(2));
  Value end = arith::IndexCastOp::create(b, b.getIndexType(), function.getArgument(3));
  scratch = function.getArgument(4);
  if (failed(emitter->body(*this, begin, end)))
    return failure();
  func::ReturnOp::create(b);
  return success();
}

Value applyElementwise(Kernel &kernel, linalg::GenericOp op, Value rootResult, ValueRange indices, Value value,
                       int lanes, Value mask) {
  Builder &b = kernel.b;
  SmallVector<Value> arguments;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (input->get() == rootResult) {
      arguments.push_back(value);
      continue;
    }
    const Buffer &buffer = kernel.buffer(input->get());
    Value offset = constantIndex(b, 0);
    bool contiguous = false;
    for (auto [result, stride] : llvm::zip(op.getMatchingIndexingMap(input).getResults(), buffer.strides)) {
      auto dim = dyn_cast<AffineDimExpr>(result);
      if (!dim)
        continue;
      contiguous |= dim.getPosition() + 1 == indices.size();
      offset = add(b, offset, mul(b, indices[dim.getPosition()], stride));
    }
    arguments.push_back(contiguous && lanes > 1 ? loadVector(b, buffer, offset, lanes, mask)
                                                : loadScalar(b, buffer, offset));
  }
  // The destination's old value is never read by an elementwise body.
  arguments.push_back(value);
  BodyEmitter body(b, kernel.buffers(), kernel.scalars());
  int vectorLoop = static_cast<int>(indices.size()) - 1;
  return body.evaluate(*op.getBlock(), arguments, indices, vectorLoop, lanes, mask);
}

void finish(Kernel &kernel, ValueRange rowIndices, Value column, Value value, int lanes, Value mask) {
  Builder &b = kernel.b;
  const Buffer &out = kernel.destination();
  SmallVector<Value> indices(rowIndices);
  if (!out.strides.empty())
    indices.push_back(column);
  if (kernel.epilogue.op)
    value =
        applyElementwise(kernel, kernel.epilogue.op, kernel.epilogue.root->getResult(0), indices, value, lanes, mask);
  Value offset = constantIndex(b, 0);
  for (auto [index, stride] : llvm::zip(indices, out.strides))
    offset = add(b, offset, mul(b, index, stride));
  if (lanes == 1) {
    storeScalar(b, out, offset, value);
    return;
  }
  if (!isa<VectorType>(value.getType()))
    value = splat(b, value, lanes);
  storeVector(b, out, offset, value, mask);
}

Value combineLanes(Builder &b, Value vector, function_ref<Value(Value, Value)> combine) {
  int64_t lanes = cast<VectorType>(vector.getType()).getDimSize(0);
  while (lanes > 1) {
    int64_t half = lanes / 2;
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < half; ++i) {
      low.push_back(i);
      high.push_back(i + half);
    }
    Value x = vector::ShuffleOp::create(b, vector, vector, low);
    Value y = vector::ShuffleOp::create(b, vector, vector, high);
    vector = combine(x, y);
    lanes = half;
  }
  return vector::ExtractOp::create(b, vector, ArrayRef<int64_t>{0});
}

Value sumLanes(Builder &b, Value vector) {
  return combineLanes(b, vector, [&](Value x, Value y) -> Value { return arith::AddFOp::create(b, x, y); });
}

} // namespace mlc::codegen
