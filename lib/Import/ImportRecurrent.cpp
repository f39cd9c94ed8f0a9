// LSTM, GRU and RNN: one product for the inputs of all steps, then a loop over the steps.
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

  Results build() {
    SmallVector<Value> outputs;
    SmallVector<SmallVector<Value>> lasts(states());
    for (int64_t direction = 0; direction < directions; ++direction) {
      SmallVector<Value> results = buildDirection(direction, backward || direction == 1);
      outputs.push_back(n.unsqueeze(results.back(), 1)); // [T, 1, B, H]
      for (size_t i = 0; i < states(); ++i)
        lasts[i].push_back(n.unsqueeze(results[i], 0)); // [1, B, H]
    }
    auto join = [&](ArrayRef<Value> parts, int64_t axis) {
      return parts.size() == 1 ? parts.front() : n.create<ConcatOp>(ValueRange(parts), axis);
    };
    Results all{join(outputs, 1)};
    for (ArrayRef<Value> last : lasts)
      all.push_back(join(last, 0));
    if (batchFirst) {
      all[0] = n.transpose(all[0], {2, 0, 1, 3});
      for (Value &last : llvm::drop_begin(all))
        last = n.transpose(last, {1, 0, 2});
    }
    return all;
  }

protected:
  /// Sets what a step needs beyond the sums of gates; called outside the loop.
  virtual void prepare(int64_t direction) = 0;
  /// The next states from the inputs' part of the gates [B, G * H] and the states [B, H].
  virtual SmallVector<Value> step(Value inputs, ArrayRef<Value> state) = 0;
  virtual size_t states() const { return 1; }
  /// What is added to the inputs' part of the gates, where there is a bias.
  virtual Value inputBias() { return n.add(half(bias, false), half(bias, true)); }

  /// Row `direction` of a tensor whose first dimension is the direction.
  Value ofDirection(Value value, int64_t direction) {
    return n.squeeze(n.slice(value, 0, direction, direction + 1), {0});
  }
  Value gate(Value all, int64_t i) { return n.slice(all, n.rank(all) - 1, i * hidden, (i + 1) * hidden); }
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
  Value product(Value a, Value b) { return n.create<MatmulOp>(a, b); }
  Value half(Value bias, bool recurrent) { return columns(bias, recurrent ? gates : 0, recurrent ? 2 * gates : gates); }

  Node &n;
  const int64_t gates;
  const ArrayRef<const char *> usual;
  Value x, weights, recurrence; ///< x as [T, B, inputs]
  Type element;
  int64_t hidden, directions;
  bool backward, batchFirst;
  std::optional<float> clip;
  SmallVector<Activation> functions;
  Value matrix; ///< R of the direction, [H, G * H]
  Value bias;   ///< [2 * G * H] of the direction, or null

private:
  Value initial(size_t state, int64_t direction) {
    if (Value given = n.input(5 + state)) {
      if (n.rank(given) != 3)
        n.invalid("an initial state must have three dimensions");
      Value state = ofDirection(batchFirst ? n.transpose(given, {1, 0, 2}) : given, direction);
      return n.reshape(state, {n.dim(x, 1), hidden});
    }
    return n.create<ExpandOp>(n.scalar(element, 0), n.shape({n.dim(x, 1), hidden}));
  }

  // The states after the last step, and [T, B, H] of the first of them after each.
  SmallVector<Value> buildDirection(int64_t direction, bool reversed) {
    functions = activations(n, directions, direction, usual);
    // Sizes that the weights leave open are those that the node implies.
    matrix = n.transpose(n.reshape(ofDirection(recurrence, direction), {gates * hidden, hidden}), {1, 0});
    bias = n.input(3) ? n.reshape(ofDirection(n.input(3), direction), {2 * gates * hidden}) : Value();
    prepare(direction);
    Value columns = ofDirection(weights, direction);
    columns = n.transpose(n.reshape(columns, {gates * hidden, n.dim(columns, 1)}), {1, 0});
    Value inputs = product(x, columns);
    if (bias)
      inputs = n.add(inputs, inputBias());

    Dim steps = n.dim(x, 0);
    Type i64 = n.builder().getI64Type();
    SmallVector<Value> first;
    for (size_t i = 0; i < states(); ++i)
      first.push_back(initial(i, direction));
    auto one = [&](Value at, ArrayRef<Value> before) {
      SmallVector<Value> after = step(n.create<GatherOp>(inputs, at, 0), before);
      Value output = after.front();
      if (Value lengths = n.input(4)) {
        // Past the end of a sequence its state stays as it is, and the output is 0.
        Value runs = n.unsqueeze(n.compare(CompareKind::Lt, at, n.cast(lengths, i64)), 1);
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
  explicit Lstm(Node &n) : Recurrence(n, 4, {kUsual}) {}

private:
  static constexpr const char *kUsual[] = {"sigmoid", "tanh", "tanh"};
  size_t states() const override { return 2; }

  void prepare(int64_t direction) override {
    coupled = n.integer("input_forget", 0) != 0;
    peephole = n.input(7) ? n.reshape(ofDirection(n.input(7), direction), {3 * hidden}) : Value();
  }

  SmallVector<Value> step(Value inputs, ArrayRef<Value> state) override {
    Value all = n.add(inputs, product(state[0], matrix)), cell = state[1];
    auto seen = [&](Value sum, int64_t weight, Value content) {
      return peephole ? n.add(sum, n.mul(gate(peephole, weight), content)) : sum;
    };
    Value in = apply(0, seen(gate(all, 0), 0, cell));
    Value forget = coupled ? n.sub(n.scalar(element, 1), in) : apply(0, seen(gate(all, 2), 2, cell));
    Value next = n.add(n.mul(forget, cell), n.mul(in, apply(1, gate(all, 3))));
    Value out = apply(0, seen(gate(all, 1), 1, next));
    return {n.mul(out, activate(n, functions[2], next)), next};
  }

  bool coupled = false;
  Value peephole;
};

// Gates z, r, h.
class Gru : public Recurrence {
public:
  explicit Gru(Node &n) : Recurrence(n, 3, {kUsual}), resetAfter(n.integer("linear_before_reset", 0) != 0) {}

private:
  static constexpr const char *kUsual[] = {"sigmoid", "tanh"};

  void prepare(int64_t) override {
    candidate = columns(matrix, 2, 3);
    gating = columns(matrix, 0, 2);
    candidateBias = bias ? gate(half(bias, true), 2) : Value();
  }

  // With the reset after the product, the candidate's recurrent bias is inside of what is reset.
  Value inputBias() override {
    if (!resetAfter)
      return Recurrence::inputBias();
    Value both = n.add(columns(half(bias, false), 0, 2), columns(half(bias, true), 0, 2));
    return n.create<ConcatOp>(ValueRange{both, gate(half(bias, false), 2)}, 0);
  }

  SmallVector<Value> step(Value inputs, ArrayRef<Value> state) override {
    Value before = state[0], update, next;
    if (resetAfter) {
      Value all = product(before, matrix);
      update = apply(0, n.add(gate(inputs, 0), gate(all, 0)));
      Value reset = apply(0, n.add(gate(inputs, 1), gate(all, 1)));
      Value recurrent = candidateBias ? n.add(gate(all, 2), candidateBias) : gate(all, 2);
      next = apply(1, n.add(gate(inputs, 2), n.mul(reset, recurrent)));
    } else {
      Value all = n.add(columns(inputs, 0, 2), product(before, gating));
      update = apply(0, gate(all, 0));
      Value reset = apply(0, gate(all, 1));
      next = apply(1, n.add(gate(inputs, 2), product(n.mul(reset, before), candidate)));
    }
    return {n.add(n.mul(n.sub(n.scalar(element, 1), update), next), n.mul(update, before))};
  }

  const bool resetAfter;
  Value candidate, gating, candidateBias;
};

class Rnn : public Recurrence {
public:
  explicit Rnn(Node &n) : Recurrence(n, 1, {kUsual}) {}

private:
  static constexpr const char *kUsual[] = {"tanh"};
  void prepare(int64_t) override {}
  SmallVector<Value> step(Value inputs, ArrayRef<Value> state) override {
    return {apply(0, n.add(inputs, product(state[0], matrix)))};
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
