#include "Graph/ShapeValues.h"
#include "Graph/Constants.h"

using namespace mlir;

namespace mlc::graph {

// Shapes are short; whatever is longer is data.
static constexpr int64_t kMaxElements = 64;
// A value that many others are computed from is followed once for each way to it: this ends the search.
static constexpr int kMaxSteps = 2048;

using Elements = SmallVector<ShapeElement>;

ShapeElement ShapeElement::of(Value value, int64_t dim) {
  int64_t size = cast<RankedTensorType>(value.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(size))
    return number(size);
  return {Dimension, 0, value, dim};
}

bool ShapeElement::operator==(const ShapeElement &other) const {
  if (kind != other.kind || kind == Unknown)
    return false;
  return kind == Constant ? constant == other.constant : tensor == other.tensor && dimension == other.dimension;
}

static std::optional<int64_t> elementCount(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || type.getRank() > 1 || !type.hasStaticShape() || !isa<IntegerType>(type.getElementType()) ||
      type.getNumElements() > kMaxElements)
    return std::nullopt;
  return type.getNumElements();
}

static ShapeElement combine(BinaryKind kind, const ShapeElement &a, const ShapeElement &b) {
  // The neutral elements keep a dimension a dimension.
  if (a.isConstant() && b.isConstant()) {
    int64_t x = a.constant, y = b.constant, result = 0;
    auto unless = [&](bool overflow) { return overflow ? ShapeElement::unknown() : ShapeElement::number(result); };
    bool divides = y != 0 && y != -1; // x / -1 may overflow, and no shape divides by it
    switch (kind) {
    case BinaryKind::Add:
      return unless(llvm::AddOverflow(x, y, result));
    case BinaryKind::Sub:
      return unless(llvm::SubOverflow(x, y, result));
    case BinaryKind::Mul:
      return unless(llvm::MulOverflow(x, y, result));
    case BinaryKind::Div:
      return divides ? ShapeElement::number(x / y) : ShapeElement::unknown();
    case BinaryKind::Mod:
      return divides ? ShapeElement::number(((x % y) + y) % y) : ShapeElement::unknown();
    case BinaryKind::Fmod:
      return divides ? ShapeElement::number(x % y) : ShapeElement::unknown();
    case BinaryKind::Min:
      return ShapeElement::number(std::min(x, y));
    case BinaryKind::Max:
      return ShapeElement::number(std::max(x, y));
    default:
      return ShapeElement::unknown();
    }
  }
  auto is = [](const ShapeElement &e, int64_t n) { return e.isConstant() && e.constant == n; };
  if (kind == BinaryKind::Mul && is(a, 1))
    return b;
  if ((kind == BinaryKind::Mul || kind == BinaryKind::Div) && is(b, 1))
    return a;
  if (kind == BinaryKind::Add && is(a, 0))
    return b;
  if ((kind == BinaryKind::Add || kind == BinaryKind::Sub) && is(b, 0))
    return a;
  // A dimension is never negative.
  if (kind == BinaryKind::Max && a.kind == ShapeElement::Dimension && b.isConstant() && b.constant <= 0)
    return a;
  if (kind == BinaryKind::Max && b.kind == ShapeElement::Dimension && a.isConstant() && a.constant <= 0)
    return b;
  return ShapeElement::unknown();
}

// 0 or 1; unknown unless both sides are numbers.
static ShapeElement compareElements(CompareKind kind, const ShapeElement &a, const ShapeElement &b) {
  if (!a.isConstant() || !b.isConstant())
    return ShapeElement::unknown();
  switch (kind) {
  case CompareKind::Eq:
    return ShapeElement::number(a.constant == b.constant);
  case CompareKind::Ne:
    return ShapeElement::number(a.constant != b.constant);
  case CompareKind::Lt:
    return ShapeElement::number(a.constant < b.constant);
  case CompareKind::Le:
    return ShapeElement::number(a.constant <= b.constant);
  case CompareKind::Gt:
    return ShapeElement::number(a.constant > b.constant);
  case CompareKind::Ge:
    return ShapeElement::number(a.constant >= b.constant);
  }
  return ShapeElement::unknown();
}

static std::optional<Elements> follow(Value value, int &steps);

static std::optional<Elements> followSlice(SliceOp op, int64_t count, int &steps) {
  auto input = follow(op.getInput(), steps);
  auto starts = constantIntegers(op.getStarts()), strides = constantIntegers(op.getSteps());
  if (!input || !starts || !strides || starts->size() != 1 || strides->size() != 1)
    return std::nullopt;
  int64_t n = input->size(), step = strides->front(), start = starts->front();
  if (start < 0)
    start += n;
  if (n == 0)
    return std::nullopt;
  start = std::clamp<int64_t>(start, 0, step < 0 ? n - 1 : n);
  Elements result;
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = 0;
    if (llvm::MulOverflow(i, step, at) || llvm::AddOverflow(start, at, at) || at < 0 || at >= n)
      return std::nullopt;
    result.push_back((*input)[at]);
  }
  return result;
}

static std::optional<Elements> follow(Value value, int &steps) {
  auto count = elementCount(value);
  Operation *op = value.getDefiningOp();
  if (!count)
    return std::nullopt;
  Elements unknown(*count, ShapeElement::unknown());
  if (!op || steps > kMaxSteps)
    return unknown;
  ++steps;

  if (auto constants = constantIntegers(value)) {
    Elements result;
    for (int64_t number : *constants)
      result.push_back(ShapeElement::number(number));
    return result;
  }
  if (auto shape = dyn_cast<ShapeOfOp>(op)) {
    Elements result;
    for (int64_t i = shape.getStart(); i < static_cast<int64_t>(shape.getEnd()); ++i)
      result.push_back(ShapeElement::of(shape.getInput(), i));
    return result;
  }
  if (isa<SqueezeOp, UnsqueezeOp, ReshapeOp>(op)) {
    auto input = follow(op->getOperand(0), steps);
    return input && static_cast<int64_t>(input->size()) == *count ? input : unknown;
  }
  if (auto castOp = dyn_cast<CastOp>(op)) {
    auto integer = dyn_cast<IntegerType>(castOp.getTo());
    auto input = follow(op->getOperand(0), steps);
    if (!input || !integer || integer.getWidth() < 32)
      return unknown;
    for (ShapeElement &element : *input)
      if (element.isConstant() && !llvm::isInt<32>(element.constant) && integer.getWidth() < 64)
        element = ShapeElement::unknown(); // it may wrap
    return input;
  }
  if (auto concat = dyn_cast<ConcatOp>(op)) {
    Elements result;
    for (Value input : concat.getInputs()) {
      auto part = follow(input, steps);
      if (!part)
        return unknown;
      result.append(part->begin(), part->end());
    }
    return result;
  }
  if (auto gather = dyn_cast<GatherOp>(op)) {
    auto input = follow(gather.getInput(), steps);
    auto indices = constantIntegers(gather.getIndices());
    if (!input || !indices)
      return unknown;
    Elements result;
    for (int64_t i : *indices) {
      int64_t at = i < 0 ? i + static_cast<int64_t>(input->size()) : i;
      if (at < 0 || at >= static_cast<int64_t>(input->size()))
        return unknown;
      result.push_back((*input)[at]);
    }
    return result;
  }
  if (auto slice = dyn_cast<SliceOp>(op)) {
    auto result = followSlice(slice, *count, steps);
    return result ? result : unknown;
  }
  if (auto binary = dyn_cast<BinaryOp>(op)) {
    auto a = follow(binary.getLhs(), steps), b = follow(binary.getRhs(), steps);
    if (!a || !b || a->empty() || b->empty())
      return unknown;
    Elements result;
    for (int64_t i = 0; i < *count; ++i)
      result.push_back(combine(binary.getKind(), (*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i]));
    return result;
  }
  if (auto unary = dyn_cast<UnaryOp>(op)) {
    auto input = follow(unary.getInput(), steps);
    if (!input || unary.getKind() != UnaryKind::Neg)
      return unknown;
    for (ShapeElement &element : *input)
      element = combine(BinaryKind::Sub, ShapeElement::number(0), element);
    return input;
  }
  if (auto compare = dyn_cast<CompareOp>(op)) {
    auto a = follow(compare.getLhs(), steps), b = follow(compare.getRhs(), steps);
    if (!a || !b || a->empty() || b->empty())
      return unknown;
    Elements result;
    for (int64_t i = 0; i < *count; ++i)
      result.push_back(compareElements(compare.getKind(), (*a)[a->size() == 1 ? 0 : i], (*b)[b->size() == 1 ? 0 : i]));
    return result;
  }
  if (auto select = dyn_cast<SelectOp>(op)) {
    auto condition = constantIntegers(select.getCondition());
    auto a = follow(select.getOnTrue(), steps), b = follow(select.getOnFalse(), steps);
    if (!condition || !a || !b || condition->empty() || a->empty() || b->empty())
      return unknown;
    Elements result;
    for (int64_t i = 0; i < *count; ++i)
      result.push_back((*condition)[condition->size() == 1 ? 0 : i] ? (*a)[a->size() == 1 ? 0 : i]
                                                                    : (*b)[b->size() == 1 ? 0 : i]);
    return result;
  }
  if (auto expand = dyn_cast<ExpandOp>(op)) {
    auto input = follow(expand.getInput(), steps);
    if (!input || input->size() != 1)
      return unknown;
    return Elements(*count, input->front());
  }
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    auto input = follow(reduce.getInput(), steps);
    if (!input || reduce.getKind() != ReduceKind::Prod || *count != 1 || reduce.getAxes().empty())
      return unknown;
    ShapeElement product = ShapeElement::number(1);
    for (const ShapeElement &element : *input)
      product = combine(BinaryKind::Mul, product, element);
    return Elements{product};
  }
  return unknown;
}

std::optional<Elements> shapeValues(Value value) {
  int steps = 0;
  return follow(value, steps);
}

std::optional<SmallVector<int64_t>> describedShape(Value value) {
  auto elements = shapeValues(value);
  if (!elements)
    return std::nullopt;
  SmallVector<int64_t> shape;
  for (const ShapeElement &element : *elements)
    shape.push_back(element.isConstant() && element.constant >= 0 ? element.constant : ShapedType::kDynamic);
  return shape;
}

} // namespace mlc::graph
