// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(lower-quantization))' | FileCheck %s

// Windows of 4 with steps of 2 over one channel: pairs of elements become channels, two of them a window. Weights
// [1, 2, 3, 4] stand by element within the pair, then by pair.
// CHECK-LABEL: func @main
// CHECK: %[[ROWS:.*]] = graph.squeeze %{{.*}} {axes = array<i64: 1>} {{.*}} -> tensor<1x?xui8>
// CHECK: %[[USED:.*]] = graph.slice %[[ROWS]]
// CHECK: %[[PAIRS:.*]] = graph.reshape %[[USED]]
// CHECK: graph.constant dense<{{\[\[}}[1, 3], [2, 4]]]> : tensor<1x2x2xi8>
// CHECK: graph.conv_integer %[[PAIRS]], {{.*}} {channels_last, dilations = array<i64: 1>, group = 1 : i64, pads = array<i64: 0, 0>, strides = array<i64: 1>}
// CHECK: graph.transpose {{.*}} {perm = array<i64: 0, 2, 1>}
func.func @main(%x: tensor<1x1x?xf32>) -> tensor<1x1x?xf32> {
  %s = graph.constant dense<1.0> : tensor<f32>
  %z = graph.constant dense<0> : tensor<ui8>
  %i = graph.constant dense<0> : tensor<i8>
  %q = graph.quantize %x, %s, %z : (tensor<1x1x?xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x1x?xui8>
  %d = graph.dequantize %q, %s, %z : (tensor<1x1x?xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x1x?xf32>
  %k = graph.constant dense<[[[1, 2, 3, 4]]]> : tensor<1x1x4xi8>
  %w = graph.dequantize %k, %s, %i : (tensor<1x1x4xi8>, tensor<f32>, tensor<i8>) -> tensor<1x1x4xf32>
  %y = graph.conv %d, %w {strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, group = 1 : i64} : (tensor<1x1x?xf32>, tensor<1x1x4xf32>) -> tensor<1x1x?xf32>
  return %y : tensor<1x1x?xf32>
}
