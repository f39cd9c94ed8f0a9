// RUN: mlc-opt %s --channels-last --lower-graph=target=icelake-server --canonicalize --split-input-file | FileCheck %s

// 3 x 3 taps with stride 1: tiles, one batch of 28, no copy for the border.
// CHECK-LABEL: func.func @main
// CHECK: kernel.winograd ins(%{{.*}}, %{{.*}}) outs(%{{.*}}) {columns = 32 : i64, depth = 20 : i64, pads = array<i64: 1, 1>, tiles = 28 : i64} : tensor<1x16x28x20xf32>, tensor<1x2x9x20x16x1xf32> -> tensor<1x16x28x24xf32>
func.func @main(%x: tensor<1x20x16x28xf32>) -> tensor<1x24x16x28xf32> {
  %w = graph.constant dense<0.5> : tensor<24x20x3x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x20x16x28xf32>, tensor<24x20x3x3xf32>) -> tensor<1x24x16x28xf32>
  return %0 : tensor<1x24x16x28xf32>
}

// -----

// Too few channels on one side, or too few tiles: the definition.
// CHECK-LABEL: func.func @main
// CHECK-NOT: kernel.winograd
// CHECK: return
func.func @main(%x: tensor<1x8x16x28xf32>, %y: tensor<1x20x8x8xf32>) -> (tensor<1x24x16x28xf32>, tensor<1x24x8x8xf32>) {
  %w = graph.constant dense<0.5> : tensor<24x8x3x3xf32>
  %v = graph.constant dense<0.5> : tensor<24x20x3x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x16x28xf32>, tensor<24x8x3x3xf32>) -> tensor<1x24x16x28xf32>
  %1 = graph.conv %y, %v {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x20x8x8xf32>, tensor<24x20x3x3xf32>) -> tensor<1x24x8x8xf32>
  return %0, %1 : tensor<1x24x16x28xf32>, tensor<1x24x8x8xf32>
}
