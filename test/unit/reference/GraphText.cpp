#include "GraphText.h"

#include "Reference/Evaluate.h"

#include <catch2/catch.hpp>

namespace mlc::test {

Result<std::vector<Tensor>> evaluateText(const std::string &text, const std::vector<Tensor> &inputs) {
  mlir::DialectRegistry registry;
  registry.insert<graph::GraphDialect, mlir::func::FuncDialect>();
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return badInput("the text does not parse");
  return evaluate(*module->getOps<mlir::func::FuncOp>().begin(), inputs);
}

Tensor evaluateOne(const std::string &body, const std::string &result) {
  auto results = evaluateText("func.func @main() -> " + result + " {\n" + body + "\n  return %r : " + result + "\n}\n");
  INFO((results ? "" : results.error().message));
  REQUIRE(results);
  return std::move(results->front());
}

} // namespace mlc::test
