// Linear models and support vector machines of ai.onnx.ml.
#include "Import/CountedLoop.h"
#include "Import/OperatorTable.h"
#include "Import/Strings.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Value number(Node &n, double value) { return n.scalar(n.builder().getF32Type(), value); }

Value floats(Node &n, ArrayRef<float> values, std::vector<int64_t> shape) {
  Tensor tensor(DType::Float32, std::move(shape));
  if (tensor.numElements() != static_cast<int64_t>(values.size()))
    n.invalid("the numbers of coefficients do not fit each other");
  std::copy(values.begin(), values.end(), tensor.data<float>());
  return n.constant(tensor);
}

SmallVector<float> numbersOf(Node &n, StringRef name) { return n.numbers(name).value_or(SmallVector<float>()); }

// [N, F] in f32; one row where the operand has no rows.
Value features(Node &n) {
  Value x = n.cast(n.require(0), n.builder().getF32Type());
  if (n.rank(x) == 1)
    x = n.unsqueeze(x, {0});
  if (n.rank(x) != 2)
    n.invalid("the operand is no matrix of features");
  return x;
}

// ---- what scores become ----------------------------------------------------------------------------

// The inverse of the error function, by Winitzki's approximation, as other runtimes compute PROBIT.
Value probit(Node &n, Value x) {
  Value p = n.sub(n.mul(x, number(n, 2)), number(n, 1));
  Value rest = n.mul(n.sub(number(n, 1), p), n.add(number(n, 1), p));
  Value log = n.unary(UnaryKind::Log, rest);
  Value v = n.add(number(n, 2 / (M_PI * 0.147)), n.mul(number(n, 0.5), log)), w = n.mul(log, number(n, 1 / 0.147));
  Value root = n.unary(UnaryKind::Sqrt, n.sub(n.unary(UnaryKind::Sqrt, n.sub(n.mul(v, v), w)), v));
  Value result = n.mul(n.mul(n.unary(UnaryKind::Sign, p), root), number(n, 1.41421356));
  return n.select(n.compare(CompareKind::Eq, rest, number(n, 0)), number(n, 0), result);
}

// Softmax that leaves scores of 0 at their share of nothing.
Value softmaxZero(Node &n, Value x) {
  Value most = n.reduce(ReduceKind::Max, x, {1}, /*keepdims=*/true);
  Value small = n.compare(CompareKind::Le, n.unary(UnaryKind::Abs, x), number(n, 1e-7));
  Value scaled = n.mul(x, n.unary(UnaryKind::Exp, n.unary(UnaryKind::Neg, most)));
  Value e = n.select(small, scaled, n.unary(UnaryKind::Exp, n.sub(x, most)));
  Value sum = n.reduce(ReduceKind::Sum, e, {1}, /*keepdims=*/true);
  return n.select(n.compare(CompareKind::Eq, sum, number(n, 0)), number(n, 0.5), n.div(e, sum));
}

Value transformed(Node &n, Value scores) {
  std::string transform = n.text("post_transform", "NONE");
  if (transform == "NONE")
    return scores;
  if (transform == "LOGISTIC")
    return n.unary(UnaryKind::Sigmoid, scores);
  if (transform == "SOFTMAX")
    return n.create<SoftmaxOp>(scores, 1, /*log=*/false);
  if (transform == "SOFTMAX_ZERO")
    return softmaxZero(n, scores);
  if (transform == "PROBIT")
    return probit(n, scores);
  n.invalid("unknown post_transform '" + transform + "'");
}

// [N, 1] as [-score, score].
Value bothSides(Node &n, Value scores) {
  return n.create<ConcatOp>(ValueRange{n.unary(UnaryKind::Neg, scores), scores}, 1);
}

// ---- classes ---------------------------------------------------------------------------------------

struct Classes {
  SmallVector<int64_t> numbers;
  SmallVector<std::string> names;
  int64_t count() const { return static_cast<int64_t>(std::max(numbers.size(), names.size())); }
};

Classes readClasses(Node &n, StringRef numbers, StringRef names) {
  return {n.integers(numbers).value_or(SmallVector<int64_t>()), n.texts(names)};
}

// The labels of classes, by their places [N].
Value labelsAt(Node &n, const Classes &classes, Value places) {
  if (!classes.names.empty())
    return makeStrings(n, {places, classes.names});
  return classes.numbers.empty() ? places : n.create<GatherOp>(n.indices(classes.numbers), places, 0);
}

Value largest(Node &n, Value scores) {
  return n.create<ArgReduceOp>(ArgReduceKind::Max, scores, 1, /*keepdims=*/false, /*select_last=*/false);
}

// 1 where the only column is above a threshold.
Value isPositive(Node &n, Value scores, double threshold) {
  Value above = n.compare(CompareKind::Gt, n.squeeze(scores, {1}), number(n, threshold));
  return n.cast(above, n.builder().getI64Type());
}

// ---- linear ----------------------------------------------------------------------------------------

Value linearScores(Node &n, Value x, int64_t rows) {
  SmallVector<float> weights = numbersOf(n, "coefficients"), bias = numbersOf(n, "intercepts");
  if (rows < 1 || weights.empty() || static_cast<int64_t>(weights.size()) % rows)
    n.invalid(fmt::format("{} coefficients for {} scores", weights.size(), rows));
  int64_t width = static_cast<int64_t>(weights.size()) / rows;
  Value scores = n.create<MatmulOp>(x, n.transpose(floats(n, weights, {rows, width}), {1, 0}));
  return bias.empty() ? scores : n.add(scores, floats(n, bias, {rows}));
}

Results linearRegressor(Node &n) { return {transformed(n, linearScores(n, features(n), n.integer("targets", 1)))}; }

Results linearClassifier(Node &n) {
  Value x = features(n);
  Classes classes = readClasses(n, "classlabels_ints", "classlabels_strings");
  int64_t width = n.type(x).getDimSize(1);
  auto coefficients = static_cast<int64_t>(numbersOf(n, "coefficients").size());
  auto intercepts = static_cast<int64_t>(numbersOf(n, "intercepts").size());
  int64_t rows = intercepts ? intercepts : ShapedType::isDynamic(width) || width == 0 ? 0 : coefficients / width;
  if (rows == 0)
    n.unsupported("the number of features is not known when compiling, and there are no intercepts");
  Value scores = linearScores(n, x, rows);
  if (rows > 1)
    return {labelsAt(n, classes, largest(n, scores)), transformed(n, scores)};
  Value place = isPositive(n, scores, 0);
  if (classes.count() == 2) {
    // The score of the second class alone; the first has what is left of 1, as in ONNX Runtime.
    bool squashed = n.text("post_transform", "NONE") == "LOGISTIC" || n.text("post_transform", "NONE") == "PROBIT";
    Value second = squashed ? transformed(n, scores) : scores;
    Value first = n.sub(number(n, 1), second);
    return {labelsAt(n, classes, place), n.create<ConcatOp>(ValueRange{first, second}, 1)};
  }
  // One class: its label, or 0.
  if (!classes.names.empty())
    n.unsupported("one class, which is a string");
  if (!classes.numbers.empty())
    place = n.mul(place, n.scalarLike(place, static_cast<double>(classes.numbers.front())));
  return {place, transformed(n, scores)};
}

// ---- support vector machines -----------------------------------------------------------------------

// The kernel function of each row of x [N, F] with each vector [V, F]: [N, V].
Value kernelValues(Node &n, Value x, Value vectors, const std::string &kind) {
  SmallVector<float> parameters = numbersOf(n, "kernel_params");
  auto parameter = [&](size_t i) { return number(n, i < parameters.size() ? parameters[i] : 0); };
  Value dot = n.create<MatmulOp>(x, n.transpose(vectors, {1, 0}));
  if (kind == "LINEAR")
    return dot;
  if (kind == "RBF") {
    // Differences, not |x|² - 2 x·v + |v|²: that would lose digits.
    Value difference = n.sub(n.unsqueeze(x, {1}), vectors);
    Value distance = n.reduce(ReduceKind::Sum, n.mul(difference, difference), {2}, /*keepdims=*/false);
    return n.unary(UnaryKind::Exp, n.unary(UnaryKind::Neg, n.mul(parameter(0), distance)));
  }
  Value line = n.add(n.mul(dot, parameter(0)), parameter(1));
  if (kind == "POLY")
    return n.binary(BinaryKind::Pow, line, parameter(2));
  if (kind == "SIGMOID")
    return n.unary(UnaryKind::Tanh, line);
  n.invalid("unknown kernel_type '" + kind + "'");
}

Value supportVectors(Node &n, int64_t count) {
  SmallVector<float> values = numbersOf(n, "support_vectors");
  if (count < 1 || values.empty() || static_cast<int64_t>(values.size()) % count)
    n.invalid(fmt::format("{} numbers for {} support vectors", values.size(), count));
  return floats(n, values, {count, static_cast<int64_t>(values.size()) / count});
}

Results svmRegressor(Node &n) {
  Value x = features(n), scores;
  SmallVector<float> coefficients = numbersOf(n, "coefficients"), rho = numbersOf(n, "rho");
  if (rho.empty())
    n.invalid("attribute 'rho' is missing");
  int64_t count = n.integer("n_supports", 0);
  auto size = static_cast<int64_t>(coefficients.size());
  if (count > 0)
    scores = n.create<MatmulOp>(kernelValues(n, x, supportVectors(n, count), n.text("kernel_type", "LINEAR")),
                                floats(n, coefficients, {count, 1}));
  else
    scores = kernelValues(n, x, floats(n, coefficients, {1, size}), "LINEAR");
  scores = n.add(scores, number(n, rho.front()));
  if (n.integer("one_class", 0))
    scores = n.select(n.compare(CompareKind::Gt, scores, number(n, 0)), number(n, 1), number(n, -1));
  return {transformed(n, scores)};
}

// Decisions between each pair of classes ([N, pairs], in the order (0, 1), (0, 2), …) and how many each class wins.
std::pair<Value, Value> pairDecisions(Node &n, Value kernels, ArrayRef<int64_t> perClass, Value coefficients,
                                      ArrayRef<float> rho) {
  auto classes = static_cast<int64_t>(perClass.size());
  SmallVector<int64_t> starts{0};
  for (int64_t count : perClass)
    starts.push_back(starts.back() + count);
  SmallVector<Value> decisions, votes(classes);
  size_t pair = 0;
  for (int64_t i = 0; i < classes; ++i)
    for (int64_t j = i + 1; j < classes; ++j, ++pair) {
      auto part = [&](int64_t of, int64_t row) {
        Value weights = n.slice(n.slice(coefficients, 0, row, row + 1), 1, starts[of], starts[of + 1]);
        return n.create<MatmulOp>(n.slice(kernels, 1, starts[of], starts[of + 1]), n.transpose(weights, {1, 0}));
      };
      if (pair >= rho.size())
        n.invalid("rho has not one number for each pair of classes");
      Value sum = n.add(n.add(part(i, j - 1), part(j, i)), number(n, rho[pair]));
      Value first = n.cast(n.compare(CompareKind::Gt, sum, number(n, 0)), n.builder().getF32Type());
      Value second = n.sub(number(n, 1), first);
      votes[i] = votes[i] ? n.add(votes[i], first) : first;
      votes[j] = votes[j] ? n.add(votes[j], second) : second;
      decisions.push_back(sum);
    }
  return {n.create<ConcatOp>(ValueRange(decisions), 1), n.create<ConcatOp>(ValueRange(votes), 1)};
}

// Probabilities of classes [N, k] from those of pairs, r[N, k, k]: Wu, Lin and Weng 2004, second method, with the
// stopping rule of LIBSVM.
Value coupledProbabilities(Node &n, Value r, int64_t k, const Dim &count) {
  auto column = [&](Value matrix, int64_t i) { return n.slice(matrix, 1, i, i + 1); };
  // q[t][t] = sum of r[j][t]², q[t][j] = -r[j][t] r[t][j]
  Value transposed = n.transpose(r, {0, 2, 1});
  Value eye = n.unsqueeze(n.compare(CompareKind::Eq, n.unsqueeze(n.range(k), {1}), n.range(k)), {0});
  Value squares = n.reduce(ReduceKind::Sum, n.select(eye, number(n, 0), n.mul(r, r)), {1}, /*keepdims=*/false);
  Value q = n.select(eye, n.unsqueeze(squares, {2}), n.unary(UnaryKind::Neg, n.mul(r, transposed)));
  SmallVector<Dim> shape{count, k};
  Value start = n.create<ExpandOp>(number(n, 1.0 / static_cast<double>(k)), n.shape(shape));
  auto times = [&](Value p) { return n.squeeze(n.create<MatmulOp>(q, n.unsqueeze(p, {2})), {2}); };
  Value running = n.create<ExpandOp>(n.scalar(n.builder().getI1Type(), 1), n.shape({count, 1}));
  auto step = [&](Value, ArrayRef<Value> carried) -> SmallVector<Value> {
    Value p = carried[0], qp = times(p);
    Value pqp = n.reduce(ReduceKind::Sum, n.mul(p, qp), {1}, /*keepdims=*/true);
    Value error = n.reduce(ReduceKind::Max, n.unary(UnaryKind::Abs, n.sub(qp, pqp)), {1}, /*keepdims=*/true);
    Value runs = n.binary(BinaryKind::And, carried[1],
                          n.compare(CompareKind::Ge, error, number(n, 0.005 / static_cast<double>(k))));
    Value next = p;
    for (int64_t t = 0; t < k; ++t) {
      Value row = n.squeeze(n.slice(q, 1, t, t + 1), {1}), own = column(row, t); // [N, k], [N, 1]
      Value difference = n.div(n.sub(pqp, column(qp, t)), own);
      Value grown = n.add(number(n, 1), difference);
      Value mark = n.compare(CompareKind::Eq, n.range(k), n.scalar(n.builder().getI64Type(), static_cast<double>(t)));
      next = n.add(next, n.select(mark, difference, number(n, 0)));
      Value inner = n.add(n.mul(difference, own), n.mul(number(n, 2), column(qp, t)));
      pqp = n.div(n.add(pqp, n.mul(difference, inner)), n.mul(grown, grown));
      next = n.div(next, grown);
      qp = n.div(n.add(qp, n.mul(difference, row)), grown);
    }
    return {n.reshape(n.select(runs, next, p), shape), n.reshape(runs, {count, 1})};
  };
  return countedLoop(n, std::max<int64_t>(100, k), {start, running}, step).front();
}

Value pairProbabilities(Node &n, Value decisions, int64_t k, const Dim &count) {
  SmallVector<float> a = numbersOf(n, "prob_a"), b = numbersOf(n, "prob_b");
  auto pairs = static_cast<size_t>(k * (k - 1) / 2);
  if (a.size() != pairs || b.size() != pairs)
    n.invalid("prob_a and prob_b have not one number for each pair of classes");
  Value line =
      n.add(n.mul(decisions, floats(n, a, {static_cast<int64_t>(pairs)})), floats(n, b, {static_cast<int64_t>(pairs)}));
  Value p = n.sub(number(n, 1), n.unary(UnaryKind::Sigmoid, line));
  p = n.binary(BinaryKind::Min, n.binary(BinaryKind::Max, p, number(n, 1e-7)), number(n, 1 - 1e-7));
  SmallVector<Value> cells(k * k, n.create<ExpandOp>(number(n, 0), n.shape({count, 1})));
  int64_t pair = 0;
  for (int64_t i = 0; i < k; ++i)
    for (int64_t j = i + 1; j < k; ++j, ++pair) {
      cells[i * k + j] = n.slice(p, 1, pair, pair + 1);
      cells[j * k + i] = n.sub(number(n, 1), cells[i * k + j]);
    }
  return n.reshape(n.create<ConcatOp>(ValueRange(cells), 1), {count, k, k});
}

Results svmClassifier(Node &n) {
  Value x = features(n);
  Classes classes = readClasses(n, "classlabels_ints", "classlabels_strings");
  SmallVector<float> coefficients = numbersOf(n, "coefficients"), rho = numbersOf(n, "rho");
  SmallVector<int64_t> perClass = n.integers("vectors_per_class").value_or(SmallVector<int64_t>());
  int64_t vectors = 0, k = std::max<int64_t>(classes.count(), 1);
  for (int64_t count : perClass)
    vectors += count;
  if (rho.empty() || coefficients.empty())
    n.invalid("rho or coefficients are missing");
  Dim count = n.dim(x, 0);
  std::string kind = n.text("kernel_type", "LINEAR");
  auto size = static_cast<int64_t>(coefficients.size());
  if (vectors == 0) { // one row of coefficients a class
    if (size % k)
      n.invalid(fmt::format("{} coefficients for {} classes", size, k));
    Value scores = n.add(kernelValues(n, x, floats(n, coefficients, {k, size / k}), "LINEAR"), number(n, rho.front()));
    if (k > 1)
      return {labelsAt(n, classes, largest(n, scores)), transformed(n, scores)};
    return {isPositive(n, scores, 0), transformed(n, scores)};
  }
  if (static_cast<int64_t>(perClass.size()) != k || size % vectors || size / vectors != k - 1)
    n.invalid("the numbers of classes, support vectors and coefficients do not fit each other");
  Value kernels = kernelValues(n, x, supportVectors(n, vectors), kind);
  auto [decisions, votes] = pairDecisions(n, kernels, perClass, floats(n, coefficients, {k - 1, vectors}), rho);
  Value place = largest(n, votes), label = labelsAt(n, classes, place);
  if (!numbersOf(n, "prob_a").empty()) {
    Value r = pairProbabilities(n, decisions, k, count);
    return {label, transformed(n, coupledProbabilities(n, r, k, count))};
  }
  return {label, transformed(n, k == 2 ? bothSides(n, decisions) : decisions)};
}

} // namespace

void addPredictionOperators(Rows &rows) {
  using T = Types;
  const char *domain = "ai.onnx.ml", *inside = "labels that are strings only between operators of the model";
  rows.insert(rows.end(), {
                              {"LinearClassifier", 1, 5, T::Numeric, linearClassifier, inside, domain},
                              {"LinearRegressor", 1, 5, T::Numeric, linearRegressor, "", domain},
                              {"SVMClassifier", 1, 5, T::Numeric, svmClassifier, inside, domain},
                              {"SVMRegressor", 1, 5, T::Numeric, svmRegressor, "", domain},
                          });
}

} // namespace mlc::importer
