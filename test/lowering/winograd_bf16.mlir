// RUN: mlc-opt %s --channels-last --lower-graph=target=sapphirerapids --canonicalize | FileCheck %s

// Tiles keep their products in f32, with a quarter of them, and store the weights in bf16; with stride 2, all is bf16.
// CHECK-LABEL: func.func @main
// CHECK: kernel.winograd {{.*}} : tensor<1x16x28x20xf32>, tensor<1x2x9x20x16x1xbf16> -> tensor<1x16x28x24xf32>
// CHECK: kernel.conv {{.*}} : tensor<1x18x30x24xbf16>, tensor<1x2x9x12x16x2xbf16> -> tensor<1x8x14x24xf32>
func.func @main(%x: tensor<1x20x16x28xf32>) -> tensor<1x24x8x14xf32> {
  %w = graph.constant dense<0.5> : tensor<24x20x3x3xf32>
  %v = graph.constant dense<0.5> : tensor<24x24x3x3xf32>
  %0 = graph.conv %x, %w {bf16, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x20x16x28xf32>, tensor<24x20x3x3xf32>) -> tensor<1x24x16x28xf32>
  %1 = graph.conv %0, %v {bf16, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x24x16x28xf32>, tensor<24x24x3x3xf32>) -> tensor<1x24x8x14xf32>
  return %1 : tensor<1x24x8x14xf32>
}
