#include "Codegen/Kernels/Body.h"
#include "Graph/Graph.h"
#include "Support/NarrowTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace mlc::codegen {

SmallVector<Value> BodyEmitter::evaluateAll(Block &body, ValueRange arguments, ValueRange indices, int vectorLoop,
                                            int lanes, Value mask) {
  values_.clear();
  lanes_ = lanes;
  mask_ = mask;
  auto entry = [&](Value value) { return isa<VectorType>(value.getType()) ? Lane{{}, 0, value} : Lane{value, 0, {}}; };
  for (auto [argument, value] : llvm::zip(body.getArguments(), arguments))
    values_[argument] = entry(value);
  for (Operation &op : body.without_terminator()) {
    if (auto cast = dyn_cast<UnrealizedConversionCastOp>(op)) {
      values_[cast.getResult(0)] = lookup(cast.getOperand(0));
    } else if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      int64_t loop = index.getDim();
      values_[index] = {indices[loop], lanes > 1 && loop == vectorLoop ? 1 : 0, {}};
    } else if (isa<tensor::ExtractOp>(op)) {
      values_[op.getResult(0)] = extract(&op);
    } else if (Value number = narrowNumber(&op)) {
      values_[op.getResult(0)] = {number, 0, {}};
    } else {
      Lane lane = affineStep(&op);
      values_[op.getResult(0)] = lane.scalar ? lane : elementwise(&op);
    }
  }
  return llvm::map_to_vector(body.getTerminator()->getOperands(), [&](Value value) {
    Lane result = lookup(value);
    return result.isUniform() ? result.scalar : asVector(result);
  });
}

BodyEmitter::Lane BodyEmitter::lookup(Value value) {
  auto found = values_.find(value);
  if (found != values_.end())
    return found->second;
  auto scalar = scalars_.find(value);
  if (scalar != scalars_.end())
    return {scalar->second, 0, {}};
  // Scalar constants and arithmetic of the kernel outside of the body.
  Operation *op = value.getDefiningOp();
  assert(op && "a captured value is an argument of the kernel or defined in it");
  if (auto cast = dyn_cast<UnrealizedConversionCastOp>(op))
    return values_[value] = lookup(cast.getOperand(0));
  if (isa<tensor::ExtractOp>(op))
    return values_[value] = extract(op);
  if (Value number = narrowNumber(op))
    return values_[value] = {number, 0, {}};
  return values_[value] = elementwise(op);
}

// A number of a narrow type, which upstream folds elements of constants to, is the byte that memory holds.
Value BodyEmitter::narrowNumber(Operation *op) {
  auto constant = dyn_cast<arith::ConstantOp>(op);
  if (!constant || !isNarrow(graph::dtypeOf(constant.getType())))
    return {};
  APInt bits = isa<FloatAttr>(constant.getValue()) ? cast<FloatAttr>(constant.getValue()).getValue().bitcastToAPInt()
                                                   : cast<IntegerAttr>(constant.getValue()).getValue();
  return arith::ConstantOp::create(b_, b_.getIntegerAttr(b_.getI8Type(), bits.zextOrTrunc(8)));
}

Value BodyEmitter::asVector(Lane lane) {
  if (lane.vector)
    return lane.vector;
  Value vector = splat(b_, lane.scalar, lanes_);
  if (lane.stride == 0)
    return vector;
  SmallVector<int64_t> offsets;
  for (int i = 0; i < lanes_; ++i)
    offsets.push_back(i * lane.stride);
  auto type = cast<VectorType>(vector.getType());
  Value growth;
  if (type.getElementType().isIndex()) {
    growth = arith::ConstantOp::create(b_, b_.getIndexVectorAttr(offsets));
  } else {
    SmallVector<APInt> numbers;
    for (int64_t offset : offsets)
      numbers.push_back(APInt(type.getElementTypeBitWidth(), offset, true, true));
    growth = arith::ConstantOp::create(b_, DenseElementsAttr::get(type, numbers));
  }
  return arith::AddIOp::create(b_, vector, growth);
}

// Index arithmetic that keeps a value affine in the lane.
BodyEmitter::Lane BodyEmitter::affineStep(Operation *op) {
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) || !op->getResult(0).getType().isIndex())
    return {};
  Lane x = lookup(op->getOperand(0)), y = lookup(op->getOperand(1));
  if (!x.isAffine() || !y.isAffine())
    return {};
  if (isa<arith::AddIOp>(op))
    return {add(b_, x.scalar, y.scalar), x.stride + y.stride, {}};
  if (isa<arith::SubIOp>(op))
    return {sub(b_, x.scalar, y.scalar), x.stride - y.stride, {}};
  if (y.stride != 0)
    std::swap(x, y);
  if (x.stride == 0)
    return {mul(b_, x.scalar, y.scalar), 0, {}};
  auto factor = constantOf(y.scalar);
  if (y.stride != 0 || !factor)
    return {};
  return {mul(b_, x.scalar, y.scalar), x.stride * *factor, {}};
}

BodyEmitter::Lane BodyEmitter::extract(Operation *op) {
  auto extractOp = cast<tensor::ExtractOp>(op);
  const Buffer &buffer = buffers_.find(extractOp.getTensor())->second;
  SmallVector<Lane> indices;
  for (Value index : extractOp.getIndices())
    indices.push_back(lookup(index));
  // Affine in the lane with known strides: one scalar offset.
  Value offset = constantIndex(b_, 0);
  int64_t stride = 0;
  bool affine = true;
  for (auto [index, step] : llvm::zip(indices, buffer.strides)) {
    auto known = constantOf(step);
    if (!index.isAffine() || (index.stride != 0 && !known)) {
      affine = false;
      break;
    }
    offset = add(b_, offset, mul(b_, index.scalar, step));
    stride += index.stride * known.value_or(0);
  }
  if (affine && stride == 0)
    return {loadScalar(b_, buffer, offset), 0, {}};
  if (affine && stride == 1)
    return {{}, 0, loadVector(b_, buffer, offset, lanes_, mask_)};
  Value offsets;
  for (auto [index, step] : llvm::zip(indices, buffer.strides)) {
    Value part;
    if (index.isUniform())
      part = splat(b_, mul(b_, index.scalar, step), lanes_);
    else
      part = arith::MulIOp::create(b_, asVector(index), splat(b_, step, lanes_));
    offsets = offsets ? arith::AddIOp::create(b_, offsets, part).getResult() : part;
  }
  return {{}, 0, gather(b_, buffer, offsets, mask_)};
}

BodyEmitter::Lane BodyEmitter::elementwise(Operation *op) {
  SmallVector<Lane> operands;
  for (Value operand : op->getOperands())
    operands.push_back(lookup(operand));
  IRMapping mapping;
  if (llvm::all_of(operands, [](const Lane &lane) { return lane.isUniform(); })) {
    for (auto [operand, lane] : llvm::zip(op->getOperands(), operands))
      mapping.map(operand, lane.scalar);
    Operation *clone = b_.clone(*op, mapping);
    return {clone->getResult(0), 0, {}};
  }
  // A cast of an affine index keeps what is known of it.
  if (isa<arith::IndexCastOp>(op) && operands[0].isAffine()) {
    mapping.map(op->getOperand(0), operands[0].scalar);
    return {b_.clone(*op, mapping)->getResult(0), operands[0].stride, {}};
  }
  SmallVector<Value> vectors;
  for (auto [i, lane] : llvm::enumerate(operands)) {
    // select takes a scalar condition as it is.
    if (i == 0 && isa<arith::SelectOp>(op) && lane.isUniform())
      vectors.push_back(lane.scalar);
    else
      vectors.push_back(asVector(lane));
  }
  SmallVector<Type> types;
  for (Type type : op->getResultTypes())
    types.push_back(VectorType::get({lanes_}, type));
  OperationState state(b_.getLoc(), op->getName(), vectors, types, op->getAttrs());
  return {{}, 0, b_.create(state)->getResult(0)};
}

} // namespace mlc::codegen
