// RUN: mlc-opt %s -quantize-static | FileCheck %s

// A sample has an eighth of the range of all: each is quantized by its own. One that has a half of it is not.
// CHECK-LABEL: func @main
// CHECK: graph.dynamic_range %arg0
// CHECK: graph.matmul
// CHECK-NOT: graph.dynamic_range
// CHECK: graph.matmul
// CHECK-NOT: graph.sample_range
func.func @main(%a: tensor<2x2xf32> {graph.range = array<f64: -8.0, 8.0>, graph.sample_range = array<f64: -1.0, 1.0>},
                %b: tensor<2x2xf32> {graph.range = array<f64: -8.0, 8.0>, graph.sample_range = array<f64: -4.0, 4.0>}) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = graph.constant dense<1.0> : tensor<2x2xf32>
  %x = graph.matmul %a, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = graph.matmul %b, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %x, %y : tensor<2x2xf32>, tensor<2x2xf32>
}
