// RUN: mlc-opt %s -smooth-activations | FileCheck %s

// A convolution over all channels, and one with two outputs for each channel.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[INVERSE:.*]] = graph.constant dense<{{\[\[\[}}2.500000e-01]], {{\[\[}}1.000000e+00]]]>
// CHECK-NEXT: %[[SMOOTH:.*]] = graph.binary {{ *}}mul %arg0, %[[INVERSE]]
// CHECK-NOT: graph.binary
// CHECK: %[[W:.*]] = graph.constant dense<{{\[\[\[\[}}4.000000e+00, 8.000000e+00]], {{\[\[}}3.000000e+00, 4.000000e+00]]]]>
// CHECK: graph.conv %[[SMOOTH]], %[[W]]
// CHECK: %[[V:.*]] = graph.constant dense<{{\[\[\[\[}}4.000000e+00]]], {{\[\[\[}}8.000000e+00]]], {{\[\[\[}}3.000000e+00]]], {{\[\[\[}}4.000000e+00]]]]>
// CHECK: graph.conv %[[SMOOTH]], %[[V]]
func.func @main(%x: tensor<?x2x5x5xf32>) -> (tensor<?x1x5x4xf32>, tensor<?x4x5x5xf32>) {
  %w = graph.constant dense<[[[[1.0, 2.0]], [[3.0, 4.0]]]]> : tensor<1x2x1x2xf32>
  %v = graph.constant dense<[[[[1.0]]], [[[2.0]]], [[[3.0]]], [[[4.0]]]]> : tensor<4x1x1x1xf32>
  %a = graph.conv %x, %w {graph.smoothing = array<f32: 4.0, 1.0>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x2x5x5xf32>, tensor<1x2x1x2xf32>) -> tensor<?x1x5x4xf32>
  %b = graph.conv %x, %v {graph.smoothing = array<f32: 4.0, 1.0>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<?x2x5x5xf32>, tensor<4x1x1x1xf32>) -> tensor<?x4x5x5xf32>
  return %a, %b : tensor<?x1x5x4xf32>, tensor<?x4x5x5xf32>
}
