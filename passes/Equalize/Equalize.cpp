#include "Graph/Constants.h"
#include "Graph/Graph.h"
#include "passes/Passes.h"

#include "llvm/ADT/MapVector.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace mlc {
#define GEN_PASS_DEF_EQUALIZE
#include "passes/Passes.h.inc"

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

// Weights while they are scaled, with the channels of both sides.
class Layer {
public:
  explicit Layer(Operation *op) : op_(op) {
    weights_ = toDoubles(op->getOperand(1));
    auto shape = typeOf(op->getOperand(1)).getShape();
    if (auto conv = dyn_cast<graph::ConvOp>(op)) {
      groups_ = conv.getGroup();
      rows_ = shape[0];
      columns_ = shape[1];
      for (int64_t size : shape.drop_front(2))
        taps_ *= size;
      if (conv.getBias())
        bias_ = toDoubles(conv.getBias());
    } else { // [K, N]
      rows_ = shape[1];
      columns_ = shape[0];
      isMatmul_ = true;
    }
  }

  /// Nothing where the op's weights cannot be scaled.
  static bool matches(Operation *op) {
    auto conv = dyn_cast_or_null<graph::ConvOp>(op);
    if (!conv && !isa_and_nonnull<graph::MatmulOp>(op))
      return false;
    Value weights = op->getOperand(1);
    RankedTensorType type = typeOf(weights);
    return type.getElementType().isF32() && graph::constantOf(weights) && type.getNumElements() > 0 &&
           (conv ? !conv.getChannelsLast() && (!conv.getBias() || graph::constantOf(conv.getBias()))
                 : type.getRank() == 2 && typeOf(op->getOperand(0)).getRank() >= 2);
  }

  int64_t outputs() const { return rows_; }
  int64_t inputs() const { return columns_ * groups_; }

  double outputMagnitude(int64_t channel) const {
    double largest = 0;
    forOutput(channel, [&](int64_t i) { largest = std::max(largest, std::fabs(weights_[i])); });
    return largest;
  }
  double inputMagnitude(int64_t channel) const {
    double largest = 0;
    forInput(channel, [&](int64_t i) { largest = std::max(largest, std::fabs(weights_[i])); });
    return largest;
  }
  void scaleOutput(int64_t channel, double factor) {
    forOutput(channel, [&](int64_t i) { weights_[i] *= factor; });
    if (!bias_.empty())
      bias_[channel] *= factor;
    isChanged_ = true;
  }
  void scaleInput(int64_t channel, double factor) {
    forInput(channel, [&](int64_t i) { weights_[i] *= factor; });
    isChanged_ = true;
  }

  void write() {
    if (!isChanged_)
      return;
    op_->setOperand(1, constantLike(op_->getOperand(1), weights_));
    if (!bias_.empty())
      op_->setOperand(2, constantLike(op_->getOperand(2), bias_));
  }

private:
  static std::vector<double> toDoubles(Value value) {
    Tensor tensor = *graph::constantTensor(value);
    return std::vector<double>(tensor.data<float>(), tensor.data<float>() + tensor.numElements());
  }
  Value constantLike(Value before, const std::vector<double> &values) {
    Tensor tensor(DType::Float32, typeOf(before).getShape().vec());
    std::copy(values.begin(), values.end(), tensor.data<float>());
    OpBuilder builder(op_);
    return graph::makeConstant(builder, before.getLoc(), tensor);
  }

  int64_t at(int64_t row, int64_t column) const {
    return isMatmul_ ? column * rows_ + row : (row * columns_ + column) * taps_;
  }
  void forOutput(int64_t row, llvm::function_ref<void(int64_t)> visit) const {
    for (int64_t column = 0; column < columns_; ++column)
      for (int64_t tap = 0; tap < taps_; ++tap)
        visit(at(row, column) + tap);
  }
  void forInput(int64_t channel, llvm::function_ref<void(int64_t)> visit) const {
    int64_t group = channel / columns_, each = rows_ / groups_;
    for (int64_t row = group * each; row < (group + 1) * each; ++row)
      for (int64_t tap = 0; tap < taps_; ++tap)
        visit(at(row, channel % columns_) + tap);
  }

  Operation *op_;
  std::vector<double> weights_, bias_;
  int64_t rows_ = 0, columns_ = 0, taps_ = 1, groups_ = 1;
  bool isMatmul_ = false, isChanged_ = false;
};

// Two contractions, and the constants of the ops between them, one value a channel.
struct Pair {
  Operation *first, *second;
  struct Constant {
    graph::BinaryOp op;
    unsigned operand;
    std::vector<double> values;
  };
  std::vector<Constant> constants;
  bool isChanged = false;
};

int64_t channelDimension(Operation *contraction) {
  return isa<graph::ConvOp>(contraction) ? 1 : typeOf(contraction->getResult(0)).getRank() - 1;
}

// Whether y(s x) = s y(x) for each s > 0, a channel at a time. Constants that must be scaled too are added to `pair`.
bool commutes(Operation *op, Value input, int64_t channel, int64_t channels, Pair &pair) {
  if (auto unary = dyn_cast<graph::UnaryOp>(op))
    return unary.getKind() == graph::UnaryKind::Relu || unary.getKind() == graph::UnaryKind::LeakyRelu;
  if (isa<graph::PoolOp>(op))
    return channel == 1 && !cast<graph::PoolOp>(op).getChannelsLast();
  if (auto pad = dyn_cast<graph::PadOp>(op)) {
    auto fill = graph::constantScalar(pad.getValue());
    return pad.getMode() == graph::PadMode::Constant && fill && *fill == 0 &&
           !llvm::is_contained(pad.getAxes(), channel);
  }
  auto binary = dyn_cast<graph::BinaryOp>(op);
  if (!binary || typeOf(op->getResult(0)).getRank() != typeOf(input).getRank())
    return false;
  using graph::BinaryKind;
  if (binary.getKind() != BinaryKind::Add && binary.getKind() != BinaryKind::Min && binary.getKind() != BinaryKind::Max)
    return false;
  unsigned constant = op->getOperand(0) == input ? 1 : 0;
  auto values = graph::constantPerChannel(op->getOperand(constant), typeOf(input).getRank(), channel, channels);
  if (!values || op->getOperand(constant) == input)
    return false;
  pair.constants.push_back({binary, constant, *values});
  return true;
}

std::optional<Pair> pairFrom(Operation *first) {
  Pair pair{first, nullptr, {}, false};
  Value value = first->getResult(0);
  int64_t channel = channelDimension(first), channels = Layer(first).outputs();
  while (value.hasOneUse()) {
    Operation *reader = *value.user_begin();
    if (reader->getBlock() != first->getBlock())
      return std::nullopt;
    if (Layer::matches(reader)) {
      if (reader->getOperand(0) != value || channelDimension(reader) != channel || Layer(reader).inputs() != channels)
        return std::nullopt;
      pair.second = reader;
      return pair;
    }
    if (!commutes(reader, value, channel, channels, pair))
      return std::nullopt;
    value = reader->getResult(0);
  }
  return std::nullopt;
}

struct EqualizePass : impl::EqualizeBase<EqualizePass> {
  using EqualizeBase::EqualizeBase;

  void runOnOperation() override {
    std::vector<Pair> pairs;
    getOperation().walk([&](Operation *op) {
      if (Layer::matches(op))
        if (auto pair = pairFrom(op))
          pairs.push_back(std::move(*pair));
    });
    llvm::MapVector<Operation *, Layer> layers;
    for (const Pair &pair : pairs)
      for (Operation *op : {pair.first, pair.second})
        if (!layers.contains(op))
          layers.insert({op, Layer(op)});

    // In a chain of layers each pair moves what its neighbours set: it settles quickly.
    constexpr int kMostRounds = 40;
    constexpr double kSettled = 0.01;
    double moved = 1;
    for (int round = 0; round < kMostRounds && moved > kSettled; ++round) {
      moved = 0;
      for (Pair &pair : pairs)
        moved = std::max(moved, balance(pair, layers.find(pair.first)->second, layers.find(pair.second)->second));
    }
    for (auto &[op, layer] : layers)
      layer.write();
    for (Pair &pair : pairs) {
      if (!pair.isChanged)
        continue;
      ++equalized;
      for (Pair::Constant &constant : pair.constants)
        write(constant, channelDimension(pair.first));
    }
  }

  // The largest |log s| of a channel.
  static double balance(Pair &pair, Layer &first, Layer &second) {
    double largest = 0;
    for (int64_t channel = 0; channel < first.outputs(); ++channel) {
      double written = first.outputMagnitude(channel), read = second.inputMagnitude(channel);
      double s = std::sqrt(written / read);
      // A channel that nothing writes or reads has no scale.
      if (!(written > 0) || !(read > 0) || !std::isfinite(s) || s == 1)
        continue;
      first.scaleOutput(channel, 1 / s);
      second.scaleInput(channel, s);
      for (Pair::Constant &constant : pair.constants)
        constant.values[channel] /= s;
      pair.isChanged = true;
      largest = std::max(largest, std::fabs(std::log(s)));
    }
    return largest;
  }

  static void write(Pair::Constant &constant, int64_t channel) {
    if (llvm::all_equal(constant.values) && constant.values.front() == 0)
      return; // the bound of a relu
    RankedTensorType type = typeOf(constant.op.getOutput());
    std::vector<int64_t> shape(type.getRank() - channel, 1);
    shape[0] = static_cast<int64_t>(constant.values.size());
    Tensor tensor(DType::Float32, shape);
    std::copy(constant.values.begin(), constant.values.end(), tensor.data<float>());
    OpBuilder builder(constant.op);
    constant.op->setOperand(constant.operand, graph::makeConstant(builder, constant.op.getLoc(), tensor));
  }
};
} // namespace
} // namespace mlc
