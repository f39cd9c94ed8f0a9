#include "Lowering/Context.h"
#include "Graph/Constants.h"
#include "Support/NarrowTypes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::lowering {

Context::~Context() {
  for (Operation *op : discarded_)
    op->erase();
}

void Context::discard(Operation *op) {
  op->remove();
  discarded_.push_back(op);
}

// ---- values ----------------------------------------------------------------------------------

Value Context::lookup(Value graphValue) {
  auto found = values_.find(graphValue);
  assert(found != values_.end() && "graph values are lowered in order");
  return found->second;
}

void Context::map(Value graphValue, Value lowered, Shape shape) {
  values_[graphValue] = lowered;
  shapes_[graphValue] = shape;
  shapes_[lowered] = std::move(shape);
}

// ---- symbolic shapes -------------------------------------------------------------------------

const Shape &Context::shape(Value value) {
  auto found = shapes_.find(value);
  if (found != shapes_.end())
    return found->second;
  Shape shape;
  auto type = cast<RankedTensorType>(value.getType());
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (type.isDynamicDim(i))
      shape.push_back(symbol(tensor::DimOp::create(b, value, i)));
    else
      shape.push_back(constant(type.getDimSize(i)));
  }
  return shapes_[value] = shape;
}

Dim Context::symbol(Value index) {
  if (auto number = getConstantIntValue(index))
    return constant(*number);
  symbols_.push_back(index);
  return getAffineSymbolExpr(symbols_.size() - 1, b.getContext());
}

Dim Context::namedSymbol(StringRef name, function_ref<Value()> make) {
  auto found = named_.find(name.str());
  if (found != named_.end())
    return found->second;
  Dim dim = symbol(make());
  named_[name.str()] = dim;
  return dim;
}

bool Context::isDimension(Dim expr) const {
  auto symbol = dyn_cast<AffineSymbolExpr>(expr);
  return symbol && symbols_[symbol.getPosition()].getDefiningOp<tensor::DimOp>();
}

static bool isNeverNegativeValue(Value value) {
  if (auto number = getConstantIntValue(value))
    return *number >= 0;
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<tensor::DimOp, kernel::UnboundedOp>(op)) // an extent, where unbounded
    return true;
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    return isNeverNegativeValue(select.getTrueValue()) && isNeverNegativeValue(select.getFalseValue());
  if (isa_and_nonnull<arith::MaxSIOp>(op))
    return isNeverNegativeValue(op->getOperand(0)) || isNeverNegativeValue(op->getOperand(1));
  if (isa_and_nonnull<arith::MinSIOp, arith::AddIOp, arith::MulIOp>(op))
    return isNeverNegativeValue(op->getOperand(0)) && isNeverNegativeValue(op->getOperand(1));
  return false;
}

bool Context::isNeverNegative(Dim expr) const {
  if (auto number = constantOf(expr))
    return *number >= 0;
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return isNeverNegativeValue(symbols_[symbol.getPosition()]);
  auto binary = cast<AffineBinaryOpExpr>(expr);
  return isNeverNegative(binary.getLHS()) && isNeverNegative(binary.getRHS());
}

Dim Context::limited(Dim dim, int64_t limit) {
  Dim result = symbol(arith::MinSIOp::create(b, materialize(dim), index(limit)));
  limits_[result] = {dim, limit};
  return result;
}

std::optional<Dim> Context::unlimited(Dim x, Dim y) const {
  for (auto [limit, other] : {std::pair(x, y), std::pair(y, x)})
    if (auto found = limits_.find(limit);
        found != limits_.end() && found->second.first == other && found->second.second > 1)
      return other;
  return std::nullopt;
}

Dim Context::simplify(Dim expr) { return simplifyAffineExpr(expr, 0, symbols_.size()); }

Dim Context::product(ArrayRef<Dim> dims) {
  Dim result = constant(1);
  for (Dim dim : dims)
    result = result * dim;
  return simplify(result);
}

std::optional<int64_t> Context::constantOf(Dim expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  return std::nullopt;
}

// The factors of a product: one number and the rest.
static void collectFactors(Dim expr, int64_t &number, SmallVectorImpl<Dim> &factors) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    number *= constant.getValue();
  } else if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr); binary && expr.getKind() == AffineExprKind::Mul) {
    collectFactors(binary.getLHS(), number, factors);
    collectFactors(binary.getRHS(), number, factors);
  } else {
    factors.push_back(expr);
  }
}

Dim Context::divide(Dim a, Dim divisor) {
  int64_t numberA = 1, numberB = 1;
  SmallVector<Dim> factorsA, factorsB, restB;
  collectFactors(simplify(a), numberA, factorsA);
  collectFactors(simplify(divisor), numberB, factorsB);
  for (Dim factor : factorsB) {
    auto found = llvm::find(factorsA, factor);
    if (found != factorsA.end())
      factorsA.erase(found);
    else
      restB.push_back(factor);
  }
  if (numberB != 0 && numberA % numberB == 0) {
    numberA /= numberB;
    numberB = 1;
  }
  Dim top = constant(numberA), bottom = constant(numberB);
  for (Dim factor : factorsA)
    top = top * factor;
  for (Dim factor : restB)
    bottom = bottom * factor;
  return simplify(constantOf(bottom) == 1 ? top : top.floorDiv(bottom));
}

Dim Context::broadcastSize(Dim x, Dim y) {
  auto known = constantOf(x), other = constantOf(y);
  if (known == 1 || (!known && other && *other != 1))
    return y;
  if (known || other || x == y)
    return x;
  if (auto dim = unlimited(x, y))
    return *dim;
  Value left = materialize(x), right = materialize(y);
  Value one = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, left, index(1));
  return symbol(arith::SelectOp::create(b, one, right, left));
}

Value Context::materialize(Dim expr) {
  if (auto number = constantOf(expr))
    return index(*number);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols_[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value lhs = materialize(binary.getLHS()), rhs = materialize(binary.getRHS());
  // Sizes may be 0 at run time; a division by one must not trap.
  if (expr.getKind() != AffineExprKind::Add && expr.getKind() != AffineExprKind::Mul && !constantOf(binary.getRHS()))
    rhs = arith::MaxSIOp::create(b, rhs, index(1));
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return arith::AddIOp::create(b, lhs, rhs);
  case AffineExprKind::Mul:
    return arith::MulIOp::create(b, lhs, rhs);
  case AffineExprKind::FloorDiv:
    return arith::FloorDivSIOp::create(b, lhs, rhs);
  case AffineExprKind::CeilDiv:
    return arith::CeilDivSIOp::create(b, lhs, rhs);
  case AffineExprKind::Mod:
    return arith::RemSIOp::create(b, lhs, rhs);
  default:
    llvm_unreachable("an affine expression of symbols");
  }
}

OpFoldResult Context::size(Dim expr) {
  if (auto number = constantOf(expr))
    return b.getIndexAttr(*number);
  return materialize(expr);
}

SmallVector<OpFoldResult> Context::sizes(ArrayRef<Dim> shape) {
  SmallVector<OpFoldResult> result;
  for (Dim dim : shape)
    result.push_back(size(dim));
  return result;
}

Dim Context::indexElement(Value graphValue) { return indexElements(graphValue).front(); }

SmallVector<Dim> Context::indexElements(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t count = type.getRank() == 0 ? 1 : type.getDimSize(0);
  assert(!ShapedType::isDynamic(count) && "shape operands have a known length");
  SmallVector<Dim> result;

  if (auto constants = constantIntegers(value)) {
    for (int64_t number : *constants)
      result.push_back(constant(number));
    return result;
  }
  Operation *op = value.getDefiningOp();
  auto pick = [](ArrayRef<Dim> from, int64_t i) { return from[from.size() == 1 ? 0 : i]; };
  if (auto shapeOf = dyn_cast_or_null<ShapeOfOp>(op)) {
    const Shape &all = shape(shapeOf.getInput());
    for (int64_t i = shapeOf.getStart(); i < static_cast<int64_t>(shapeOf.getEnd()); ++i)
      result.push_back(all[i]);
    return result;
  }
  auto isSmallIndex = [](Value v) {
    auto t = cast<RankedTensorType>(v.getType());
    return t.getRank() <= 1 && t.hasStaticShape() && t.getNumElements() <= 64 && t.getElementType().isSignlessInteger();
  };
  if (isa_and_nonnull<SqueezeOp, UnsqueezeOp, ReshapeOp, CastOp>(op) && isSmallIndex(op->getOperand(0)) &&
      cast<RankedTensorType>(op->getOperand(0).getType()).getNumElements() == count)
    return indexElements(op->getOperand(0));
  if (auto concat = dyn_cast_or_null<ConcatOp>(op); concat && llvm::all_of(concat.getInputs(), isSmallIndex)) {
    for (Value input : concat.getInputs())
      llvm::append_range(result, indexElements(input));
    return result;
  }
  if (auto gather = dyn_cast_or_null<GatherOp>(op); gather && isSmallIndex(gather.getInput())) {
    if (auto indices = constantIntegers(gather.getIndices())) {
      auto from = indexElements(gather.getInput());
      bool valid =
          llvm::all_of(*indices, [&](int64_t i) { return i < (int64_t)from.size() && i >= -(int64_t)from.size(); });
      if (valid) {
        for (int64_t i : *indices)
          result.push_back(from[i < 0 ? i + from.size() : i]);
        return result;
      }
    }
  }
  if (auto slice = dyn_cast_or_null<SliceOp>(op); slice && isSmallIndex(slice.getInput())) {
    auto starts = constantIntegers(slice.getStarts()), steps = constantIntegers(slice.getSteps());
    if (starts && steps && starts->size() == 1) {
      auto from = indexElements(slice.getInput());
      int64_t n = from.size(), step = steps->front(), start = starts->front();
      start = std::clamp<int64_t>(start < 0 ? start + n : start, 0, step < 0 ? n - 1 : n);
      if (start + (count - 1) * step < n && start + (count - 1) * step >= 0) {
        for (int64_t i = 0; i < count; ++i)
          result.push_back(from[start + i * step]);
        return result;
      }
    }
  }
  if (auto expand = dyn_cast_or_null<ExpandOp>(op); expand && isSmallIndex(expand.getInput())) {
    auto from = indexElements(expand.getInput());
    if (from.size() == 1)
      return SmallVector<Dim>(count, from.front());
  }
  if (auto reduce = dyn_cast_or_null<ReduceOp>(op); reduce && reduce.getKind() == ReduceKind::Prod &&
                                                    isSmallIndex(reduce.getInput()) && count == 1 &&
                                                    !reduce.getAxes().empty())
    return {product(indexElements(reduce.getInput()))};
  if (auto select = dyn_cast_or_null<SelectOp>(op);
      select && isSmallIndex(select.getOnTrue()) && isSmallIndex(select.getOnFalse())) {
    if (auto condition = constantIntegers(select.getCondition())) {
      auto yes = indexElements(select.getOnTrue()), no = indexElements(select.getOnFalse());
      for (int64_t i = 0; i < count; ++i)
        result.push_back((*condition)[condition->size() == 1 ? 0 : i] ? pick(yes, i) : pick(no, i));
      return result;
    }
  }
  if (auto binary = dyn_cast_or_null<BinaryOp>(op);
      binary && isSmallIndex(binary.getLhs()) && isSmallIndex(binary.getRhs())) {
    auto lhs = indexElements(binary.getLhs()), rhs = indexElements(binary.getRhs());
    bool known = true;
    for (int64_t i = 0; i < count && known; ++i) {
      Dim x = pick(lhs, i), y = pick(rhs, i);
      switch (binary.getKind()) {
      case BinaryKind::Add:
        result.push_back(simplify(x + y));
        break;
      case BinaryKind::Sub:
        result.push_back(simplify(x - y));
        break;
      case BinaryKind::Mul:
        result.push_back(simplify(x * y));
        break;
      case BinaryKind::Div:
        // Truncation and floor agree: sizes are not negative. Other numbers are divided by a kernel.
        known = constantOf(y) != 0 && isNeverNegative(y);
        if (known)
          result.push_back(divide(x, y));
        break;
      case BinaryKind::Min:
        result.push_back(x == y ? x : symbol(arith::MinSIOp::create(b, materialize(x), materialize(y))));
        break;
      case BinaryKind::Max:
        result.push_back(x == y ? x : symbol(arith::MaxSIOp::create(b, materialize(x), materialize(y))));
        break;
      default:
        known = false;
      }
    }
    if (known)
      return result;
    result.clear();
  }
  Value lowered = lookup(value);
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<Value> at;
    if (type.getRank() == 1)
      at.push_back(index(i));
    Value element = tensor::ExtractOp::create(b, lowered, at);
    if (!element.getType().isIndex())
      element = arith::IndexCastOp::create(b, b.getIndexType(), toSignless(b, element));
    result.push_back(symbol(element));
  }
  return result;
}

// ---- building --------------------------------------------------------------------------------

RankedTensorType Context::type(ArrayRef<Dim> shape, Type elementType) {
  SmallVector<int64_t> sizes;
  for (Dim dim : shape)
    sizes.push_back(constantOf(dim).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(sizes, elementType);
}

Value Context::empty(ArrayRef<Dim> shape, Type elementType) {
  Value result = tensor::EmptyOp::create(b, sizes(shape), elementType);
  setShape(result, Shape(shape));
  return result;
}

Value Context::index(int64_t value) { return arith::ConstantIndexOp::create(b, b.getLoc(), value); }

Type signlessType(Type type) {
  MLIRContext *context = type.getContext();
  if (isNarrow(graph::dtypeOf(type)))
    return IntegerType::get(context, 8);
  auto integer = dyn_cast<IntegerType>(type);
  return integer && !integer.isSignless() ? IntegerType::get(context, integer.getWidth()) : type;
}

Value toSignless(ImplicitLocOpBuilder &b, Value value) {
  Type type = signlessType(value.getType());
  if (type == value.getType())
    return value;
  return UnrealizedConversionCastOp::create(b, type, value).getResult(0);
}

Value fromSignless(ImplicitLocOpBuilder &b, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return UnrealizedConversionCastOp::create(b, type, value).getResult(0);
}

Value element(ImplicitLocOpBuilder &b, Value tensor, ValueRange indices) {
  return toSignless(b, tensor::ExtractOp::create(b, tensor, indices));
}

// What a generic op with this many loops reads, and where.
static void addInputs(ImplicitLocOpBuilder &b, ArrayRef<Context::Input> inputs, size_t loops,
                      SmallVectorImpl<AffineMap> &maps, SmallVectorImpl<Value> &operands) {
  for (const Context::Input &input : inputs) {
    SmallVector<AffineExpr> results;
    for (int64_t loop : input.loops)
      results.push_back(loop < 0 ? b.getAffineConstantExpr(0) : b.getAffineDimExpr(loop));
    maps.push_back(AffineMap::get(loops, 0, results, b.getContext()));
    operands.push_back(input.value);
  }
}

Value Context::map(ArrayRef<Dim> shape, Type elementType, ArrayRef<Input> inputs, Body body) {
  Value out = empty(shape, elementType);
  SmallVector<AffineMap> maps;
  SmallVector<Value> operands;
  addInputs(b, inputs, shape.size(), maps, operands);
  maps.push_back(b.getMultiDimIdentityMap(shape.size()));
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(b, out.getType(), operands, out, maps, iterators,
                                           [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                             ImplicitLocOpBuilder inner(loc, builder);
                                             SmallVector<Value> converted;
                                             for (Value argument : arguments.drop_back())
                                               converted.push_back(toSignless(inner, argument));
                                             Value result = body(inner, converted);
                                             linalg::YieldOp::create(inner, fromSignless(inner, result, elementType));
                                           });
  Value result = generic.getResult(0);
  setShape(result, Shape(shape));
  return result;
}

Value Context::generate(ArrayRef<Dim> shape, Type elementType,
                        function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body) {
  return map(shape, elementType, {}, [&](ImplicitLocOpBuilder &inner, ValueRange) {
    SmallVector<Value> indices;
    for (size_t i = 0; i < shape.size(); ++i)
      indices.push_back(linalg::IndexOp::create(inner, i));
    return body(inner, indices);
  });
}

Value Context::reduce(ArrayRef<Dim> loops, ArrayRef<Input> inputs, ArrayRef<int64_t> axes, TypedAttr identity,
                      ReduceBody body) {
  Shape resultShape;
  SmallVector<AffineExpr> kept;
  SmallVector<utils::IteratorType> iterators;
  for (size_t i = 0; i < loops.size(); ++i) {
    bool reduced = llvm::is_contained(axes, static_cast<int64_t>(i));
    iterators.push_back(reduced ? utils::IteratorType::reduction : utils::IteratorType::parallel);
    if (reduced)
      continue;
    kept.push_back(b.getAffineDimExpr(i));
    resultShape.push_back(loops[i]);
  }
  Value init = arith::ConstantOp::create(b, identity);
  Value out = linalg::FillOp::create(b, init, empty(resultShape, identity.getType())).getResult(0);
  SmallVector<AffineMap> maps;
  SmallVector<Value> operands;
  addInputs(b, inputs, loops.size(), maps, operands);
  maps.push_back(AffineMap::get(loops.size(), 0, kept, b.getContext()));
  auto generic = linalg::GenericOp::create(
      b, out.getType(), operands, out, maps, iterators, [&](OpBuilder &builder, Location loc, ValueRange arguments) {
        ImplicitLocOpBuilder inner(loc, builder);
        SmallVector<Value> converted, indices;
        for (Value argument : arguments.drop_back())
          converted.push_back(toSignless(inner, argument));
        for (size_t i = 0; i < loops.size(); ++i)
          indices.push_back(linalg::IndexOp::create(inner, i));
        linalg::YieldOp::create(inner, body(inner, converted, indices, arguments.back()));
      });
  Value result = generic.getResult(0);
  setShape(result, resultShape);
  return result;
}

Context::Input Context::broadcast(Value lowered, ArrayRef<Dim> target) {
  Shape own = shape(lowered);
  SmallVector<int64_t> loops;
  size_t offset = target.size() - own.size();
  for (size_t i = 0; i < own.size(); ++i) {
    Dim size = own[i], wanted = target[i + offset];
    if (constantOf(size) == 1)
      loops.push_back(constantOf(wanted) == 1 ? i + offset : -1);
    else if (size == wanted || constantOf(size))
      loops.push_back(i + offset);
    else if (unlimited(size, wanted)) {
      Value have = materialize(size), need = materialize(wanted);
      check(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, have, need),
            "dimensions cannot be broadcast: %lld and %lld", {have, need});
      loops.push_back(i + offset);
    } else
      return dynamicBroadcast(lowered, target);
  }
  return {lowered, loops};
}

// A dimension that is unknown and not proven equal may be 1 at run time: read it at index min(i, size - 1)
// after checking that it is either 1 or as large as the result's.
Context::Input Context::dynamicBroadcast(Value lowered, ArrayRef<Dim> target) {
  Shape own = shape(lowered);
  size_t offset = target.size() - own.size();
  SmallVector<Value> limits;
  for (size_t i = 0; i < own.size(); ++i) {
    Value size = materialize(own[i]), wanted = materialize(target[i + offset]);
    if (own[i] == target[i + offset]) {
      limits.push_back({});
      continue;
    }
    if (!constantOf(own[i])) {
      Value one = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, size, index(1));
      Value same = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, size, wanted);
      check(arith::OrIOp::create(b, one, same), "dimensions cannot be broadcast: %lld and %lld", {size, wanted});
    }
    limits.push_back(arith::SubIOp::create(b, size, index(1)));
  }
  Value result =
      generate(target, cast<RankedTensorType>(lowered.getType()).getElementType(),
               [&](ImplicitLocOpBuilder &inner, ValueRange indices) {
                 SmallVector<Value> at;
                 for (size_t i = 0; i < own.size(); ++i)
                   at.push_back(limits[i] ? Value(arith::MinSIOp::create(inner, indices[i + offset], limits[i]))
                                          : indices[i + offset]);
                 return element(inner, lowered, at);
               });
  return {result, llvm::to_vector(llvm::seq<int64_t>(0, target.size()))};
}

Value Context::reshape(Value lowered, Shape target) {
  auto sourceType = cast<RankedTensorType>(lowered.getType());
  RankedTensorType resultType = type(target, sourceType.getElementType());
  if (resultType == sourceType && ArrayRef<Dim>(shape(lowered)) == ArrayRef<Dim>(target))
    return lowered;
  SmallVector<Value> sizes;
  for (Dim dim : target)
    sizes.push_back(materialize(dim));
  auto shapeType = RankedTensorType::get({static_cast<int64_t>(target.size())}, b.getIndexType());
  Value shapeTensor = tensor::FromElementsOp::create(b, shapeType, sizes);
  Value result = tensor::ReshapeOp::create(b, resultType, lowered, shapeTensor);
  setShape(result, std::move(target));
  return result;
}

Value Context::transpose(Value lowered, ArrayRef<int64_t> perm) {
  Shape own = shape(lowered), target;
  SmallVector<int64_t> loops(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) {
    target.push_back(own[perm[i]]);
    loops[perm[i]] = i;
  }
  // Moving only dimensions of size 1 moves nothing.
  SmallVector<int64_t> moved;
  for (int64_t i : perm)
    if (constantOf(own[i]) != 1)
      moved.push_back(i);
  if (llvm::is_sorted(moved))
    return reshape(lowered, target);
  return map(target, cast<RankedTensorType>(lowered.getType()).getElementType(), {{lowered, loops}},
             [](ImplicitLocOpBuilder &, ValueRange inputs) { return inputs[0]; });
}

Value Context::constantTensor(const Tensor &tensor) {
  Value result = makeConstant(b, b.getLoc(), tensor);
  Shape shape;
  for (int64_t size : tensor.shape)
    shape.push_back(constant(size));
  setShape(result, shape);
  return result;
}

void Context::requireEqual(Dim x, Dim y, const std::string &message) {
  if (x == y)
    return;
  Value left = materialize(x), right = materialize(y);
  check(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, left, right), message, {left, right});
}

void Context::requireEntries(Dim size, ArrayRef<Dim> lookups) {
  if (constantOf(size).value_or(0) > 0)
    return;
  Value entries = materialize(size), count = materialize(product(lookups));
  Value some = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, entries, index(0));
  Value none = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, count, index(0));
  check(arith::OrIOp::create(b, some, none), "a dimension of %lld elements has none to choose from", {entries});
}

void Context::check(Value condition, const std::string &message, ValueRange values) {
  kernel::CheckOp::create(b, condition, message, values);
}

} // namespace mlc::lowering
