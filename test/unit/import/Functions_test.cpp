// ONNX functions: inlined, with attribute references, defaults and overloads that the protobuf at hand does not know.
#include "OnnxText.h"

#include "Import/Functions.h"

#include <catch2/catch.hpp>
#include <google/protobuf/text_format.h>

using namespace mlc;
using namespace mlc::test;

// A model that calls org.example.Scale(x) = LeakyRelu(x, alpha = @slope).
static onnx::ModelProto functionModel(const std::string &call) {
  auto model = modelOf(value("input", "x", 1, "2") + value("output", "y", 1, "2") + call);
  model.add_opset_import()->set_domain("org.example");
  model.mutable_opset_import(1)->set_version(1);
  auto *function = model.add_functions();
  REQUIRE(google::protobuf::TextFormat::ParseFromString(
      R"(name: "Scale" domain: "org.example" input: "a" output: "b" attribute: "slope" opset_import { version: 17 }
         node { op_type: "LeakyRelu" name: "leak" input: "a" output: "b"
                attribute { name: "alpha" type: FLOAT ref_attr_name: "slope" } })",
      function));
  return model;
}

static const std::string kDomain = "domain: \"org.example\" ";
static const std::string kSlope = "attribute { name: \"slope\" type: FLOAT f: 0.25 } ";

TEST_CASE("a call becomes the function's body", "[import][functions]") {
  Imported r = importOf(functionModel(node("Scale", "x", "y", kDomain + kSlope)));
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, "graph.unary leaky_relu %arg0 {alpha = 2.500000e-01 : f32}"));
}

TEST_CASE("a reference without a value is left out", "[import][functions]") {
  Imported r = importOf(functionModel(node("Scale", "x", "y", kDomain)));
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, "alpha = 0.00999999977 : f32")); // the operator's own default
}

TEST_CASE("attribute_proto gives defaults", "[import][functions]") {
  auto model = functionModel(node("Scale", "x", "y", kDomain));
  onnx::AttributeProto slope;
  slope.set_name("slope");
  slope.set_type(onnx::AttributeProto::FLOAT);
  slope.set_f(0.75f);
  // Field 11, which this protobuf keeps as unknown: written as a newer one writes it, read back from bytes.
  model.mutable_functions(0)->mutable_unknown_fields()->AddLengthDelimited(11, slope.SerializeAsString());
  CHECK(contains(importOf(model).text, "leaky_relu %arg0 {alpha = 7.500000e-01 : f32}"));
  *model.mutable_graph()->mutable_node(0) = functionModel(node("Scale", "x", "y", kDomain + kSlope)).graph().node(0);
  CHECK(contains(importOf(model).text, "leaky_relu %arg0 {alpha = 2.500000e-01 : f32}"));
}

TEST_CASE("overload chooses among functions of one name", "[import][functions]") {
  auto model = functionModel(node("Scale", "x", "t", kDomain) + node("Scale", "t", "y", kDomain));
  auto *other = model.add_functions();
  *other = model.functions(0);
  other->mutable_node(0)->set_op_type("Exp");
  other->mutable_node(0)->clear_attribute();
  other->mutable_unknown_fields()->AddLengthDelimited(13, "exponential");
  model.mutable_graph()->mutable_node(1)->mutable_unknown_fields()->AddLengthDelimited(8, "exponential");
  Imported r = importOf(model);
  REQUIRE_FALSE(r.error);
  CHECK(contains(r.text, "graph.unary leaky_relu %arg0"));
  CHECK(contains(r.text, "graph.unary exp %0"));
  model.mutable_functions(1)->mutable_unknown_fields()->Clear();
  REQUIRE(importOf(model).error);
  CHECK(importOf(model).error->message == "the model has two functions 'Scale' of domain 'org.example'");
}

TEST_CASE("a function's body does not see the graph around the call", "[import][functions]") {
  auto model = functionModel(node("Neg", "x", "hidden") + node("Scale", "hidden", "y", kDomain + kSlope));
  model.mutable_functions(0)->mutable_node(0)->set_input(0, "hidden");
  Imported r = importOf(model);
  REQUIRE(r.error);
  CHECK(
      contains(r.error->message, "node 'leak' (LeakyRelu) reads 'hidden', which no node, input or initializer gives"));
}

TEST_CASE("a function that calls itself is an error", "[import][functions]") {
  auto model = functionModel(node("Scale", "x", "y", kDomain + kSlope));
  model.mutable_functions(0)->mutable_node(0)->set_op_type("Scale");
  model.mutable_functions(0)->mutable_node(0)->set_domain("org.example");
  Imported r = importOf(model);
  REQUIRE(r.error);
  CHECK(contains(r.error->message, "function 'Scale' calls itself"));
}

TEST_CASE("what a function's body cannot do is listed with the call", "[import][functions]") {
  auto model = functionModel(node("Scale", "x", "y", kDomain + "name: \"outer\""));
  model.mutable_functions(0)->mutable_node(0)->set_op_type("Frobnicate");
  Imported r = importOf(model);
  REQUIRE(r.error);
  CHECK(contains(r.error->message, "node outer/'leak' (Frobnicate), domain ai.onnx, opset 17"));
}
