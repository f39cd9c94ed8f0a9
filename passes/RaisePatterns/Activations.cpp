// An activation is found by its inner function e (erf, tanh, sigmoid, …): the argument of e must be a known
// polynomial in some x, and a user of e, or a user of that, a known polynomial in x and e.
#include "passes/RaisePatterns/Activations.h"

#include "Graph/Constants.h"

#include <numbers>

using namespace mlir;

namespace mlc {
namespace {

using graph::BinaryKind;
using graph::BinaryOp;
using graph::UnaryKind;
using graph::UnaryOp;

// Coefficients by the powers of x and e.
using Polynomial = std::map<std::pair<int, int>, double>;

// No expression that is looked for is deeper, or of a higher degree.
constexpr int kMaxDepth = 8;
constexpr int kMaxDegree = 4;

Polynomial product(const Polynomial &a, const Polynomial &b) {
  Polynomial result;
  for (const auto &[i, x] : a)
    for (const auto &[j, y] : b)
      result[{i.first + j.first, i.second + j.second}] += x * y;
  return result;
}

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// `value` as a polynomial in `x` and `e` (which may be null); nullopt where it is none. Constants are
/// scalars.
std::optional<Polynomial> polynomial(Value value, Value x, Value e, int depth = 0) {
  if (value == x)
    return Polynomial{{{1, 0}, 1.0}};
  if (value == e)
    return Polynomial{{{0, 1}, 1.0}};
  if (graph::constantOf(value)) {
    auto scalar = graph::constantScalar(value);
    if (!scalar || typeOf(value).getRank() > typeOf(x).getRank())
      return std::nullopt;
    return Polynomial{{{0, 0}, *scalar}};
  }
  if (depth == kMaxDepth)
    return std::nullopt;
  if (auto unary = value.getDefiningOp<UnaryOp>(); unary && unary.getKind() == UnaryKind::Neg) {
    auto operand = polynomial(unary.getInput(), x, e, depth + 1);
    return operand ? std::optional(product(*operand, {{{0, 0}, -1.0}})) : std::nullopt;
  }
  auto op = value.getDefiningOp<BinaryOp>();
  if (!op)
    return std::nullopt;
  auto lhs = polynomial(op.getLhs(), x, e, depth + 1);
  auto rhs = lhs ? polynomial(op.getRhs(), x, e, depth + 1) : std::nullopt;
  if (!rhs)
    return std::nullopt;
  bool constantRhs = rhs->size() == 1 && rhs->begin()->first == std::pair(0, 0);
  double scalar = constantRhs ? rhs->begin()->second : 0.0;
  switch (op.getKind()) {
  case BinaryKind::Add:
  case BinaryKind::Sub:
    for (const auto &[powers, coefficient] : *rhs)
      (*lhs)[powers] += op.getKind() == BinaryKind::Add ? coefficient : -coefficient;
    break;
  case BinaryKind::Mul:
    lhs = product(*lhs, *rhs);
    break;
  case BinaryKind::Div:
    if (!constantRhs || scalar == 0.0)
      return std::nullopt;
    lhs = product(*lhs, {{{0, 0}, 1.0 / scalar}});
    break;
  case BinaryKind::Pow: {
    if (!constantRhs || scalar != std::floor(scalar) || scalar < 1 || scalar > kMaxDegree)
      return std::nullopt;
    Polynomial base = *lhs;
    for (int i = 1; i < static_cast<int>(scalar); ++i)
      lhs = product(*lhs, base);
    break;
  }
  default:
    return std::nullopt;
  }
  for (const auto &[powers, coefficient] : *lhs)
    if (powers.first + powers.second > kMaxDegree)
      return std::nullopt;
  return lhs;
}

bool isClose(const Polynomial &a, const Polynomial &b, double tolerance) {
  Polynomial difference = a;
  for (const auto &[powers, coefficient] : b)
    difference[powers] -= coefficient;
  return llvm::all_of(difference, [&](const auto &entry) {
    auto expected = b.find(entry.first);
    return std::fabs(entry.second) <= (expected == b.end() ? 1e-9 : tolerance * std::fabs(expected->second));
  });
}

double toleranceOf(Value value) { return typeOf(value).getElementTypeBitWidth() == 16 ? 2e-3 : 2e-5; }

/// Values that `value` is computed from by arithmetic: candidates for x.
void collectLeaves(Value value, SetVector<Value> &leaves, int depth = 0) {
  if (depth > kMaxDepth || graph::constantOf(value) || !leaves.insert(value))
    return;
  if (auto op = value.getDefiningOp<BinaryOp>())
    for (Value operand : {op.getLhs(), op.getRhs()})
      collectLeaves(operand, leaves, depth + 1);
}

/// The value that is `target` in x and e; null where no user of e, or of its users, is.
Value findResult(Value x, Value e, const Polynomial &target) {
  SetVector<Value> reached;
  reached.insert(e);
  for (size_t i = 0; i < reached.size() && i < 32; ++i)
    for (Operation *user : reached[i].getUsers())
      if (auto op = dyn_cast<BinaryOp>(user); op && op->getBlock() == e.getParentBlock())
        reached.insert(op.getOutput());
  for (Value value : reached) {
    if (value == e || value.getType() != x.getType())
      continue;
    auto found = polynomial(value, x, e);
    if (found && isClose(*found, target, toleranceOf(x)))
      return value;
  }
  return {};
}

struct Activation {
  UnaryKind kind;
  Polynomial argument; // of e, in x
  Polynomial result;   // in x and e
};

bool raise(Value argument, Value e, const Activation &activation) {
  SetVector<Value> candidates;
  collectLeaves(argument, candidates);
  for (Value x : candidates) {
    auto inner = polynomial(argument, x, {});
    if (!inner || !isClose(*inner, activation.argument, toleranceOf(x)))
      continue;
    Value result = findResult(x, e, activation.result);
    if (!result)
      continue;
    OpBuilder builder(result.getDefiningOp());
    Value raised = UnaryOp::create(builder, result.getLoc(), result.getType(), activation.kind, x, llvm::APFloat(0.0f),
                                   llvm::APFloat(0.0f));
    result.replaceAllUsesWith(raised);
    return true;
  }
  return false;
}

const Polynomial kX = {{{1, 0}, 1.0}}, kXTimesE = {{{1, 1}, 1.0}}, kHalfXOnePlusE = {{{1, 0}, 0.5}, {{1, 1}, 0.5}};

// x sigmoid(alpha x), whatever alpha is.
bool raiseSwish(Value argument, Value e) {
  SetVector<Value> candidates;
  collectLeaves(argument, candidates);
  for (Value x : candidates) {
    auto inner = polynomial(argument, x, {});
    if (!inner || inner->size() != 1 || inner->begin()->first != std::pair(1, 0))
      continue;
    Value result = findResult(x, e, kXTimesE);
    if (!result)
      continue;
    OpBuilder builder(result.getDefiningOp());
    Value raised = UnaryOp::create(builder, result.getLoc(), result.getType(), UnaryKind::Swish, x,
                                   llvm::APFloat(static_cast<float>(inner->begin()->second)), llvm::APFloat(0.0f));
    result.replaceAllUsesWith(raised);
    return true;
  }
  return false;
}

void raiseAround(UnaryOp op) {
  static const double kSqrt = std::sqrt(2.0 / std::numbers::pi);
  Value argument = op.getInput(), e = op.getOutput();
  switch (op.getKind()) {
  case UnaryKind::Erf:
    raise(argument, e, {UnaryKind::Gelu, {{{1, 0}, 1.0 / std::numbers::sqrt2}}, kHalfXOnePlusE});
    break;
  case UnaryKind::Tanh:
    if (auto inner = argument.getDefiningOp<UnaryOp>(); inner && inner.getKind() == UnaryKind::Softplus)
      raise(inner.getInput(), e, {UnaryKind::Mish, kX, kXTimesE});
    else
      raise(argument, e, {UnaryKind::GeluTanh, {{{1, 0}, kSqrt}, {{3, 0}, kSqrt * 0.044715}}, kHalfXOnePlusE});
    break;
  case UnaryKind::Sigmoid:
    raiseSwish(argument, e);
    break;
  case UnaryKind::HardSigmoid:
    if (std::fabs(op.getAlpha().convertToDouble() * 6.0 - 1.0) < 1e-5 && op.getBeta().convertToDouble() == 0.5)
      raise(argument, e, {UnaryKind::HardSwish, kX, kXTimesE});
    break;
  default:
    break;
  }
}

// The operand of `value` clamped to [0, 6], in either order; null for anything else.
Value clampedToSix(BinaryOp outer) {
  auto bound = [](BinaryOp op, Value &other) -> std::optional<double> {
    bool constantLhs = static_cast<bool>(graph::constantOf(op.getLhs()));
    other = constantLhs ? op.getRhs() : op.getLhs();
    return graph::constantScalar(constantLhs ? op.getLhs() : op.getRhs());
  };
  auto limit = [](BinaryKind kind) { return kind == BinaryKind::Min ? 6.0 : 0.0; };
  Value middle, input;
  if ((outer.getKind() != BinaryKind::Min && outer.getKind() != BinaryKind::Max) ||
      bound(outer, middle) != limit(outer.getKind()))
    return {};
  if (auto relu = middle.getDefiningOp<UnaryOp>(); relu && relu.getKind() == UnaryKind::Relu)
    return outer.getKind() == BinaryKind::Min ? relu.getInput() : Value();
  auto inner = middle.getDefiningOp<BinaryOp>();
  BinaryKind other = outer.getKind() == BinaryKind::Min ? BinaryKind::Max : BinaryKind::Min;
  if (!inner || inner.getKind() != other || bound(inner, input) != limit(other))
    return {};
  return input;
}

} // namespace

void raiseActivations(Operation *root) {
  SmallVector<Operation *> candidates;
  root->walk([&](Operation *op) {
    if (isa<UnaryOp, BinaryOp>(op) && isa<FloatType>(typeOf(op->getResult(0)).getElementType()))
      candidates.push_back(op);
  });
  for (Operation *op : candidates) {
    if (auto unary = dyn_cast<UnaryOp>(op))
      raiseAround(unary);
    else if (Value argument = clampedToSix(cast<BinaryOp>(op)))
      raise(argument, op->getResult(0), {UnaryKind::HardSwish, {{{0, 0}, 3.0}, {{1, 0}, 1.0}}, {{{1, 1}, 1.0 / 6.0}}});
  }
}

} // namespace mlc
