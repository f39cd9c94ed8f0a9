// RUN: mlc-opt %s --lower-graph=target=icelake-server --canonicalize | FileCheck %s

// Strides of 2 × 2: one convolution of the input makes the four phases as 4 × 3 columns, and a copy puts them in place.
// CHECK-LABEL: func.func @main
// CHECK: kernel.conv ins(%arg0, %{{.*}}) outs(%{{.*}}) {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>} : tensor<1x4x5x8xf32>, tensor<1x1x1x8x16x1xf32> -> tensor<1x4x5x12xf32>
// CHECK: tensor.reshape %{{.*}} : (tensor<1x4x5x12xf32>, tensor<6xindex>) -> tensor<1x4x5x1x4x3xf32>
// CHECK: linalg.generic
// CHECK: arith.divui
// CHECK: arith.remui
// CHECK: -> tensor<1x8x10x1x3xf32>
func.func @main(%x: tensor<1x4x5x8xf32>) -> tensor<1x8x10x3xf32> {
  %w = graph.constant dense<0.5> : tensor<8x3x2x2xf32>
  %0 = graph.conv_transpose %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64, channels_last} : (tensor<1x4x5x8xf32>, tensor<8x3x2x2xf32>) -> tensor<1x8x10x3xf32>
  return %0 : tensor<1x8x10x3xf32>
}
