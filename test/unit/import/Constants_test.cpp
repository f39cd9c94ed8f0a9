// Tensors in all the forms that a file can hold them in.
#include "OnnxText.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>

using namespace mlc;
using namespace mlc::test;

static std::string constantModel(const std::string &attribute) {
  return value("output", "y", 1, "") + node("Constant", "", "y", attribute);
}

TEST_CASE("every attribute form of Constant", "[import][constants]") {
  auto text = [](const std::string &attribute) {
    Imported r = importOf(modelOf(constantModel(attribute)));
    INFO((r.error ? r.error->message : ""));
    REQUIRE_FALSE(r.error);
    return r.text;
  };
  CHECK(contains(text("attribute { name: \"value_float\" type: FLOAT f: 2.5 }"), "dense<2.500000e+00> : tensor<f32>"));
  CHECK(contains(text("attribute { name: \"value_int\" type: INT i: -3 }"), "dense<-3> : tensor<i64>"));
  CHECK(contains(text("attribute { name: \"value_floats\" type: FLOATS floats: [1, 2] }"),
                 "dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>"));
  CHECK(contains(text("attribute { name: \"value_ints\" type: INTS ints: [4, 5] }"), "dense<[4, 5]> : tensor<2xi64>"));
  CHECK(contains(text("attribute { name: \"value\" type: TENSOR t { data_type: 9 dims: 2 int32_data: [1, 0] } }"),
                 "dense<[true, false]> : tensor<2xi1>"));
  CHECK(contains(text("attribute { name: \"value\" type: TENSOR t { data_type: 10 int32_data: 15360 } }"),
                 "dense<1.000000e+00> : tensor<f16>"));
  CHECK(contains(text("attribute { name: \"value\" type: TENSOR t { data_type: 2 dims: 2 raw_data: \"\\377\\001\" } }"),
                 "dense<[255, 1]> : tensor<2xui8>"));
}

TEST_CASE("constants of less than a byte are unpacked, the first in the lowest bits", "[import][constants]") {
  auto text = [](const std::string &attribute) { return importOf(modelOf(constantModel(attribute))).text; };
  CHECK(
      contains(text("attribute { name: \"value\" type: TENSOR t { data_type: 22 dims: 3 raw_data: \"\\361\\007\" } }"),
               "dense<[1, -1, 7]> : tensor<3xi4>"));
  CHECK(contains(text("attribute { name: \"value\" type: TENSOR t { data_type: 25 dims: 4 int32_data: 228 } }"),
                 "dense<[0, 1, 2, 3]> : tensor<4xui2>"));
}

TEST_CASE("constants that cannot be", "[import][constants][errors]") {
  auto error = [](const std::string &attribute) { return importOf(modelOf(constantModel(attribute))).error.value(); };
  CHECK(contains(error("attribute { name: \"value_string\" type: STRING s: \"a\" }").message, "strings"));
  CHECK(error("attribute { name: \"value_string\" type: STRING s: \"a\" }").code == ExitCode::Unsupported);
  CHECK(contains(error("attribute { name: \"sparse_value\" type: SPARSE_TENSOR sparse_tensor { } }").message,
                 "sparse tensors"));
  CHECK(
      contains(error("attribute { name: \"value\" type: TENSOR t { data_type: 14 dims: 1 raw_data: \"a\" } }").message,
               "element type complex64"));
  CHECK(
      contains(error("attribute { name: \"value\" type: TENSOR t { data_type: 22 dims: 5 raw_data: \"ab\" } }").message,
               "of type int4[5] needs 3 bytes, but holds 2"));
  CHECK(contains(error("attribute { name: \"value\" type: TENSOR t { data_type: 1 dims: 3 float_data: 1 } }").message,
                 "does not hold the 3 elements of its shape"));
  CHECK(contains(error("attribute { name: \"value\" type: TENSOR t { data_type: 1 dims: -3 float_data: 1 } }").message,
                 "which is not possible"));
  CHECK(contains(error("").message, "a constant without a value"));
}

// x + w with w in a file beside the model.
static onnx::ModelProto externalModel(const std::string &location, int64_t count) {
  auto model = modelOf(value("input", "x", 1, std::to_string(count)) + value("output", "y", 1, "?") +
                       "initializer { name: \"w\" data_type: 1 dims: " + std::to_string(count) +
                       " data_location: EXTERNAL external_data { key: \"location\" value: \"" + location +
                       "\" } external_data { key: \"offset\" value: \"64\" } } " + node("Add", "x w", "y"));
  return model;
}

TEST_CASE("weights beside the model", "[import][constants]") {
  TemporaryFolder folder;
  for (int64_t count : {int64_t(2), int64_t(2000)}) {
    save(externalModel("w.bin", count), folder.file("m.onnx"));
    std::string bytes(64, '\0');
    for (int64_t i = 0; i < count; ++i) {
      float number = 3.5f;
      bytes.append(reinterpret_cast<const char *>(&number), sizeof number);
    }
    std::ofstream(folder.file("w.bin"), std::ios::binary) << bytes;
    Imported r = importFile(folder.file("m.onnx"));
    INFO((r.error ? r.error->message : ""));
    REQUIRE_FALSE(r.error);
    CHECK(contains(r.text,
                   count == 2 ? "dense<3.500000e+00> : tensor<2xf32>" : "dense_resource<weight_0> : tensor<2000xf32>"));
  }
}

TEST_CASE("weights that are not beside the model", "[import][constants][errors]") {
  TemporaryFolder folder;
  auto message = [&](const std::string &location) {
    save(externalModel(location, 2), folder.file("m.onnx"));
    Imported r = importFile(folder.file("m.onnx"));
    REQUIRE(r.error);
    CHECK(r.error->code == ExitCode::BadInput);
    return r.error->message;
  };
  CHECK(message("w.bin") == "tensor 'w': external data '" + folder.file("w.bin") +
                                "' cannot be read: No such file or directory; keep it beside the model");
  CHECK(message("../w.bin") ==
        "tensor 'w': external data '../w.bin' is outside the model's folder, where no file is read; move it beside "
        "the model and save its new place in the model");
  CHECK(contains(message("/etc/passwd"), "is outside the model's folder"));
  std::ofstream(folder.file("w.bin"), std::ios::binary) << std::string(70, '\0');
  CHECK(message("w.bin") == "tensor 'w': external data '" + folder.file("w.bin") +
                                "' has 70 bytes, too few for 8 from byte 64; copy or download it again");
}
