// RUN: mlc-opt %s --channels-last --lower-graph=target=icelake-server --canonicalize --split-input-file | FileCheck %s

// Padding is a copy with a border of zeros; the convolution itself sees none.
// CHECK-LABEL: func.func @main
// CHECK: %[[PADDED:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x9x10x20xf32>)
// CHECK: arith.select %{{.*}}, %{{.*}}, %cst
// CHECK: kernel.conv ins(%[[PADDED]], %{{.*}}) outs(%{{.*}}) {dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 5, 5>, strides = array<i64: 1, 1>} : tensor<1x9x10x20xf32>, tensor<1x2x25x20x16x1xf32> -> tensor<1x5x6x24xf32>
func.func @main(%x: tensor<1x20x5x6xf32>) -> tensor<1x24x5x6xf32> {
  %w = graph.constant dense<0.5> : tensor<24x20x5x5xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x20x5x6xf32>, tensor<24x20x5x5xf32>) -> tensor<1x24x5x6xf32>
  return %0 : tensor<1x24x5x6xf32>
}

// -----

// One channel in a group of one: a kernel of its own that clips its windows. Nothing is copied for a border.
// CHECK-LABEL: func.func @main
// CHECK: kernel.depthwise ins(%{{.*}}, %{{.*}}) outs(%{{.*}}) {dilations = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : tensor<1x5x6x20xf32>, tensor<3x3x20xf32> -> tensor<1x3x3x20xf32>
func.func @main(%x: tensor<1x20x5x6xf32>) -> tensor<1x20x3x3xf32> {
  %w = graph.constant dense<0.5> : tensor<20x1x3x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 20 : i64} : (tensor<1x20x5x6xf32>, tensor<20x1x3x3xf32>) -> tensor<1x20x3x3xf32>
  return %0 : tensor<1x20x3x3xf32>
}

// -----

// The three channels of an image are read where they lie, although activations are channels-last.
// CHECK-LABEL: func.func @main
// CHECK: kernel.conv ins(%arg0, %{{.*}}) outs(%{{.*}}) {channels_first, dilations = array<i64: 1, 1>, group = 1 : i64, kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>} : tensor<1x3x5x6xf32>, tensor<1x1x4x3x16x1xf32> -> tensor<1x4x5x8xf32>
func.func @main(%x: tensor<1x3x5x6xf32>) -> tensor<1x8x4x5xf32> {
  %w = graph.constant dense<0.5> : tensor<8x3x2x2xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x5x6xf32>, tensor<8x3x2x2xf32>) -> tensor<1x8x4x5xf32>
  return %0 : tensor<1x8x4x5xf32>
}
