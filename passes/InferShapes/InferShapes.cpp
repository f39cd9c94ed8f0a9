#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "Graph/ShapeValues.h"
#include "passes/Passes.h"

#include "mlir/Transforms/RegionUtils.h"

#include <cstring>

using namespace mlir;
using namespace mlc::graph;

namespace mlc {
#define GEN_PASS_DEF_INFERSHAPES
#include "passes/Passes.h.inc"

namespace {

// Each round sees what the one before found out; a chain of ops needs one round, feedback through loops a few.
constexpr int kMaxRounds = 16;

// What either type knows; null where they contradict.
RankedTensorType meet(RankedTensorType a, RankedTensorType b) {
  if (a.getElementType() != b.getElementType() || a.getRank() != b.getRank())
    return {};
  SmallVector<int64_t> shape;
  for (auto [x, y] : llvm::zip(a.getShape(), b.getShape())) {
    if (!ShapedType::isDynamic(x) && !ShapedType::isDynamic(y) && x != y)
      return {};
    shape.push_back(ShapedType::isDynamic(x) ? y : x);
  }
  return a.clone(shape);
}

// What both types agree on.
RankedTensorType join(RankedTensorType a, RankedTensorType b) {
  SmallVector<int64_t> shape;
  for (auto [x, y] : llvm::zip(a.getShape(), b.getShape()))
    shape.push_back(x == y ? x : ShapedType::kDynamic);
  return a.clone(shape);
}

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

// A constant of this integer type; null where a number does not fit its elements.
ConstantOp integerConstant(OpBuilder &builder, Location loc, RankedTensorType type, ArrayRef<ShapeElement> elements) {
  auto integer = cast<IntegerType>(type.getElementType());
  unsigned width = integer.getWidth();
  bool isUnsigned = width == 1 || integer.isUnsigned();
  Tensor tensor(dtypeOf(integer), std::vector<int64_t>(type.getShape().begin(), type.getShape().end()));
  size_t size = byteSize(tensor.dtype);
  for (auto [i, element] : llvm::enumerate(elements)) {
    int64_t number = element.constant;
    if (isUnsigned ? number < 0 || (width < 64 && !llvm::isUIntN(width, number)) : !llvm::isIntN(width, number))
      return {};
    std::memcpy(tensor.bytes.data() + i * size, &number, size); // little-endian: the low bytes
  }
  return makeConstant(builder, loc, tensor);
}

struct InferShapesPass : impl::InferShapesBase<InferShapesPass> {
  using InferShapesBase::InferShapesBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      changed_ = true;
      for (int round = 0; changed_ && round < kMaxRounds; ++round) {
        changed_ = false;
        if (failed(inferBlock(function.getBody().front())))
          return signalPassFailure();
        IRRewriter rewriter(function.getContext());
        (void)runRegionDCE(rewriter, function.getBody());
      }
      updateSignature(function);
    }
  }

private:
  bool changed_ = false;

  LogicalResult refine(Operation *op, Value result, RankedTensorType inferred) {
    RankedTensorType known = typeOf(result), met = meet(known, inferred);
    if (!met)
      return op->emitOpError() << "has a result of type " << known << ", but its operands give " << inferred;
    if (met != known) {
      result.setType(met);
      changed_ = true;
      ++refined;
    }
    return success();
  }

  LogicalResult inferBlock(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isa<ConstantOp>(op) || op.hasTrait<OpTrait::IsTerminator>())
        continue;
      if (auto branch = dyn_cast<IfOp>(op)) {
        if (failed(inferIf(branch)))
          return failure();
        continue;
      }
      if (auto loop = dyn_cast<LoopOp>(op)) {
        if (failed(inferLoop(loop)))
          return failure();
        continue;
      }
      if (failed(inferOp(&op)))
        return failure();
      if (foldIntegers(&op))
        continue;
      if (auto reshape = dyn_cast<ReshapeOp>(op))
        simplifyReshape(reshape);
      else if (auto expand = dyn_cast<ExpandOp>(op))
        simplifyExpand(expand);
    }
    return success();
  }

  LogicalResult inferOp(Operation *op) {
    auto inference = dyn_cast<InferTypeOpInterface>(op);
    if (!inference)
      return success();
    SmallVector<Type> types;
    if (failed(inference.inferReturnTypes(op->getContext(), op->getLoc(), op->getOperands(),
                                          op->getDiscardableAttrDictionary(), op->getPropertiesStorage(),
                                          op->getRegions(), types)))
      return failure();
    for (auto [result, type] : llvm::zip(op->getResults(), types))
      if (failed(refine(op, result, cast<RankedTensorType>(type))))
        return failure();
    return success();
  }

  LogicalResult inferIf(IfOp op) {
    if (failed(inferBlock(op.getThenRegion().front())) || failed(inferBlock(op.getElseRegion().front())))
      return failure();
    auto a = op.getThenRegion().front().getTerminator()->getOperands();
    auto b = op.getElseRegion().front().getTerminator()->getOperands();
    for (auto [result, x, y] : llvm::zip(op.getResults(), a, b))
      if (failed(refine(op, result, join(typeOf(x), typeOf(y)))))
        return failure();
    return success();
  }

  // A carried value has the type on which its initial value and the body's result agree: by induction, whatever is
  // known of the argument already holds in every iteration.
  LogicalResult inferLoop(LoopOp op) {
    Block &body = op.getBody().front();
    if (failed(inferBlock(body)))
      return failure();
    auto yielded = body.getTerminator()->getOperands();
    size_t carried = op.getInitial().size();
    for (size_t i = 0; i < carried; ++i) {
      RankedTensorType agreed = join(typeOf(op.getInitial()[i]), typeOf(yielded[i + 1]));
      if (failed(refine(op, body.getArgument(i + 2), agreed)) || failed(refine(op, op.getResult(i), agreed)))
        return failure();
    }
    for (size_t i = carried; i + 1 < yielded.size(); ++i) {
      SmallVector<int64_t> shape{ShapedType::kDynamic};
      llvm::append_range(shape, typeOf(yielded[i + 1]).getShape());
      if (failed(refine(op, op.getResult(i), typeOf(yielded[i + 1]).clone(shape))))
        return failure();
    }
    return success();
  }

  bool foldIntegers(Operation *op) {
    if (op->getNumResults() != 1 || !isMemoryEffectFree(op) || op->use_empty())
      return false;
    auto elements = shapeValues(op->getResult(0));
    if (!elements || !llvm::all_of(*elements, [](const ShapeElement &e) { return e.isConstant(); }))
      return false;
    OpBuilder builder(op);
    ConstantOp constant = integerConstant(builder, op->getLoc(), typeOf(op->getResult(0)), *elements);
    if (!constant)
      return false;
    op->getResult(0).replaceAllUsesWith(constant.getOutput());
    op->erase();
    changed_ = true;
    ++folded;
    return true;
  }

  // True where element i of a shape is dimension i of the tensor.
  static bool isDimension(const ShapeElement &element, Value tensor, int64_t dim) {
    return element == ShapeElement::of(tensor, dim);
  }

  void simplifyReshape(ReshapeOp op) {
    RankedTensorType input = typeOf(op.getInput()), result = typeOf(op.getOutput());
    auto elements = shapeValues(op.getShape());
    if (!elements || constantOf(op.getShape()))
      return simplifyConstantReshape(op);
    // The known part of the result is fixed; a dimension that is copied is 0; one more may be left to be computed.
    SmallVector<int64_t> shape;
    int64_t computed = 0;
    for (auto [i, size] : llvm::enumerate(result.getShape())) {
      if (size == 0)
        return; // -1 would be ambiguous, and 0 would copy
      int64_t dim = static_cast<int64_t>(i);
      bool copied =
          ShapedType::isDynamic(size) && dim < input.getRank() && isDimension((*elements)[i], op.getInput(), dim);
      shape.push_back(!ShapedType::isDynamic(size) ? size : copied ? 0 : -1);
      computed += shape.back() == -1;
    }
    // Beside a copied dimension, which may turn out empty, nothing is computed that the model does not leave open.
    bool copies = llvm::is_contained(shape, 0);
    bool modelComputes =
        llvm::any_of(*elements, [](const ShapeElement &e) { return e.isConstant() && e.constant == -1; });
    if (computed > 1 || (computed == 1 && copies && !modelComputes))
      return;
    OpBuilder builder(op);
    op.getShapeMutable().assign(makeIndexConstant(builder, op.getLoc(), shape));
    op.setAllowzero(false);
    changed_ = true;
    ++folded;
    simplifyConstantReshape(op);
  }

  // Every dimension stays: the operand itself.
  void simplifyConstantReshape(ReshapeOp op) {
    RankedTensorType input = typeOf(op.getInput()), result = typeOf(op.getOutput());
    auto shape = constantIntegers(op.getShape());
    if (!shape || input != result || op.getAllowzero())
      return;
    int64_t open = 0;
    for (auto [i, size] : llvm::enumerate(*shape))
      open += input.isDynamicDim(static_cast<unsigned>(i)) && size != 0;
    if (open <= 1 && !llvm::is_contained(input.getShape(), 0)) {
      op.getOutput().replaceAllUsesWith(op.getInput());
      changed_ = true;
    }
  }

  // Every element of the shape is 1 or the dimension that is there already: the operand itself.
  void simplifyExpand(ExpandOp op) {
    RankedTensorType input = typeOf(op.getInput());
    auto elements = shapeValues(op.getShape());
    if (!elements || static_cast<int64_t>(elements->size()) > input.getRank() || input != typeOf(op.getOutput()))
      return;
    int64_t offset = input.getRank() - static_cast<int64_t>(elements->size());
    for (auto [i, element] : llvm::enumerate(*elements))
      if (!(element.isConstant() && element.constant == 1) &&
          !isDimension(element, op.getInput(), offset + static_cast<int64_t>(i)))
        return;
    op.getOutput().replaceAllUsesWith(op.getInput());
    changed_ = true;
  }

  static void dropKnownSymbols(Builder builder, RankedTensorType type, Attribute attribute,
                               llvm::function_ref<void(Attribute)> set) {
    auto dims = dyn_cast_or_null<ArrayAttr>(attribute);
    if (!type || !dims || static_cast<int64_t>(dims.size()) != type.getRank())
      return;
    SmallVector<Attribute> symbols(dims.begin(), dims.end());
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (!type.isDynamicDim(i))
        symbols[i] = builder.getStringAttr("");
    set(builder.getArrayAttr(symbols));
  }

  static void updateSignature(func::FuncOp function) {
    Block &entry = function.getBody().front();
    SmallVector<Type> inputs(entry.getArgumentTypes());
    SmallVector<Type> results(entry.getTerminator()->getOperandTypes());
    Builder builder(function.getContext());
    function.setFunctionType(builder.getFunctionType(inputs, results));
    for (unsigned i = 0; i < inputs.size(); ++i)
      dropKnownSymbols(builder, dyn_cast<RankedTensorType>(inputs[i]), function.getArgAttr(i, kDimsAttr),
                       [&](Attribute dims) { function.setArgAttr(i, kDimsAttr, dims); });
    for (unsigned i = 0; i < results.size(); ++i)
      dropKnownSymbols(builder, dyn_cast<RankedTensorType>(results[i]), function.getResultAttr(i, kDimsAttr),
                       [&](Attribute dims) { function.setResultAttr(i, kDimsAttr, dims); });
  }
};

} // namespace
} // namespace mlc
