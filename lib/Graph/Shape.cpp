#include "Graph/Constants.h"
#include "Graph/Inference.h"
#include "Graph/ShapeValues.h"

using namespace mlir;

namespace mlc::graph {

static constexpr int64_t kDynamic = ShapedType::kDynamic;

// ---- constants and shapes -------------------------------------------------------------------

MLC_INFER(ConstantOp) {
  Adaptor op(operands, attributes, properties, regions);
  types.push_back(cast<RankedTensorType>(op.getValue().getShapedType()));
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

MLC_INFER(ShapeOfOp) {
  Adaptor op(operands, attributes, properties, regions);
  int64_t size = static_cast<int64_t>(op.getEnd()) - static_cast<int64_t>(op.getStart());
  types.push_back(RankedTensorType::get({size}, IntegerType::get(context, 64)));
  return success();
}

OpFoldResult ShapeOfOp::fold(FoldAdaptor) {
  SmallVector<int64_t> sizes;
  auto shape = tensorType(getInput()).getShape();
  for (int64_t i = getStart(); i < static_cast<int64_t>(getEnd()); ++i) {
    if (ShapedType::isDynamic(shape[i]))
      return {};
    sizes.push_back(shape[i]);
  }
  return DenseElementsAttr::get(cast<ShapedType>(getType()), ArrayRef<int64_t>(sizes));
}

// ---- other shapes of the same elements -------------------------------------------------------

MLC_INFER(ReshapeOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  int64_t rank = tensorType(op.getShape()).getRank() == 0 ? 1 : tensorType(op.getShape()).getDimSize(0);
  if (ShapedType::isDynamic(rank))
    return emitOptionalError(location, "the rank of the result is not known");
  SmallVector<int64_t> shape(rank, kDynamic);
  auto values = shapeValues(op.getShape());
  int64_t inferred = -1, known = 1;
  // Dimensions of the operand that stand unchanged in the result cancel on both sides.
  SmallVector<bool> cancelled(input.getRank(), false);
  bool allKnown = values.has_value();
  for (int64_t i = 0; values && i < rank; ++i) {
    ShapeElement element = (*values)[i];
    if (element.isConstant() && element.constant == 0 && !op.getAllowzero()) {
      if (i >= input.getRank())
        return emitOptionalError(location, "shape has 0 at position ", i, ", but the operand has rank ",
                                 input.getRank());
      element = ShapeElement::of(op.getInput(), i);
    }
    if (element.isConstant() && element.constant >= 0) {
      shape[i] = element.constant;
      if (llvm::MulOverflow(known, element.constant, known))
        return emitOptionalError(location, "the shape has more elements than can be counted");
    } else if (element.isConstant()) {
      inferred = i;
    } else if (element.kind == ShapeElement::Dimension && element.tensor == op.getInput() &&
               !cancelled[element.dimension]) {
      cancelled[element.dimension] = true;
    } else {
      allKnown = false;
    }
  }
  if (allKnown) {
    int64_t rest = 1;
    bool isStatic = true;
    for (int64_t i = 0; i < input.getRank(); ++i) {
      if (cancelled[i])
        continue;
      if (input.isDynamicDim(i))
        isStatic = false;
      else if (llvm::MulOverflow(rest, input.getDimSize(i), rest))
        return emitOptionalError(location, "the operand has more elements than can be counted");
    }
    if (isStatic && inferred >= 0 && known != 0) {
      if (rest % known)
        return emitOptionalError(location, "cannot reshape ", input, ": the elements do not fill the given dimensions");
      shape[inferred] = rest / known;
    } else if (isStatic && inferred < 0 && known != rest) {
      return emitOptionalError(location, "cannot reshape ", input, " to a shape of ", known, " elements");
    }
  }
  types.push_back(input.clone(shape));
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  auto type = cast<RankedTensorType>(getType());
  if (getInput().getType() == type && type.getNumDynamicDims() <= 1 &&
      (type.hasStaticShape() || llvm::none_of(type.getShape(), [](int64_t d) { return d == 0; })))
    return getInput();
  return {};
}

namespace {
// reshape(reshape(x)) reads x itself, where the outer shape does not copy dimensions of the inner result.
struct ReshapeOfReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    Operation *inner = op.getInput().getDefiningOp();
    if (!isa_and_nonnull<ReshapeOp, SqueezeOp, UnsqueezeOp>(inner))
      return rewriter.notifyMatchFailure(op, "operand is no reshape");
    auto values = shapeValues(op.getShape());
    if (!values)
      return rewriter.notifyMatchFailure(op, "shape is not known");
    for (const ShapeElement &element : *values)
      if (!op.getAllowzero() && !(element.isConstant() && element.constant != 0) &&
          element.kind != ShapeElement::Dimension)
        return rewriter.notifyMatchFailure(op, "shape may copy a dimension of the operand");
    rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(inner->getOperand(0)); });
    return success();
  }
};

struct TransposeOfTranspose : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<TransposeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "operand is no transpose");
    SmallVector<int64_t> perm;
    for (int64_t i : op.getPerm())
      perm.push_back(inner.getPerm()[i]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getInput(), perm);
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ReshapeOfReshape>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<TransposeOfTranspose>(context);
}

MLC_INFER(SqueezeOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    if (!llvm::is_contained(op.getAxes(), i)) {
      shape.push_back(input.getDimSize(i));
      continue;
    }
    if (!input.isDynamicDim(i) && input.getDimSize(i) != 1)
      return emitOptionalError(location, "cannot squeeze dimension ", i, " of size ", input.getDimSize(i));
  }
  types.push_back(input.clone(shape));
  return success();
}

MLC_INFER(UnsqueezeOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  SmallVector<int64_t> shape;
  int64_t next = 0, rank = input.getRank() + static_cast<int64_t>(op.getAxes().size());
  for (int64_t i = 0; i < rank; ++i) {
    bool inserted = llvm::is_contained(op.getAxes(), i);
    if (!inserted && next >= input.getRank())
      return emitOptionalError(location, "axes of unsqueeze are out of range or not distinct");
    shape.push_back(inserted ? 1 : input.getDimSize(next++));
  }
  types.push_back(input.clone(shape));
  return success();
}

MLC_INFER(TransposeOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  SmallVector<int64_t> shape;
  for (int64_t i : op.getPerm()) {
    if (i < 0 || i >= input.getRank())
      return emitOptionalError(location, "perm has ", i, ", but the operand has rank ", input.getRank());
    shape.push_back(input.getDimSize(i));
  }
  if (static_cast<int64_t>(shape.size()) != input.getRank())
    return emitOptionalError(location, "perm has ", shape.size(), " entries, but the operand has rank ",
                             input.getRank());
  types.push_back(input.clone(shape));
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType() && llvm::equal(getPerm(), llvm::seq<int64_t>(0, getPerm().size())))
    return getInput();
  return {};
}

// ---- repetition ------------------------------------------------------------------------------

MLC_INFER(ExpandOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  auto target = describedShape(op.getShape());
  if (!target) {
    RankedTensorType shape = tensorType(op.getShape());
    if (shape.getRank() != 1 || shape.isDynamicDim(0))
      return emitOptionalError(location, "the rank of the result is not known");
    target = SmallVector<int64_t>(shape.getDimSize(0), kDynamic);
  }
  auto shape = broadcastShapes(input.getShape(), *target);
  if (!shape)
    return emitOptionalError(location, "cannot expand ", input, " to the given shape");
  types.push_back(input.clone(*shape));
  return success();
}

OpFoldResult ExpandOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType() && cast<RankedTensorType>(getType()).hasStaticShape())
    return getInput();
  return {};
}

MLC_INFER(TileOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  auto repeats = describedShape(op.getRepeats());
  SmallVector<int64_t> shape(input.getRank(), kDynamic);
  for (int64_t i = 0; repeats && i < input.getRank() && i < static_cast<int64_t>(repeats->size()); ++i)
    if (!input.isDynamicDim(i) && !ShapedType::isDynamic((*repeats)[i]))
      shape[i] = input.getDimSize(i) * (*repeats)[i];
    else if ((*repeats)[i] == 1)
      shape[i] = input.getDimSize(i);
  types.push_back(input.clone(shape));
  return success();
}

// ---- selection -------------------------------------------------------------------------------

static int64_t sliceSize(int64_t size, int64_t start, int64_t end, int64_t step) {
  if (size == 0)
    return 0;
  step = std::clamp<int64_t>(step, -(int64_t(1) << 60), int64_t(1) << 60); // beyond any size already
  if (start < 0)
    start += size;
  if (end < 0)
    end += size;
  if (step > 0) {
    start = std::clamp<int64_t>(start, 0, size);
    end = std::clamp<int64_t>(end, 0, size);
    return std::max<int64_t>(0, (end - start + step - 1) / step);
  }
  start = std::clamp<int64_t>(start, 0, size - 1);
  end = std::clamp<int64_t>(end, -1, size - 1);
  return std::max<int64_t>(0, (start - end - step - 1) / -step);
}

MLC_INFER(SliceOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  SmallVector<int64_t> shape(input.getShape());
  auto starts = shapeValues(op.getStarts()), ends = shapeValues(op.getEnds());
  auto steps = constantIntegers(op.getSteps());
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    if (axis < 0 || axis >= input.getRank())
      return emitOptionalError(location, "axis ", axis, " is out of range for rank ", input.getRank());
    if (steps && i < steps->size() && (*steps)[i] == 0)
      return emitOptionalError(location, "the step of a slice is 0");
    int64_t size = shape[axis];
    shape[axis] = kDynamic;
    if (!steps || !starts || !ends || i >= starts->size() || i >= ends->size())
      continue;
    const ShapeElement &start = (*starts)[i], &end = (*ends)[i];
    if (!start.isConstant() || !end.isConstant())
      continue;
    int64_t step = (*steps)[i], from = start.constant, to = end.constant;
    if (!ShapedType::isDynamic(size))
      shape[axis] = sliceSize(size, from, to, step);
    else if (step == 1 && from == -1 && to >= std::numeric_limits<int32_t>::max())
      shape[axis] = kDynamic; // one element, or none of an empty dimension
  }
  types.push_back(input.clone(shape));
  return success();
}

MLC_INFER(ConcatOp) {
  Adaptor op(operands, attributes, properties, regions);
  if (op.getInputs().empty())
    return emitOptionalError(location, "concatenation of nothing");
  RankedTensorType first = tensorType(op.getInputs()[0]);
  SmallVector<int64_t> shape(first.getShape());
  int64_t axis = op.getAxis();
  if (axis < 0 || axis >= first.getRank())
    return emitOptionalError(location, "axis ", axis, " is out of range for rank ", first.getRank());
  for (Value input : op.getInputs().drop_front()) {
    RankedTensorType type = tensorType(input);
    if (type.getRank() != first.getRank() || type.getElementType() != first.getElementType())
      return emitOptionalError(location, "cannot concatenate ", first, " and ", type);
    for (int64_t i = 0; i < type.getRank(); ++i) {
      int64_t size = type.getDimSize(i);
      if (i == axis) {
        shape[i] = ShapedType::isDynamic(shape[i]) || ShapedType::isDynamic(size) ? kDynamic : shape[i] + size;
      } else if (ShapedType::isDynamic(shape[i])) {
        shape[i] = size;
      } else if (!ShapedType::isDynamic(size) && size != shape[i]) {
        return emitOptionalError(location, "cannot concatenate ", first, " and ", type, " along axis ", axis);
      }
    }
  }
  types.push_back(first.clone(shape));
  return success();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  if (getInputs().size() == 1 && getInputs()[0].getType() == getType())
    return getInputs()[0];
  return {};
}

MLC_INFER(GatherOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput()), indices = tensorType(op.getIndices());
  int64_t axis = op.getAxis();
  if (axis < 0 || axis >= input.getRank())
    return emitOptionalError(location, "axis ", axis, " is out of range for rank ", input.getRank());
  SmallVector<int64_t> shape(input.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, input.getShape().drop_front(axis + 1));
  types.push_back(input.clone(shape));
  return success();
}

MLC_INFER(GatherElementsOp) {
  Adaptor op(operands, attributes, properties, regions);
  types.push_back(tensorType(op.getInput()).clone(tensorType(op.getIndices()).getShape()));
  return success();
}

MLC_INFER(GatherNDOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput()), indices = tensorType(op.getIndices());
  if (indices.getRank() < 1 || indices.isDynamicDim(indices.getRank() - 1))
    return emitOptionalError(location, "the last dimension of the indices is not known");
  int64_t depth = indices.getDimSize(indices.getRank() - 1), batch = op.getBatchDims();
  if (batch + depth > input.getRank())
    return emitOptionalError(location, "indices address ", batch + depth, " dimensions of ", input);
  SmallVector<int64_t> shape(indices.getShape().drop_back());
  llvm::append_range(shape, input.getShape().drop_front(batch + depth));
  types.push_back(input.clone(shape));
  return success();
}

MLC_INFER(ScatterOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput()), indices = tensorType(op.getIndices()),
                   updates = tensorType(op.getUpdates());
  if (input.getRank() != 2 || indices.getRank() != 1 || updates.getRank() != 2 ||
      !indices.getElementType().isInteger(64) || updates.getElementType() != input.getElementType())
    return emitOptionalError(location, "takes a matrix, i64 indices of rows, and rows of the matrix's element type");
  types.push_back(input);
  return success();
}

// ---- made from numbers -----------------------------------------------------------------------

MLC_INFER(PadOp) {
  Adaptor op(operands, attributes, properties, regions);
  RankedTensorType input = tensorType(op.getInput());
  SmallVector<int64_t> shape(input.getShape());
  auto pads = shapeValues(op.getPads());
  size_t n = op.getAxes().size();
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    if (axis < 0 || axis >= input.getRank())
      return emitOptionalError(location, "axis ", axis, " is out of range for rank ", input.getRank());
    bool known = pads && pads->size() == 2 * n && (*pads)[i].isConstant() && (*pads)[i + n].isConstant();
    if (!known || ShapedType::isDynamic(shape[axis])) {
      bool unchanged = known && (*pads)[i].constant == 0 && (*pads)[i + n].constant == 0;
      shape[axis] = unchanged ? shape[axis] : kDynamic;
      continue;
    }
    shape[axis] += (*pads)[i].constant + (*pads)[i + n].constant;
    if (shape[axis] < 0)
      return emitOptionalError(location, "padding leaves a negative size along axis ", axis);
  }
  types.push_back(input.clone(shape));
  return success();
}

MLC_INFER(RangeOp) {
  Adaptor op(operands, attributes, properties, regions);
  int64_t size = kDynamic;
  auto start = constantScalar(op.getStart()), limit = constantScalar(op.getLimit()),
       delta = constantScalar(op.getDelta());
  if (start && limit && delta) {
    if (*delta == 0)
      return emitOptionalError(location, "the step of a range is 0");
    double count = std::ceil((*limit - *start) / *delta);
    if (!(count < 1e15))
      return emitOptionalError(location, "a range from ", *start, " to ", *limit, " by ", *delta, " has no length");
    size = count > 0 ? static_cast<int64_t>(count) : 0;
  } else if (delta && *delta == 1 && start && *start == 0) {
    auto values = shapeValues(op.getLimit());
    if (values && values->size() == 1 && values->front().isConstant())
      size = std::max<int64_t>(0, values->front().constant);
  }
  types.push_back(RankedTensorType::get({size}, tensorType(op.getStart()).getElementType()));
  return success();
}

MLC_INFER(NonZeroOp) {
  Adaptor op(operands, attributes, properties, regions);
  int64_t rank = tensorType(op.getInput()).getRank();
  types.push_back(RankedTensorType::get({rank, kDynamic}, IntegerType::get(context, 64)));
  return success();
}

} // namespace mlc::graph
