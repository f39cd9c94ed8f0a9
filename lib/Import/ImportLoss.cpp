// Losses, which models that were exported with their training head end in.
#include "Import/OperatorTable.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// -weight[target] * logProbabilities[…, target, …] along dimension 1, reduced as the node says. An element whose
// target is `ignore_index` weighs nothing.
Value likelihoodLoss(Node &n, Value logProbabilities, Value target, Value weights) {
  int64_t rank = n.rank(logProbabilities);
  if (rank < 2 || n.rank(target) != rank - 1)
    n.invalid("the target must have the operand's dimensions but the second");
  Value weight, ignored;
  target = n.cast(target, n.builder().getI64Type());
  if (n.attribute("ignore_index")) {
    ignored =
        n.compare(CompareKind::Eq, target, n.scalarLike(target, static_cast<double>(n.integer("ignore_index", 0))));
    target = n.select(ignored, n.scalarLike(target, 0), target);
  }
  Value loss = n.create<GatherElementsOp>(logProbabilities, n.unsqueeze(target, {1}), 1);
  loss = n.unary(UnaryKind::Neg, n.squeeze(loss, {1}));
  Value zero = n.scalarLike(loss, 0), one = n.scalarLike(loss, 1);
  if (weights)
    weight = n.create<GatherOp>(weights, target, 0);
  if (ignored)
    weight = n.select(ignored, zero, weight ? weight : one);
  if (weight)
    loss = n.mul(loss, weight);
  std::string reduction = n.text("reduction", "mean");
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
  if (reduction == "none")
    return loss;
  if (reduction == "sum")
    return n.reduce(ReduceKind::Sum, loss, all, /*keepdims=*/false);
  if (reduction != "mean")
    n.invalid("reduction must be none, sum or mean, not '" + reduction + "'");
  if (!weight)
    return n.reduce(ReduceKind::Mean, loss, all, /*keepdims=*/false);
  return n.div(n.reduce(ReduceKind::Sum, loss, all, /*keepdims=*/false),
               n.reduce(ReduceKind::Sum, weight, all, /*keepdims=*/false));
}

Results negativeLogLikelihoodLoss(Node &n) { return {likelihoodLoss(n, n.require(0), n.require(1), n.input(2))}; }

Results softmaxCrossEntropyLoss(Node &n) {
  Value logProbabilities = n.create<SoftmaxOp>(n.require(0), 1, /*log=*/true);
  return {likelihoodLoss(n, logProbabilities, n.require(1), n.input(2)), logProbabilities};
}

} // namespace

void addLossOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"NegativeLogLikelihoodLoss", 12, 28, T::Float, negativeLogLikelihoodLoss},
                              {"SoftmaxCrossEntropyLoss", 12, 28, T::Float, softmaxCrossEntropyLoss},
                          });
}

} // namespace mlc::importer
