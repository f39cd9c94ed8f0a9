// RUN: not mlc-opt %s -smooth-activations 2>&1 | FileCheck %s

// CHECK: graph.smoothing needs a positive factor for each channel that constant weights multiply
func.func @wrong(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = graph.constant dense<1.0> : tensor<2x2xf32>
  %a = graph.matmul %x, %w {graph.smoothing = array<f32: 4.0, 0.0>} : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  return %a : tensor<3x2xf32>
}
