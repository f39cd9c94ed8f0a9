// Files, arguments, results, dimensions, and the messages of what cannot be read.
#include "OnnxText.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace mlc;
using namespace mlc::test;

static void write(const std::string &path, const std::string &bytes) { std::ofstream(path, std::ios::binary) << bytes; }

static onnx::ModelProto reluModel(const std::string &dims = "batch 3") {
  return modelOf(value("input", "x", 1, dims) + value("output", "y", 1, dims) +
                 node("Relu", "x", "y", "name: \"act\""));
}

TEST_CASE("a model becomes one function with names and symbols", "[import]") {
  Imported r = importOf(reluModel());
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, R"(module attributes {graph.model = "model", graph.opset = 17 : i64})"));
  CHECK(contains(r.text, R"(func.func @main(%arg0: tensor<?x3xf32> {graph.dims = ["batch", ""], graph.name = "x"}))"));
  CHECK(contains(r.text, R"(-> (tensor<?x3xf32> {graph.dims = ["batch", ""], graph.name = "y"}))"));
  CHECK(contains(r.text, "graph.unary relu %arg0"));
}

TEST_CASE("the model's name is an identifier from the file's", "[import]") {
  TemporaryFolder folder;
  save(reluModel(), folder.file("3d-net v1.onnx"));
  CHECK(contains(importFile(folder.file("3d-net v1.onnx")).text, R"(graph.model = "model_3d_net_v1")"));
}

TEST_CASE("nameless dimensions are dynamic and have no symbol", "[import]") {
  auto model = reluModel("? 3");
  model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_param("?");
  CHECK(contains(importOf(model).text, R"(tensor<?x3xf32> {graph.dims = ["", ""], graph.name = "x"})"));
  model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->mutable_shape()
      ->mutable_dim(0)
      ->set_dim_value(-1);
  CHECK(contains(importOf(model).text, R"(tensor<?x3xf32> {graph.dims = ["", ""], graph.name = "x"})"));
}

TEST_CASE("dimensions can be fixed by symbol or by place", "[import]") {
  CHECK(contains(importOf(reluModel(), {{{"batch", 4}}}).text, R"(tensor<4x3xf32> {graph.dims = ["", ""])"));
  CHECK(contains(importOf(reluModel("? 3"), {{{"x[0]", 5}}}).text, "tensor<5x3xf32>"));
  Imported r = importOf(reluModel(), {{{"batc", 4}}});
  REQUIRE(r.error);
  CHECK(r.error->code == ExitCode::Usage);
  CHECK(r.error->message == "the model has no dynamic dimension 'batc' (did you mean 'batch'?); it has: batch");
}

TEST_CASE("an input with an initializer is a constant", "[import]") {
  auto model =
      modelOf(value("input", "x", 1, "2") + value("input", "w", 1, "2") + value("output", "y", 1, "2") +
              R"(initializer { name: "w" data_type: 1 dims: 2 float_data: [1.5, 2.5] } )" + node("Add", "x w", "y"));
  Imported r = importOf(model);
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, "@main(%arg0: tensor<2xf32>"));
  CHECK_FALSE(r.text.find("%arg1") != std::string::npos);
  CHECK(contains(r.text, "dense<[1.500000e+00, 2.500000e+00]>"));
}

TEST_CASE("files that are no models", "[import][errors]") {
  TemporaryFolder folder;
  std::string path = folder.file("m.onnx");
  auto message = [&] {
    Imported r = importFile(path);
    REQUIRE(r.error);
    CHECK(r.error->code == ExitCode::BadInput);
    return r.error->message;
  };
  CHECK(message() == "cannot read '" + path + "': No such file or directory");
  write(path, "");
  CHECK(message() == "'" + path + "' is empty; copy or download it again");
  write(path, "<html><body>404</body></html>");
  CHECK(message() == "'" + path + "' is not an ONNX model: it is not a protobuf");
  write(path, std::string("\x08\x08", 2));
  CHECK(message() == "'" + path + "' is not an ONNX model: it is a protobuf without graph");
  std::string bytes = reluModel().SerializeAsString();
  write(path, bytes.substr(0, bytes.size() - 7));
  CHECK(contains(message(), "is truncated: its " + std::to_string(bytes.size() - 7) + " bytes end inside a field"));
  path = folder.file("");
  CHECK(contains(message(), "is a folder; give the .onnx file in it"));
}

TEST_CASE("inputs that cannot be compiled are listed with the nodes", "[import][errors]") {
  auto model = modelOf(value("input", "x", 8, "2") + value("input", "z", 1, "2") + value("output", "y", 1, "2") +
                       node("Frobnicate", "z", "y", "name: \"n1\""));
  Imported r = importOf(model);
  REQUIRE(r.error);
  CHECK(r.error->code == ExitCode::Unsupported);
  CHECK(contains(r.error->message, "2 of its parts are not supported"));
  CHECK(contains(r.error->message, "input 'x' has element type string"));
  CHECK(contains(r.error->message, "node 'n1' (Frobnicate), domain ai.onnx, opset 17: no such operator is supported"));
}

TEST_CASE("every unsupported node is in one message", "[import][errors]") {
  auto model = modelOf(value("input", "x", 1, "2 2") + value("output", "y", 1, "2 2") +
                       node("Foo", "x", "a", "name: \"first\"") + node("Relu", "a", "b") +
                       node("Bar", "b", "c", "domain: \"org.example\"") + node("Gelu", "x", "d", "name: \"too new\"") +
                       node("Add", "c d", "y"));
  model.add_opset_import()->set_domain("org.example");
  model.mutable_opset_import(1)->set_version(3);
  Imported r = importOf(model);
  REQUIRE(r.error);
  CHECK(r.error->code == ExitCode::Unsupported);
  CHECK(r.error->message ==
        "'model.onnx' cannot be compiled: 3 of its parts are not supported\n"
        "  node 'first' (Foo), domain ai.onnx, opset 17: no such operator is supported\n"
        "  node Bar that gives 'c', domain org.example, opset 3: no such operator is supported\n"
        "  node 'too new' (Gelu), domain ai.onnx, opset 17: the operator exists from opset 20 to 28\n"
        "'mlcompress ops' lists what is supported");
}

TEST_CASE("opsets out of range", "[import][errors]") {
  auto model = reluModel();
  model.mutable_opset_import(0)->set_version(5);
  Imported r = importOf(model);
  REQUIRE(r.error);
  CHECK(r.error->code == ExitCode::Unsupported);
  CHECK(contains(r.error->message, "'model.onnx' uses opset 5 of ai.onnx; 6 to 28 are supported"));
  model.mutable_opset_import(0)->set_version(28);
  CHECK_FALSE(importOf(model).error);
}

TEST_CASE("a failed inference names the node", "[import][errors]") {
  Imported r = importOf(modelOf(value("input", "x", 1, "2 3") + value("output", "y", 1, "2 2") +
                                node("MatMul", "x x", "y", "name: \"product\"")));
  REQUIRE(r.error);
  CHECK(r.error->code == ExitCode::BadInput);
  CHECK(r.error->message ==
        "node 'product' (MatMul): inner dimensions of matmul differ: float32[2,3] and float32[2,3]");
}
