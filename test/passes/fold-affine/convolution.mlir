// RUN: mlc-opt %s --fold-affine | FileCheck %s

// Batch normalisation as importers write it: (conv - mean) / deviation * scale + shift.
// CHECK-LABEL: func.func @batch_norm
// CHECK-DAG: %[[W:.*]] = graph.constant dense<{{\[\[\[1.000000e\+00\]\], \[\[6.000000e\+00\]\]\]}}> : tensor<2x1x1xf32>
// CHECK-DAG: %[[B:.*]] = graph.constant dense<[0.000000e+00, -4.000000e+00]> : tensor<2xf32>
// CHECK: %[[Y:.*]] = graph.conv %arg0, %[[W]], %[[B]]
// CHECK-NEXT: return %[[Y]]
func.func @batch_norm(%x: tensor<1x1x?xf32>) -> tensor<1x2x?xf32> {
  %w = graph.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %bias = graph.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %mean = graph.constant dense<[[1.0], [4.0]]> : tensor<2x1xf32>
  %deviation = graph.constant dense<0.5> : tensor<f32>
  %scale = graph.constant dense<[[[0.5], [1.5]]]> : tensor<1x2x1xf32>
  %shift = graph.constant dense<[[0.0], [2.0]]> : tensor<2x1xf32>
  %a = graph.conv %x, %w, %bias {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, group = 1 : i64} : (tensor<1x1x?xf32>, tensor<2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x?xf32>
  %b = graph.binary sub %a, %mean : (tensor<1x2x?xf32>, tensor<2x1xf32>) -> tensor<1x2x?xf32>
  %c = graph.binary div %b, %deviation : (tensor<1x2x?xf32>, tensor<f32>) -> tensor<1x2x?xf32>
  %d = graph.binary mul %scale, %c : (tensor<1x2x1xf32>, tensor<1x2x?xf32>) -> tensor<1x2x?xf32>
  %y = graph.binary add %d, %shift : (tensor<1x2x?xf32>, tensor<2x1xf32>) -> tensor<1x2x?xf32>
  return %y : tensor<1x2x?xf32>
}

// Two groups of one input and two output channels each: output channel = group * 2 + column.
// CHECK-LABEL: func.func @transposed_groups
// CHECK: %[[W:.*]] = graph.constant dense<{{\[\[\[\[1.000000e\+00\]\], \[\[2.000000e\+00\]\]\], \[\[\[3.000000e\+00\]\], \[\[4.000000e\+00\]\]\]\]}}> : tensor<2x2x1x1xf32>
// CHECK: graph.conv_transpose %arg0, %[[W]] {
// CHECK-NOT: graph.binary
func.func @transposed_groups(%x: tensor<1x3x3x2xf32>) -> tensor<1x3x3x4xf32> {
  %w = graph.constant dense<1.0> : tensor<2x2x1x1xf32>
  %scale = graph.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %a = graph.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 2 : i64, channels_last} : (tensor<1x3x3x2xf32>, tensor<2x2x1x1xf32>) -> tensor<1x3x3x4xf32>
  %y = graph.binary mul %a, %scale : (tensor<1x3x3x4xf32>, tensor<4xf32>) -> tensor<1x3x3x4xf32>
  return %y : tensor<1x3x3x4xf32>
}

// Not along the channels, or another user: nothing is folded.
// CHECK-LABEL: func.func @stays
// CHECK: graph.conv
// CHECK: graph.binary mul
// CHECK: graph.conv
// CHECK: graph.binary add
func.func @stays(%x: tensor<1x1x2xf32>) -> (tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>) {
  %w = graph.constant dense<1.0> : tensor<2x1x1xf32>
  %along = graph.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %a = graph.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, group = 1 : i64} : (tensor<1x1x2xf32>, tensor<2x1x1xf32>) -> tensor<1x2x2xf32>
  %y = graph.binary mul %a, %along : (tensor<1x2x2xf32>, tensor<2xf32>) -> tensor<1x2x2xf32>
  %b = graph.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, group = 1 : i64} : (tensor<1x1x2xf32>, tensor<2x1x1xf32>) -> tensor<1x2x2xf32>
  %z = graph.binary add %b, %one : (tensor<1x2x2xf32>, tensor<f32>) -> tensor<1x2x2xf32>
  return %y, %b, %z : tensor<1x2x2xf32>, tensor<1x2x2xf32>, tensor<1x2x2xf32>
}
