// RUN: mlc-opt %s -quantize-static | FileCheck %s

// Given another precision, without a range, and of two activations: all stay f32.
// CHECK-LABEL: func @main
// CHECK-NOT: quantize
func.func @main(%a: tensor<2x2xf32> {graph.range = array<f64: -1.0, 1.0>}, %b: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = graph.constant dense<1.0> : tensor<2x2xf32>
  %x = graph.matmul %a, %w {graph.precision = "f32", graph.precision_reason = "excluded"}
      : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = graph.matmul %b, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %z = graph.matmul %x, %y : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %z : tensor<2x2xf32>
}
