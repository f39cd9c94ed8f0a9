// A network means the same before and after its activations are laid out channels-last.
#include "RandomNetwork.h"

#include "Reference/Evaluate.h"
#include "passes/Passes.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace mlc;
using namespace mlir;

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return text;
}

static std::vector<Tensor> evaluateMain(ModuleOp module, const Tensor &input) {
  Result<std::vector<Tensor>> results = evaluate(*module.getOps<func::FuncOp>().begin(), {input});
  INFO((results ? "" : results.error().message));
  REQUIRE(results);
  return std::move(*results);
}

static void checkEqual(const Tensor &expected, const Tensor &actual) {
  REQUIRE(actual.dtype == expected.dtype);
  REQUIRE(actual.shape == expected.shape);
  if (expected.dtype != DType::Float32) {
    CHECK(actual.bytes == expected.bytes);
    return;
  }
  double worst = 0;
  for (int64_t i = 0; i < expected.numElements(); ++i)
    worst = std::max(worst, std::abs(double(expected.data<float>()[i]) - actual.data<float>()[i]));
  CHECK(worst <= 1e-5);
}

TEST_CASE("channels-last keeps the meaning of random networks") {
  int changed = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    for (bool dynamic : {false, true}) {
      INFO("seed " << seed << (dynamic ? ", dynamic" : ", static"));
      MLIRContext context(MLIRContext::Threading::DISABLED);
      OwningOpRef<ModuleOp> module = test::randomNetwork(context, seed, dynamic);
      REQUIRE(succeeded(verify(*module)));
      Tensor input = test::randomNetworkInput(seed);
      std::string before = print(*module);
      INFO(before);
      std::vector<Tensor> expected = evaluateMain(*module, input);
      PassManager passes(&context);
      passes.addNestedPass<func::FuncOp>(createChannelsLast());
      REQUIRE(succeeded(passes.run(*module)));
      std::string after = print(*module);
      INFO(after);
      changed += after != before;
      std::vector<Tensor> actual = evaluateMain(*module, input);
      REQUIRE(actual.size() == expected.size());
      for (size_t i = 0; i < actual.size(); ++i) {
        INFO("result " << i);
        checkEqual(expected[i], actual[i]);
      }
      // A second run finds nothing to move.
      PassManager again(&context);
      again.addNestedPass<func::FuncOp>(createChannelsLast());
      REQUIRE(succeeded(again.run(*module)));
      CHECK(print(*module) == after);
    }
  }
  CHECK(changed > 400);
}
