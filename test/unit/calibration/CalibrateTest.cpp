#include "Calibration/Calibrate.h"
#include "Reference/Evaluate.h"

#include "mlir/IR/Verifier.h"

#include <catch2/catch.hpp>

using namespace mlc;

namespace {
struct Model {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  Model() : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<graph::GraphDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(R"(
      func.func @main(%x: tensor<?xf32> {graph.name = "tap_0"}) -> (tensor<?xf32> {graph.name = "y"}) {
        %a = graph.unary exp %x : (tensor<?xf32>) -> tensor<?xf32>
        %y = graph.unary neg %a : (tensor<?xf32>) -> tensor<?xf32>
        return %y : tensor<?xf32>
      })",
                                                     &context);
  }
  mlir::func::FuncOp main() { return module->lookupSymbol<mlir::func::FuncOp>("main"); }
};
} // namespace

TEST_CASE("taps are the only results, and their ranges come back as attributes") {
  Model model;
  REQUIRE(model.module);
  mlir::Value x = model.main().getArgument(0), a = model.main().getBody().front().front().getResult(0);
  TappedModule tapped = onlyTaps(*model.module, {x, a});
  CHECK(model.main().getNumResults() == 1);
  auto main = tapped.module->lookupSymbol<mlir::func::FuncOp>("main");
  REQUIRE(main.getNumResults() == 2);
  CHECK(tapped.names == std::vector<std::string>{"tap_0_", "tap_1"}); // tap_0 is the input's name
  CHECK(main.getResultAttrOfType<mlir::StringAttr>(1, graph::kNameAttr).str() == "tap_1");

  std::vector<TensorStatistics> statistics(2);
  for (float sample : {0, -1, 2}) {
    Tensor input(DType::Float32, {1});
    input.data<float>()[0] = sample;
    auto outputs = evaluate(main, {input});
    REQUIRE(outputs);
    for (size_t i = 0; i < 2; ++i)
      REQUIRE(statistics[i].add((*outputs)[i]));
  }
  CHECK(statistics[0].min == -1);
  CHECK(statistics[0].max == 2);
  CHECK(statistics[0].count == 3);

  annotateRanges({x, a}, statistics, calibrators().front());
  REQUIRE(rangeOf(a));
  CHECK(rangeOf(a)->min == Approx(0.36788));
  CHECK(rangeOf(a)->max == Approx(7.38906));
  CHECK(rangeOf(x)->max == 2);
  CHECK_FALSE(rangeOf(model.main().getBody().front().getTerminator()->getOperand(0)));
  dropRanges(*model.module);
  CHECK_FALSE(rangeOf(a));
  CHECK_FALSE(rangeOf(x));
}

TEST_CASE("a value of a branch is carried out of it, and has no elements in a run that takes another") {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<graph::GraphDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(R"(
    func.func @main(%c: tensor<i1>, %d: tensor<i1>, %x: tensor<?xf32>) -> tensor<?xf32> {
      %y = graph.if %c {
        %z = graph.if %d {
          %a = graph.unary exp %x : (tensor<?xf32>) -> tensor<?xf32>
          graph.yield %a : tensor<?xf32>
        } else {
          graph.yield %x : tensor<?xf32>
        } : (tensor<i1>) -> tensor<?xf32>
        %b = graph.unary neg %z : (tensor<?xf32>) -> tensor<?xf32>
        graph.yield %b : tensor<?xf32>
      } else {
        %e = graph.constant dense<3.0> : tensor<f32>
        %f = graph.unary neg %e : (tensor<f32>) -> tensor<f32>
        graph.yield %x : tensor<?xf32>
      } : (tensor<i1>) -> tensor<?xf32>
      return %y : tensor<?xf32>
    })",
                                                        &context);
  REQUIRE(module);
  llvm::SmallVector<mlir::Value> taps; // exp, the inner and the outer if, neg of a scalar
  module->walk([&](mlir::Operation *op) {
    bool isScalar =
        op->getNumResults() && mlir::cast<mlir::RankedTensorType>(op->getResult(0).getType()).getRank() == 0;
    if (auto unary = mlir::dyn_cast<graph::UnaryOp>(op))
      if (unary.getKind() == graph::UnaryKind::Exp || isScalar)
        taps.push_back(unary);
    if (auto branch = mlir::dyn_cast<graph::IfOp>(op))
      taps.push_back(branch.getResult(0));
  });
  REQUIRE(taps.size() == 4);
  for (mlir::Value tap : taps)
    CHECK(canBeObserved(tap));
  TappedModule tapped = onlyTaps(*module, taps);
  REQUIRE(mlir::succeeded(mlir::verify(*tapped.module)));
  auto main = tapped.module->lookupSymbol<mlir::func::FuncOp>("main");

  auto run = [&](bool c, bool d) {
    Tensor first(DType::Bool, {}), second(DType::Bool, {}), x(DType::Float32, {2});
    *first.data<bool>() = c;
    *second.data<bool>() = d;
    auto outputs = evaluate(main, {first, second, x});
    REQUIRE(outputs);
    std::vector<int64_t> elements;
    for (size_t i = 0; i < outputs->size(); ++i)
      elements.push_back((*outputs)[i].numElements());
    return elements;
  };
  CHECK(run(true, true) == std::vector<int64_t>{2, 2, 0, 2});
  CHECK(run(true, false) == std::vector<int64_t>{0, 2, 0, 2});
  CHECK(run(false, true) == std::vector<int64_t>{0, 0, 1, 2});
}
