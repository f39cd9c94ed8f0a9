// What can be told of a model without importing it, and the table of operators.
#include "OnnxText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

TEST_CASE("inspect counts nodes and parameters and lists what is unsupported", "[import][inspect]") {
  TemporaryFolder folder;
  auto model = modelOf(value("input", "x", 1, "batch 3") + value("output", "y", 1, "?") +
                       R"(initializer { name: "w" data_type: 1 dims: 3 float_data: [1, 2, 3] } )" +
                       node("Add", "x w", "a") + node("Add", "a w", "b") + node("Foo", "b", "y", "name: \"f\""));
  model.set_producer_name("by hand");
  auto *entry = model.add_metadata_props();
  entry->set_key("k");
  entry->set_value("v");
  save(model, folder.file("m.onnx"));
  auto info = inspectModel(folder.file("m.onnx"));
  REQUIRE(info);
  CHECK(info->irVersion == 8);
  CHECK(info->producerName == "by hand");
  CHECK(info->opsets == std::vector<std::pair<std::string, int64_t>>{{"", 17}});
  CHECK(info->metadata == std::vector<std::pair<std::string, std::string>>{{"k", "v"}});
  CHECK(info->nodes == 3);
  CHECK(info->parameters == 3);
  CHECK(info->parameterBytes == 12);
  REQUIRE(info->inputs.size() == 1);
  CHECK(info->inputs[0].elementType == "float32");
  CHECK(info->inputs[0].dims == std::vector<std::string>{"batch", "3"});
  REQUIRE(info->operators.size() == 2);
  CHECK(info->operators[0].op == "Add");
  CHECK(info->operators[0].count == 2);
  CHECK(info->operators[0].supported);
  CHECK_FALSE(info->operators[1].supported);
  CHECK(info->unsupported == std::vector<std::string>{"node 'f' (Foo), domain ai.onnx, opset 17"});
  REQUIRE(info->unsupportedNodes.size() == 1);
  CHECK(info->unsupportedNodes[0].node == "f");
  CHECK(info->unsupportedNodes[0].reason == "no such operator is supported");
}

TEST_CASE("the table of operators is sorted and has no operator twice", "[import][inspect]") {
  auto table = supportedOperators();
  CHECK(table.size() > 120);
  for (size_t i = 1; i < table.size(); ++i) {
    INFO(table[i].op);
    CHECK(std::tie(table[i - 1].domain, table[i - 1].op) < std::tie(table[i].domain, table[i].op));
    CHECK(table[i].since <= table[i].until);
  }
}
