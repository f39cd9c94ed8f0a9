#include "Calibration/Calibrate.h"
#include "Reference/Evaluate.h"

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
