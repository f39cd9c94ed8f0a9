#include "GraphText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

TEST_CASE("quantize rounds half to even before it adds the zero point, and saturates", "[reference]") {
  Tensor result =
      evaluateOne("%x = graph.constant dense<[0.25, 0.75, -0.25, 100.0, -100.0, 0x7fc00000]> : tensor<6xf32>\n"
                  "%s = graph.constant dense<0.5> : tensor<f32>\n%z = graph.constant dense<3> : tensor<i8>\n"
                  "%r = graph.quantize %x, %s, %z : (tensor<6xf32>, tensor<f32>, tensor<i8>) -> tensor<6xi8>",
                  "tensor<6xi8>");
  CHECK(values<int8_t>(result) == std::vector<int8_t>{3, 5, 3, 127, -128, -128});
}

TEST_CASE("dequantize per channel", "[reference]") {
  Tensor result = evaluateOne("%x = graph.constant dense<[[10, 20], [30, 40]]> : tensor<2x2xui8>\n"
                              "%s = graph.constant dense<[0.5, 2.0]> : tensor<2xf32>\n%z = graph.constant "
                              "dense<[10, 20]> : tensor<2xui8>\n"
                              "%r = graph.dequantize %x, %s, %z {axis = 1 : i64} : (tensor<2x2xui8>, "
                              "tensor<2xf32>, tensor<2xui8>) -> tensor<2x2xf32>",
                              "tensor<2x2xf32>");
  CHECK(values<float>(result) == std::vector<float>{0, 0, 10, 40});
}

TEST_CASE("dynamic range", "[reference]") {
  // The example of ONNX DynamicQuantizeLinear: [0, 2, -3, -2.5, 1.34, 0.5].
  auto results = evaluateText("func.func @main(%x: tensor<?xf32>) -> (tensor<f32>, tensor<ui8>) {\n"
                              "  %s, %z = graph.dynamic_range %x : (tensor<?xf32>) -> (tensor<f32>, tensor<ui8>)\n"
                              "  return %s, %z : tensor<f32>, tensor<ui8>\n}",
                              {tensor<float>({6}, {0, 2, -3, -2.5, 1.34f, 0.5})});
  REQUIRE(results);
  CHECK(values<float>((*results)[0]) == std::vector<float>{0.0196078438f});
  CHECK(values<uint8_t>((*results)[1]) == std::vector<uint8_t>{153});
}

TEST_CASE("integer products are exact", "[reference]") {
  Tensor result =
      evaluateOne("%a = graph.constant dense<[[0, 255, 128]]> : tensor<1x3xui8>\n"
                  "%b = graph.constant dense<[[127, -128], [127, -128], [1, 2]]> : tensor<3x2xi8>\n"
                  "%za = graph.constant dense<128> : tensor<ui8>\n%zb = graph.constant dense<[0, 2]> : tensor<2xi8>\n"
                  "%r = graph.matmul_integer %a, %b, %za, %zb : (tensor<1x3xui8>, tensor<3x2xi8>, tensor<ui8>, "
                  "tensor<2xi8>) -> tensor<1x2xi32>",
                  "tensor<1x2xi32>");
  // columns: -128 * 127 + 127 * 127 + 0 * 1; -128 * -130 + 127 * -130 + 0 * 0
  CHECK(values<int32_t>(result) == std::vector<int32_t>{-127, 130});
}
