#include "passes/ChannelsLast/Sinking.h"

#include "Graph/Constants.h"
#include "Graph/Inference.h"
#include "Graph/ShapeValues.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::layout {

// ---- building blocks -------------------------------------------------------------------------

std::optional<View> Sinking::viewOf(Value value) const {
  auto transpose = value.getDefiningOp<TransposeOp>();
  if (!transpose || !layoutTransposes.contains(transpose))
    return std::nullopt;
  return View{transpose.getInput(), Permutation(transpose.getPerm())};
}

// A transpose of `value` that stands before `user` already.
static Value existingTranspose(Value value, ArrayRef<int64_t> perm, Operation *user) {
  for (Operation *other : value.getUsers())
    if (auto transpose = dyn_cast<TransposeOp>(other))
      if (transpose.getPerm() == perm && transpose->getBlock() == user->getBlock() && transpose->isBeforeInBlock(user))
        return transpose;
  return {};
}

Value Sinking::transposed(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> perm) {
  Permutation whole(perm);
  while (auto inner = value.getDefiningOp<TransposeOp>()) {
    whole = compose(inner.getPerm(), whole);
    value = inner.getInput();
  }
  if (isIdentity(whole))
    return value;
  if (Value existing = existingTranspose(value, whole, &*builder.getInsertionPoint()))
    return existing;
  return TransposeOp::create(builder, loc, permute(tensorType(value), whole), value, whole);
}

void Sinking::rebuild(Operation *op, ValueRange operands, ArrayRef<int64_t> perm, Edit edit) {
  OpBuilder builder(op);
  Operation *copy = builder.clone(*op);
  copy->setOperands(operands);
  if (edit)
    edit(copy);
  for (auto [result, old] : llvm::zip(copy->getResults(), op->getResults())) {
    // What is known of the old result's shape is known of the new one.
    result.setType(permute(tensorType(old), inverse(perm)));
    Value replacement = result;
    if (!isIdentity(perm)) {
      auto transpose = TransposeOp::create(builder, op->getLoc(), old.getType(), result, perm);
      layoutTransposes.insert(transpose);
      replacement = transpose;
    }
    old.replaceAllUsesWith(replacement);
  }
  op->erase();
}

void Sinking::rebuildOnSource(Operation *op, const View &view, ArrayRef<int64_t> perm, Edit edit) {
  SmallVector<Value> operands(op->getOperands());
  operands[0] = view.source;
  rebuild(op, operands, perm, edit);
}

void Sinking::wrap(Operation *op) {
  int64_t rank = tensorType(op->getOperand(0)).getRank();
  OpBuilder builder(op);
  SmallVector<Value> operands(op->getOperands());
  operands[0] = transposed(builder, op->getLoc(), operands[0], channelsToLast(rank));
  rebuild(op, operands, channelsToFirst(rank), [](Operation *copy) {
    TypeSwitch<Operation *>(copy).Case<ConvOp, ConvIntegerOp, ConvTransposeOp, PoolOp>(
        [](auto conv) { conv.setChannelsLast(true); });
  });
}

// ---- ops with several operands of one layout ---------------------------------------------------

static bool hasOneElement(RankedTensorType type) {
  return llvm::all_of(type.getShape(), [](int64_t size) { return size == 1; });
}

// Whether an operand gets to another layout without work at run time.
bool Sinking::isCheap(Value operand, ArrayRef<int64_t> toSource, Operation *user) const {
  RankedTensorType type = tensorType(operand);
  int64_t added = static_cast<int64_t>(toSource.size()) - type.getRank();
  SmallVector<int64_t> shape(added, 1);
  llvm::append_range(shape, type.getShape());
  return constantOf(operand) || movesNothing(type.clone(shape), toSource) ||
         (added == 0 && existingTranspose(operand, toSource, user));
}

// The operand in the layout whose transpose by `perm` is the present one.
Value Sinking::relaid(OpBuilder &builder, Operation *user, Value operand, ArrayRef<int64_t> perm, bool broadcasts) {
  RankedTensorType type = tensorType(operand);
  int64_t rank = static_cast<int64_t>(perm.size()), added = rank - type.getRank();
  if (auto view = viewOf(operand); view && extend(view->perm, rank) == Permutation(perm))
    return view->source;
  if (broadcasts && hasOneElement(type))
    return operand;
  Permutation toSource = inverse(perm);
  if (auto constant = constantTensor(operand)) {
    constant->shape.insert(constant->shape.begin(), added, 1);
    Tensor moved = permute(*constant, toSource);
    while (broadcasts && !moved.shape.empty() && moved.shape.front() == 1)
      moved.shape.erase(moved.shape.begin());
    return makeConstant(builder, operand.getLoc(), moved);
  }
  if (added > 0) {
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, added)), shape(added, 1);
    llvm::append_range(shape, type.getShape());
    operand = UnsqueezeOp::create(builder, user->getLoc(), type.clone(shape), operand, axes);
  }
  return transposed(builder, user->getLoc(), operand, toSource);
}

bool Sinking::sinkBroadcast(Operation *op, bool concat) {
  int64_t rank = tensorType(op->getResult(0)).getRank();
  // The layout of the operand whose transpose costs most.
  std::optional<Permutation> perm;
  bool moves = false;
  for (Value operand : op->getOperands())
    if (auto view = viewOf(operand); view && !moves) {
      bool copies = !movesNothing(tensorType(view->source), view->perm);
      if (!perm || copies)
        perm = extend(view->perm, rank);
      moves = copies;
    }
  if (!perm)
    return false;
  int saved = 0, added = 0;
  Permutation toSource = inverse(*perm);
  for (Value operand : op->getOperands()) {
    auto view = viewOf(operand);
    if (view && extend(view->perm, rank) == *perm)
      saved += !movesNothing(tensorType(view->source), view->perm);
    else
      added += !isCheap(operand, toSource, op);
  }
  if (added > saved)
    return false;
  OpBuilder builder(op);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(relaid(builder, op, operand, *perm, !concat));
  rebuild(op, operands, *perm, [&](Operation *copy) {
    if (auto joined = dyn_cast<ConcatOp>(copy))
      joined.setAxis((*perm)[joined.getAxis()]);
  });
  return true;
}

// ---- ops with one operand of the layout --------------------------------------------------------

static Permutation sorted(Permutation axes) {
  llvm::sort(axes);
  return axes;
}

bool Sinking::sinkOneOperand(Operation *op, const View &view) {
  const Permutation &perm = view.perm;
  auto rank = static_cast<int64_t>(perm.size());
  return TypeSwitch<Operation *, bool>(op)
      .Case<UnaryOp, CastOp>([&](auto) {
        rebuildOnSource(op, view, perm);
        return true;
      })
      .Case<QuantizeOp, DequantizeOp>([&](auto quantize) {
        if (quantize.getBlock() != 0 || tensorType(quantize.getScale()).getRank() > 1)
          return false;
        int64_t axis = quantize.getAxis();
        rebuildOnSource(op, view, perm, [&](Operation *copy) {
          if (axis >= 0 && axis < rank)
            cast<decltype(quantize)>(copy).setAxis(perm[axis]);
        });
        return true;
      })
      .Case<SoftmaxOp, CumSumOp, TopKOp>([&](auto along) {
        rebuildOnSource(op, view, perm,
                        [&](Operation *copy) { cast<decltype(along)>(copy).setAxis(perm[along.getAxis()]); });
        return true;
      })
      .Case<PadOp, SliceOp, ResizeOp>([&](auto window) {
        rebuildOnSource(op, view, perm, [&](Operation *copy) {
          cast<decltype(window)>(copy).setAxes(mapAxes(perm, window.getAxes()));
        });
        return true;
      })
      .Case([&](ReduceOp reduce) {
        Permutation left = reduce.getKeepdims() ? perm : drop(perm, reduce.getAxes());
        rebuildOnSource(op, view, left, [&](Operation *copy) {
          cast<ReduceOp>(copy).setAxes(sorted(mapAxes(perm, reduce.getAxes())));
        });
        return true;
      })
      .Case([&](ArgReduceOp reduce) {
        Permutation left = reduce.getKeepdims() ? perm : drop(perm, {static_cast<int64_t>(reduce.getAxis())});
        rebuildOnSource(op, view, left,
                        [&](Operation *copy) { cast<ArgReduceOp>(copy).setAxis(perm[reduce.getAxis()]); });
        return true;
      })
      .Case([&](LayerNormOp norm) {
        int64_t axis = norm.getAxis();
        for (int64_t i = axis; i < rank; ++i)
          if (perm[i] != i)
            return false;
        for (Value parameter : op->getOperands().drop_front())
          if (tensorType(parameter).getRank() > rank - axis)
            return false;
        rebuildOnSource(op, view, perm);
        return true;
      })
      .Case([&](SqueezeOp squeeze) {
        rebuildOnSource(op, view, drop(perm, squeeze.getAxes()), [&](Operation *copy) {
          cast<SqueezeOp>(copy).setAxes(sorted(mapAxes(perm, squeeze.getAxes())));
        });
        return true;
      })
      .Case<ExpandOp, TileOp>([&](auto repeated) {
        Value sizes = op->getOperand(1);
        if (tensorType(sizes).getRank() != 1 || tensorType(sizes).getDimSize(0) != rank)
          return false;
        OpBuilder builder(op);
        Value order = makeIndexConstant(builder, op->getLoc(), inverse(perm));
        Value moved = GatherOp::create(builder, op->getLoc(), sizes.getType(), sizes, order, 0);
        rebuild(op, {view.source, moved}, perm);
        return true;
      })
      .Case([&](DynamicRangeOp) {
        op->setOperand(0, view.source);
        return true;
      })
      .Case([&](GatherOp gather) { return sinkGather(gather, view); })
      .Case([&](UnsqueezeOp unsqueeze) { return sinkUnsqueeze(unsqueeze, view); })
      .Case([&](ReshapeOp reshape) { return sinkReshape(reshape, view); })
      .Case([&](TransposeOp transpose) { return sinkTranspose(transpose, view); })
      .Case([&](ShapeOfOp shape) { return readShape(shape, view); })
      .Default(false);
}

// Dimension `axis` of the operand becomes as many as the indices have.
bool Sinking::sinkGather(GatherOp op, const View &view) {
  int64_t axis = op.getAxis(), count = tensorType(op.getIndices()).getRank(), at = view.perm[axis];
  Permutation perm;
  for (auto [i, p] : llvm::enumerate(view.perm)) {
    if (static_cast<int64_t>(i) != axis)
      perm.push_back(p < at ? p : p + count - 1);
    else
      llvm::append_range(perm, llvm::seq<int64_t>(at, at + count));
  }
  rebuildOnSource(op, view, perm, [&](Operation *copy) { cast<GatherOp>(copy).setAxis(at); });
  return true;
}

namespace {
// Dimensions of a result as they shall lie in the other layout: each stands at the place of the source
// dimension it comes from; one that comes from none stands before the next that does (or, at the end, after
// the last).
struct Placement {
  llvm::SmallVector<int64_t> order; ///< result dimensions in source order
  Permutation perm;                 ///< of the result: transpose(new, perm) is the old one

  explicit Placement(ArrayRef<int64_t> sourceOfResult) {
    auto rank = static_cast<int64_t>(sourceOfResult.size());
    SmallVector<std::pair<double, int64_t>> keys;
    for (int64_t i = 0; i < rank; ++i)
      keys.push_back({place(sourceOfResult, i), i});
    llvm::sort(keys);
    for (auto &[key, dim] : keys)
      order.push_back(dim);
    perm = inverse(order);
  }

private:
  static double place(ArrayRef<int64_t> sourceOfResult, int64_t dim) {
    if (sourceOfResult[dim] >= 0)
      return static_cast<double>(sourceOfResult[dim]);
    for (size_t next = dim; next < sourceOfResult.size(); ++next)
      if (sourceOfResult[next] >= 0)
        return static_cast<double>(sourceOfResult[next]) - 0.5;
    for (int64_t previous = dim; previous >= 0; --previous)
      if (sourceOfResult[previous] >= 0)
        return static_cast<double>(sourceOfResult[previous]) + 0.5;
    return 0;
  }
};
} // namespace

bool Sinking::sinkUnsqueeze(UnsqueezeOp op, const View &view) {
  int64_t rank = tensorType(op.getResult()).getRank(), next = 0;
  SmallVector<int64_t> source;
  for (int64_t i = 0; i < rank; ++i)
    source.push_back(llvm::is_contained(op.getAxes(), i) ? -1 : view.perm[next++]);
  Placement placement(source);
  rebuildOnSource(op, view, placement.perm, [&](Operation *copy) {
    cast<UnsqueezeOp>(copy).setAxes(sorted(mapAxes(placement.perm, op.getAxes())));
  });
  return true;
}

// The shape of a reshape with its elements in another order; null where a 0 would change its meaning.
static Value reorderedShape(OpBuilder &builder, ReshapeOp op, const View &view, ArrayRef<int64_t> order) {
  Location loc = op.getLoc();
  RankedTensorType type = tensorType(op.getResult());
  auto values = shapeValues(op.getShape());
  auto one = RankedTensorType::get({1}, builder.getI64Type());
  SmallVector<int64_t> numbers;
  SmallVector<Value> pieces;
  for (auto [place, dim] : llvm::enumerate(order)) {
    const ShapeElement &element = (*values)[dim];
    int64_t number = 0;
    if (!type.isDynamicDim(dim)) {
      number = type.getDimSize(dim);
      if (number == 0)
        return {};
    } else if (type.getNumDynamicDims() == 1 || (element.isConstant() && element.constant < 0)) {
      number = -1;
    } else if (!element.isConstant()) {
      Value index = makeIndexConstant(builder, loc, dim);
      pieces.push_back(GatherOp::create(builder, loc, one, op.getShape(), index, 0));
      continue;
    } else if (op.getAllowzero()) {
      return {};
    } else if (int64_t copied = view.perm[dim]; copied != static_cast<int64_t>(place)) {
      pieces.push_back(ShapeOfOp::create(builder, loc, one, view.source, copied, copied + 1));
      continue;
    }
    numbers.push_back(number);
    pieces.push_back(makeIndexConstant(builder, loc, number));
  }
  if (numbers.size() == order.size())
    return makeIndexConstant(builder, loc, numbers);
  auto whole = RankedTensorType::get({type.getRank()}, builder.getI64Type());
  return ConcatOp::create(builder, loc, whole, pieces, 0);
}

bool Sinking::sinkReshape(ReshapeOp op, const View &view) {
  auto groups = reshapeGroups(op);
  if (!groups)
    return false;
  RankedTensorType input = tensorType(op.getInput());
  SmallVector<int64_t> source(tensorType(op.getResult()).getRank(), -1);
  for (const ReshapeGroup &group : *groups) {
    // Dimensions of size 1 vanish wherever they are; the others must be neighbours in the source too.
    int64_t first = -1, last = -1;
    for (int64_t dim : group.from) {
      int64_t at = view.perm[dim];
      if (input.getDimSize(dim) == 1)
        continue;
      if (last >= 0) {
        for (int64_t between = last + 1; between < at; ++between)
          if (tensorType(view.source).getDimSize(between) != 1)
            return false;
        if (at < last)
          return false;
      }
      first = first < 0 ? at : first;
      last = at;
    }
    if (first < 0 && !group.from.empty())
      first = view.perm[group.from.front()];
    for (int64_t dim : group.to)
      source[dim] = first;
  }
  Placement placement(source);
  OpBuilder builder(op);
  Value shape = reorderedShape(builder, op, view, placement.order);
  if (!shape)
    return false;
  rebuild(op, {view.source, shape}, placement.perm);
  return true;
}

// The model's own transpose ends a layout, unless it only exchanges channels among themselves (a channel
// shuffle: between two reshapes); then both change places.
bool Sinking::sinkTranspose(TransposeOp op, const View &view) {
  Permutation whole = compose(view.perm, op.getPerm());
  if (isIdentity(whole) && view.source.getType() == op.getType()) {
    op.getResult().replaceAllUsesWith(view.source);
    op->erase();
    return true;
  }
  if (!llvm::all_of(op->getUsers(), llvm::IsaPred<ReshapeOp>))
    return false;
  Permutation exchanged(view.perm.size());
  for (auto [i, q] : llvm::enumerate(op.getPerm()))
    exchanged[view.perm[i]] = view.perm[q];
  rebuildOnSource(op, view, view.perm, [&](Operation *copy) { cast<TransposeOp>(copy).setPerm(exchanged); });
  return true;
}

bool Sinking::readShape(ShapeOfOp op, const View &view) {
  OpBuilder builder(op);
  Permutation dims;
  for (int64_t i = op.getStart(); i < static_cast<int64_t>(op.getEnd()); ++i)
    dims.push_back(view.perm[i]);
  auto rank = static_cast<int64_t>(view.perm.size());
  Value replacement;
  if (dims.size() == 1) {
    replacement = ShapeOfOp::create(builder, op.getLoc(), op.getType(), view.source, dims[0], dims[0] + 1);
  } else {
    auto whole = RankedTensorType::get({rank}, builder.getI64Type());
    Value shape = ShapeOfOp::create(builder, op.getLoc(), whole, view.source, 0, rank);
    Value order = makeIndexConstant(builder, op.getLoc(), dims);
    replacement = GatherOp::create(builder, op.getLoc(), op.getType(), shape, order, 0);
  }
  op.getResult().replaceAllUsesWith(replacement);
  op->erase();
  return true;
}

bool Sinking::sink(Operation *op) {
  if (isa<BinaryOp, CompareOp, SelectOp>(op))
    return sinkBroadcast(op, /*concat=*/false);
  if (isa<ConcatOp>(op))
    return sinkBroadcast(op, /*concat=*/true);
  if (op->getNumOperands() == 0)
    return false;
  auto view = viewOf(op->getOperand(0));
  return view && sinkOneOperand(op, *view);
}

} // namespace mlc::layout
