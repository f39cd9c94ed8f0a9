// Damaged models give errors: never a crash, never a hang.
#include "OnnxText.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <random>

using namespace mlc;
using namespace mlc::test;

static std::string attribute(const std::string &name, const std::string &type, const std::string &field) {
  return "attribute { name: \"" + name + "\" type: " + type + " " + field + " } ";
}

// A little of every family, so that damage reaches many operators.
static onnx::ModelProto variedModel() {
  std::string branches = attribute("then_branch", "GRAPH",
                                   "g { name: \"t\" " + node("Neg", "f", "ta") + value("output", "ta", 1, "?") + "}") +
                         attribute("else_branch", "GRAPH",
                                   "g { name: \"e\" " + node("Abs", "f", "ea") + value("output", "ea", 1, "?") + "}");
  return modelOf(
      value("input", "x", 1, "n 3 8 8") + value("input", "c", 9, "") + value("output", "y", 1, "? ?") +
      value("output", "z", 7, "? ?") +
      R"(initializer { name: "w" data_type: 1 dims: [2, 3, 1, 1] float_data: [1, 2, 3, 4, 5, 6] }
         initializer { name: "v" data_type: 1 dims: 2 float_data: [1, 2] }
         initializer { name: "r" data_type: 1 dims: 4 float_data: [1, 1, 2, 2] }
         initializer { name: "q" data_type: 1 float_data: 0.5 } initializer { name: "o" data_type: 3 int32_data: 1 } )" +
      indices("i", "0") + indices("h", "-1") + indices("k", "2") + indices("m", "5") +
      node("Conv", "x w v", "a",
           attribute("kernel_shape", "INTS", "ints: [1, 1]") + attribute("pads", "INTS", "ints: [1, 1, 1, 1]") +
               attribute("strides", "INTS", "ints: [2, 2]")) +
      node("BatchNormalization", "a v v v v", "b") +
      node("MaxPool", "b", "p", attribute("kernel_shape", "INTS", "ints: [2, 2]")) +
      node("Resize", "p _ r", "u", attribute("mode", "STRING", "s: \"linear\"")) +
      node("QuantizeLinear", "u q o", "qu") + node("DequantizeLinear", "qu q o", "dq") + node("Shape", "dq", "s") +
      node("Gather", "s i", "n0") + node("Concat", "n0 h", "t", attribute("axis", "INT", "i: 0")) +
      node("Reshape", "dq t", "f") + node("If", "c", "g", branches) + node("Slice", "g k m i", "sl") +
      node("Transpose", "sl", "tr", attribute("perm", "INTS", "ints: [1, 0]")) +
      node("ReduceMean", "tr", "rm", attribute("axes", "INTS", "ints: [0]")) + node("Softmax", "rm", "so") +
      node("TopK", "so k", "y z", attribute("axis", "INT", "i: -1")));
}

TEST_CASE("a thousand damaged models", "[import][errors]") {
  const auto model = variedModel();
  TemporaryFolder folder;
  std::string path = folder.file("m.onnx");
  save(model, path);
  REQUIRE_FALSE(importFile(path).error);

  const std::string bytes = model.SerializeAsString();
  std::mt19937 random(20240117);
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  int errors = 0;
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  for (int i = 0; i < 1000; ++i) {
    std::string damaged = bytes;
    if (i % 4 == 0)
      damaged.resize(below(damaged.size()));
    for (size_t count = i % 4 == 0 ? 0 : 1 + below(4); count > 0; --count) {
      size_t at = below(damaged.size());
      switch (below(3)) {
      case 0:
        damaged[at] = static_cast<char>(below(256));
        break;
      case 1:
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << below(8)));
        break;
      default: // values that stand at limits
        damaged[at] = "\x00\x01\x7f\xff"[below(4)];
      }
    }
    std::ofstream(path, std::ios::binary) << damaged;
    INFO("case " << i);
    auto result = importModel(context, path);
    if (!result) {
      ++errors;
      REQUIRE_FALSE(result.error().message.empty());
    }
    (void)inspectModel(path);
  }
  // Some damage falls on names or weights and leaves a valid model.
  CHECK(errors > 500);
}

TEST_CASE("every truncation of a model is an error", "[import][errors]") {
  const std::string bytes =
      modelOf(value("input", "x", 1, "2") + value("output", "y", 1, "2") + node("Neg", "x", "y")).SerializeAsString();
  TemporaryFolder folder;
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::ofstream(folder.file("m.onnx"), std::ios::binary) << bytes.substr(0, size);
    INFO("first " << size << " of " << bytes.size() << " bytes");
    Imported r = importFile(folder.file("m.onnx"));
    REQUIRE(r.error);
    CHECK((r.error->code == ExitCode::BadInput || r.error->code == ExitCode::Unsupported));
  }
}
