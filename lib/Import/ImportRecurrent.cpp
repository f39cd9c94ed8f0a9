// LSTM, GRU and RNN: one product for the inputs of all steps, then a recurrence over the steps: `graph.recurrent` for
// f32 with constant weights, else a loop of the graph.
#include "Import/CountedLoop.h"
#include "Import/OperatorTable.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

struct Activation {
  std::string name;
  float alpha = 0, beta = 0;
};

// ONNX's names compare without regard to case; Affine, ScaledTanh and ThresholdedRelu have no default for alpha.
Value activate(Node &n, const Activation &activation, Value x) {
  auto scaled = [&](Value value, float factor) { return n.mul(value, n.scalarLike(x, factor)); };
  StringRef name = activation.name;
  float alpha = activation.alpha, beta = activation.beta;
  if (name == "affine")
    return n.add(scaled(x, alpha), n.scalarLike(x, beta));
  if (name == "scaledtanh")
    return scaled(n.unary(UnaryKind::Tanh, scaled(x, beta)), alpha);
  static const std::pair<StringRef, UnaryKind> kinds[] = {{"relu", UnaryKind::Relu},
                                                          {"tanh", UnaryKind::Tanh},
                                                          {"sigmoid", UnaryKind::Sigmoid},
                                                          {"leakyrelu", UnaryKind::LeakyRelu},
                                                          {"elu", UnaryKind::Elu},
                                                          {"hardsigmoid", UnaryKind::HardSigmoid},
                                                          {"softsign", UnaryKind::Softsign},
                                                          {"softplus", UnaryKind::Softplus},
                                                          {"thresholdedrelu", UnaryKind::ThresholdedRelu}};
  for (auto [known, kind] : kinds)
    if (name == known)
      return n.unary(kind, x, alpha, beta);
  n.unsupported("activation '" + activation.name + "'");
}

// The activations of one direction, in ONNX's order. Factors that are given belong to the activations that take them,
// in order.
SmallVector<Activation> activations(Node &n, int64_t directions, int64_t direction, ArrayRef<const char *> usual) {
  SmallVector<Activation> all;
  if (const onnx::AttributeProto *given = n.attribute("activations")) {
    for (const std::string &name : given->strings())
      all.push_back({StringRef(name).lower()});
  } else {
    for (int64_t i = 0; i < directions; ++i)
      for (const char *name : usual)
        all.push_back({name});
  }
  size_t each = usual.size();
  if (all.size() != directions * each)
    n.invalid(fmt::format("{} activations where {} are needed", all.size(), directions * each));
  auto alphas = n.numbers("activation_alpha").value_or(SmallVector<float>());
  auto betas = n.numbers("activation_beta").value_or(SmallVector<float>());
  size_t nextAlpha = 0, nextBeta = 0;
  static const StringRef takesAlpha[] = {"leakyrelu", "thresholdedrelu", "elu", "hardsigmoid", "affine", "scaledtanh"};
  static const StringRef takesBeta[] = {"hardsigmoid", "affine", "scaledtanh"};
  for (Activation &activation : all) {
    StringRef name = activation.name;
    if (name == "leakyrelu")
      activation.alpha = 0.01f;
    if (name == "elu" || name == "thresholdedrelu" || name == "affine" || name == "scaledtanh")
      activation.alpha = 1;
    if (name == "scaledtanh")
      activation.beta = 1;
    if (name == "hardsigmoid")
      activation.alpha = 0.2f, activation.beta = 0.5f;
    if (llvm::is_contained(takesAlpha, name) && nextAlpha < alphas.size())
      activation.alpha = alphas[nextAlpha++];
    if (llvm::is_contained(takesBeta, name) && nextBeta < betas.size())
      activation.beta = betas[nextBeta++];
  }
  return SmallVector<Activation>(ArrayRef(all).slice(direction * each, each));
}

// Whether only the order of constants' elements is computed: such a value is a constant once the graph is simplified.
// PyTorch writes weights in an order of gates that its exporters then rearrange with nodes.
bool isMovedConstant(Value value) {
  if (constantOf(value))
    return true;
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<SliceOp, ConcatOp, TransposeOp, ReshapeOp, SqueezeOp, UnsqueezeOp>(op) &&
         llvm::all_of(op->getOperands(), isMovedConstant);
}

// One direction of a layer. Shapes: T steps, B batch, H hidden, G gates.
class Recurrence {
public:
  Recurrence(Node &n, int64_t gates, ArrayRef<const char *> usual) : n(n), gates(gates), usual(usual) {
    x = n.require(0), weights = n.require(1), recurrence = n.require(2);
    element = n.element(x);
    if (n.rank(x) != 3 || n.rank(weights) != 3 || n.rank(recurrence) != 3)
      n.invalid("X, W and R must have three dimensions");
    std::string direction = n.text("direction", "forward");
    if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
      n.invalid("direction must be 'forward', 'reverse' or 'bidirectional', not '" + direction + "'");
    directions = direction == "bidirectional" ? 2 : 1;
    backward = direction == "reverse";
    batchFirst = n.integer("layout", 0) != 0;
    if (batchFirst)
      x = n.transpose(x, {1, 0, 2});
    hidden = n.integer("hidden_size", n.type(recurrence).getDimSize(2));
    if (ShapedType::isDynamic(hidden))
      n.unsupported("hidden_size is not given, and the size of R is not known");
    ArrayRef<int64_t> wide = n.type(weights).getShape(), deep = n.type(recurrence).getShape();
    auto differs = [](int64_t size, int64_t wanted) { return !ShapedType::isDynamic(size) && size != wanted; };
    if (hidden < 1 || differs(wide[0], directions) || differs(deep[0], directions) ||
        differs(wide[1], gates * hidden) || differs(deep[1], gates * hidden) || differs(deep[2], hidden))
      n.invalid(fmt::format("W and R do not fit {} direction(s) with {} gate(s) of {}", directions, gates, hidden));
    if (n.attribute("clip"))
      clip = n.number("clip", 0);
  }
  virtual ~Recurrence() = default;

  Results build() { return isFused() ? buildFused() : buildLoops(); }

protected:
  /// What a step computes elementwise, on tensors [B, H] of a loop or scalars of a fused layer. Of each gate of the
  /// phase its part of the inputs and of the product, the states, what earlier phases gave beyond the left operand of
  /// the product, and the extras. Gives the next states, or before the last phase the left operand of the next product,
  /// then what later phases read.
  struct Step {
    ArrayRef<Value> inputs, products, states, kept, extras;
  };
  virtual SmallVector<Value> step(size_t phase, const Step &given) = 0;
  virtual SmallVector<int64_t> phases() const { return {gates}; } ///< the number of gates of each
  virtual size_t states() const { return 1; }
  /// What is added to the inputs' part of the gates, [G * H], where there is a bias.
  virtual Value inputBias(Value bias) { return n.add(half(bias, false), half(bias, true)); }
  /// Other vectors [H] of the direction that a step reads. `bias` may be null.
  virtual SmallVector<Value> extras(int64_t direction, Value bias) { return {}; }

  /// Row `direction` of a tensor whose first dimension is the direction.
  Value ofDirection(Value value, int64_t direction) {
    return n.squeeze(n.slice(value, 0, direction, direction + 1), {0});
  }
  Value gate(Value all, int64_t i) { return columns(all, i, i + 1); }
  Value columns(Value all, int64_t first, int64_t last) {
    return n.slice(all, n.rank(all) - 1, first * hidden, last * hidden);
  }
  Value bounded(Value value) {
    if (!clip)
      return value;
    return n.binary(BinaryKind::Max, n.binary(BinaryKind::Min, value, n.scalarLike(value, *clip)),
                    n.scalarLike(value, -*clip));
  }
  Value apply(int64_t i, Value value) { return activate(n, functions[i], bounded(value)); }
  Value half(Value bias, bool recurrent) { return columns(bias, recurrent ? gates : 0, recurrent ? 2 * gates : gates); }

  Node &n;
  const int64_t gates;
  const ArrayRef<const char *> usual;
  Value x, weights, recurrence; ///< x as [T, B, inputs]
  Type element;
  int64_t hidden, directions;
  bool backward, batchFirst;
  std::optional<float> clip;
  SmallVector<Activation> functions; ///< of the direction in hand

private:
  bool isReversed(int64_t direction) const { return backward || direction == 1; }

  // Directions of a fused layer share their elementwise part.
  bool isFused() {
    if (!element.isF32() || !isMovedConstant(recurrence))
      return false;
    auto same = [](const Activation &a, const Activation &b) {
      return a.name == b.name && a.alpha == b.alpha && a.beta == b.beta;
    };
    auto first = activations(n, directions, 0, usual), last = activations(n, directions, directions - 1, usual);
    return llvm::equal(first, last, same);
  }

  Value initial(size_t state) { // [D, B, H]
    SmallVector<Dim> sizes{directions, n.dim(x, 1), hidden};
    if (Value given = n.input(5 + state)) {
      if (n.rank(given) != 3)
        n.invalid("an initial state must have three dimensions");
      return n.reshape(batchFirst ? n.transpose(given, {1, 0, 2}) : given, sizes);
    }
    return n.create<ExpandOp>(n.scalar(element, 0), n.shape(sizes));
  }

  // Sizes that the weights leave open are those that the node implies.
  Value biasOf(int64_t direction) {
    return n.input(3) ? n.reshape(ofDirection(n.input(3), direction), {2 * gates * hidden}) : Value();
  }
  Value lengths() { return n.input(4) ? n.cast(n.input(4), n.builder().getI64Type()) : Value(); }

  // The inputs' part of all gates, [T, B, D * G * H], of the directions [first, last).
  Value inputGates(int64_t first, int64_t last) {
    SmallVector<Value> biases;
    int64_t rows = gates * hidden;
    for (int64_t direction = first; n.input(3) && direction < last; ++direction)
      biases.push_back(inputBias(biasOf(direction)));
    Value used = last - first == directions ? weights : n.slice(weights, 0, first, last);
    Value matrix = n.transpose(n.reshape(used, {(last - first) * rows, n.dim(weights, 2)}), {1, 0});
    Value sums = n.create<MatmulOp>(x, matrix);
    return biases.empty() ? sums : n.add(sums, join(biases, 0));
  }

  Value join(ArrayRef<Value> parts, int64_t axis) {
    return parts.size() == 1 ? parts.front() : n.create<ConcatOp>(ValueRange(parts), axis);
  }

  // From [T, D, B, H] and [D, B, H] as the node gives them.
  Results arrange(Results all) {
    if (!batchFirst)
      return all;
    all[0] = n.transpose(all[0], {2, 0, 1, 3});
    for (Value &last : llvm::drop_begin(all))
      last = n.transpose(last, {1, 0, 2});
    return all;
  }

  // ---- one op for all directions and steps
  Results buildFused() {
    functions = activations(n, directions, 0, usual);
    SmallVector<Value> matrices, initials, vectors;
    Value inputs = inputGates(0, directions);
    Value turned = n.transpose(n.reshape(recurrence, {directions, gates * hidden, hidden}), {0, 2, 1});
    int64_t column = 0;
    for (int64_t count : phases()) {
      matrices.push_back(columns(turned, column, column + count));
      column += count;
    }
    for (size_t i = 0; i < states(); ++i)
      initials.push_back(initial(i));
    SmallVector<SmallVector<Value>> rows; // of each vector, the directions'
    for (int64_t direction = 0; direction < directions; ++direction) {
      SmallVector<Value> own = extras(direction, biasOf(direction));
      rows.resize(own.size());
      for (auto [row, vector] : llvm::zip(rows, own))
        row.push_back(n.unsqueeze(vector, 0));
    }
    for (ArrayRef<Value> row : rows)
      vectors.push_back(join(row, 0));

    SmallVector<bool> reversed;
    for (int64_t direction = 0; direction < directions; ++direction)
      reversed.push_back(isReversed(direction));
    OpBuilder &b = n.builder();
    int64_t batch = n.type(initials.front()).getDimSize(1);
    SmallVector<Type> types{RankedTensorType::get({n.type(x).getDimSize(0), directions, batch, hidden}, element)};
    types.append(states(), RankedTensorType::get({directions, batch, hidden}, element));
    auto op =
        RecurrentOp::create(b, n.loc, types.front(), ArrayRef(types).drop_front(), inputs, matrices, initials, vectors,
                            lengths(), b.getDenseBoolArrayAttr(reversed), /*bf16=*/UnitAttr(), phases().size());
    size_t kept = 0;
    for (auto [phase, count] : llvm::enumerate(phases())) {
      OpBuilder::InsertionGuard guard(b);
      Type scalar = RankedTensorType::get({}, element);
      SmallVector<Type> arguments(2 * count + states() + kept + vectors.size(), scalar);
      Region &region = op.getPhases()[phase];
      Block *block = b.createBlock(&region, region.end(), arguments, SmallVector<Location>(arguments.size(), n.loc));
      SmallVector<Value> given(block->getArguments());
      ArrayRef<Value> rest(given);
      auto take = [&](size_t some) {
        ArrayRef<Value> taken = rest.take_front(some);
        rest = rest.drop_front(some);
        return taken;
      };
      Step parts;
      parts.inputs = take(count);
      parts.products = take(count);
      parts.states = take(states());
      parts.kept = take(kept);
      parts.extras = rest;
      SmallVector<Value> yielded = step(phase, parts);
      kept += yielded.size() - 1;
      YieldOp::create(b, n.loc, yielded);
    }
    return arrange(Results(op->getResults()));
  }

  // ---- loops of the graph, one for each direction
  Results buildLoops() {
    SmallVector<Value> outputs;
    SmallVector<SmallVector<Value>> lasts(states());
    for (int64_t direction = 0; direction < directions; ++direction) {
      SmallVector<Value> results = buildDirection(direction);
      outputs.push_back(n.unsqueeze(results.back(), 1)); // [T, 1, B, H]
      for (size_t i = 0; i < states(); ++i)
        lasts[i].push_back(n.unsqueeze(results[i], 0)); // [1, B, H]
    }
    Results all{join(outputs, 1)};
    for (ArrayRef<Value> last : lasts)
      all.push_back(join(last, 0));
    return arrange(all);
  }

  SmallVector<Value> stepOfLoop(Value inputs, ArrayRef<Value> states, ArrayRef<Value> matrices,
                                ArrayRef<Value> vectors) {
    Value left = states.front();
    SmallVector<Value> kept, given;
    int64_t column = 0;
    for (auto [phase, count] : llvm::enumerate(phases())) {
      Value product = n.create<MatmulOp>(left, matrices[phase]);
      SmallVector<Value> of, products;
      for (int64_t i = 0; i < count; ++i) {
        of.push_back(gate(inputs, column++));
        products.push_back(count == 1 ? product : gate(product, i));
      }
      given = step(phase, {of, products, states, kept, vectors});
      left = given.front();
      kept.append(given.begin() + 1, given.end());
    }
    return given;
  }

  // The states after the last step, and [T, B, H] of the first of them after each.
  SmallVector<Value> buildDirection(int64_t direction) {
    functions = activations(n, directions, direction, usual);
    Value turned = n.transpose(n.reshape(ofDirection(recurrence, direction), {gates * hidden, hidden}), {1, 0});
    SmallVector<Value> matrices, vectors = extras(direction, biasOf(direction));
    int64_t column = 0;
    for (int64_t count : phases()) {
      matrices.push_back(count == gates ? turned : columns(turned, column, column + count));
      column += count;
    }
    Value inputs = inputGates(direction, direction + 1), runsFor = lengths();
    bool reversed = isReversed(direction);
    Dim steps = n.dim(x, 0);
    SmallVector<Value> first;
    for (size_t i = 0; i < states(); ++i)
      first.push_back(ofDirection(initial(i), direction));
    auto one = [&](Value at, ArrayRef<Value> before) {
      SmallVector<Value> after = stepOfLoop(n.create<GatherOp>(inputs, at, 0), before, matrices, vectors);
      Value output = after.front();
      if (runsFor) {
        // Past the end of a sequence its state stays as it is, and the output is 0.
        Value runs = n.unsqueeze(n.compare(CompareKind::Lt, at, runsFor), 1);
        output = n.select(runs, output, n.scalar(element, 0));
        for (auto [value, old] : llvm::zip(after, before))
          value = n.select(runs, value, old);
      }
      after.push_back(output);
      return after;
    };
    SmallVector<Value> results(countedLoop(n, steps, first, one, reversed));
    if (reversed)
      results.back() = backwards(n, results.back());
    results.back() = n.reshape(results.back(), {steps, n.dim(x, 1), hidden});
    return results;
  }
};

// Gates i, o, f, c (ONNX's order).
class Lstm : public Recurrence {
public:
  explicit Lstm(Node &n) : Recurrence(n, 4, {kUsual}), coupled(n.integer("input_forget", 0) != 0) {}

private:
  static constexpr const char *kUsual[] = {"sigmoid", "tanh", "tanh"};
  size_t states() const override { return 2; }

  SmallVector<Value> extras(int64_t direction, Value) override { // the peepholes
    if (!n.input(7))
      return {};
    Value all = n.reshape(ofDirection(n.input(7), direction), {3 * hidden});
    return {gate(all, 0), gate(all, 1), gate(all, 2)};
  }

  SmallVector<Value> step(size_t, const Step &given) override {
    Value cell = given.states[1];
    auto sum = [&](int64_t gate) { return n.add(given.inputs[gate], given.products[gate]); };
    auto seen = [&](Value sum, int64_t weight, Value content) {
      return given.extras.empty() ? sum : n.add(sum, n.mul(given.extras[weight], content));
    };
    Value in = apply(0, seen(sum(0), 0, cell));
    Value forget = coupled ? n.sub(n.scalar(element, 1), in) : apply(0, seen(sum(2), 2, cell));
    Value next = n.add(n.mul(forget, cell), n.mul(in, apply(1, sum(3))));
    Value out = apply(0, seen(sum(1), 1, next));
    return {n.mul(out, activate(n, functions[2], next)), next};
  }

  const bool coupled;
};

// Gates z, r, h.
class Gru : public Recurrence {
public:
  explicit Gru(Node &n) : Recurrence(n, 3, {kUsual}), resetAfter(n.integer("linear_before_reset", 0) != 0) {}

private:
  static constexpr const char *kUsual[] = {"sigmoid", "tanh"};
  // A candidate that multiplies the reset state waits for the reset gate.
  SmallVector<int64_t> phases() const override {
    return resetAfter ? SmallVector<int64_t>{3} : SmallVector<int64_t>{2, 1};
  }

  // With the reset after the product, the candidate's recurrent bias is inside of what is reset.
  Value inputBias(Value bias) override {
    if (!resetAfter)
      return Recurrence::inputBias(bias);
    Value both = n.add(columns(half(bias, false), 0, 2), columns(half(bias, true), 0, 2));
    return n.create<ConcatOp>(ValueRange{both, gate(half(bias, false), 2)}, 0);
  }
  SmallVector<Value> extras(int64_t, Value bias) override {
    return resetAfter && bias ? SmallVector<Value>{gate(half(bias, true), 2)} : SmallVector<Value>();
  }

  SmallVector<Value> step(size_t phase, const Step &given) override {
    Value before = given.states[0];
    auto sum = [&](int64_t gate) { return n.add(given.inputs[gate], given.products[gate]); };
    auto mix = [&](Value update, Value next) {
      return n.add(n.mul(n.sub(n.scalar(element, 1), update), next), n.mul(update, before));
    };
    if (phase == 1)
      return {mix(given.kept[0], apply(1, sum(0)))};
    Value update = apply(0, sum(0)), reset = apply(0, sum(1));
    if (!resetAfter)
      return {n.mul(reset, before), update};
    Value recurrent = given.extras.empty() ? given.products[2] : n.add(given.products[2], given.extras[0]);
    return {mix(update, apply(1, n.add(given.inputs[2], n.mul(reset, recurrent))))};
  }

  const bool resetAfter;
};

class Rnn : public Recurrence {
public:
  explicit Rnn(Node &n) : Recurrence(n, 1, {kUsual}) {}

private:
  static constexpr const char *kUsual[] = {"tanh"};
  SmallVector<Value> step(size_t, const Step &given) override {
    return {apply(0, n.add(given.inputs[0], given.products[0]))};
  }
};

template <typename Layer> Results recurrent(Node &n) { return Layer(n).build(); }

} // namespace

void addRecurrentOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"GRU", 7, 28, T::Float, recurrent<Gru>},
                              {"LSTM", 7, 28, T::Float, recurrent<Lstm>},
                              {"RNN", 7, 28, T::Float, recurrent<Rnn>},
                          });
}

} // namespace mlc::importer
