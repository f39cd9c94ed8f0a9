// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(lower-quantization))' | FileCheck %s

// Windows that tile the output: a matrix product whose columns are kernel position times output channel.
// CHECK-LABEL: func @tiles
// CHECK: %[[T:.*]] = graph.transpose %arg0 {perm = array<i64: 0, 2, 3, 1>}
// CHECK: %[[W:.*]] = graph.constant dense<{{\[}}[1, 5, 2, 6, 3, 7, 4, 8]]> : tensor<1x8xi8>
// CHECK: %[[A:.*]] = graph.matmul_integer %[[T]], %[[W]], {{.*}} -> tensor<?x?x?x8xi32>
// CHECK: %[[M:.*]] = graph.constant dense<[1.000000e+00, 2.000000e+00, 1.000000e+00, {{.*}}]> : tensor<8xf32>
// CHECK: %[[F:.*]] = graph.binary mul {{.*}}, %[[M]]
// CHECK: %[[R:.*]] = graph.reshape %[[F]], {{.*}} -> tensor<?x?x?x2x2x2xf32>
// CHECK: graph.transpose %[[R]] {perm = array<i64: 0, 1, 3, 2, 4, 5>}
// CHECK: graph.transpose {{.*}} -> tensor<?x2x?x?xf32>
func.func @tiles(%q: tensor<?x1x?x?xui8>) -> tensor<?x2x?x?xf32> {
  %s = graph.constant dense<1.0> : tensor<f32>
  %z = graph.constant dense<7> : tensor<ui8>
  %x = graph.dequantize %q, %s, %z : (tensor<?x1x?x?xui8>, tensor<f32>, tensor<ui8>) -> tensor<?x1x?x?xf32>
  %wq = graph.constant dense<[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]> : tensor<1x2x2x2xi8>
  %ws = graph.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %wz = graph.constant dense<0> : tensor<2xi8>
  %w = graph.dequantize %wq, %ws, %wz {axis = 1 : i64} : (tensor<1x2x2x2xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<1x2x2x2xf32>
  %y = graph.conv_transpose %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<?x1x?x?xf32>, tensor<1x2x2x2xf32>) -> tensor<?x2x?x?xf32>
  return %y : tensor<?x2x?x?xf32>
}
