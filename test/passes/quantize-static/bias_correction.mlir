// RUN: mlc-opt %s -pass-pipeline='builtin.module(quantize-static)' | FileCheck %s

// Scales are 1: 127 stays, 0.25 and 0.5 become 0. By the means of the input's channels the convolution then gives
// 0.25 * 8 + 0.5 * 4 too little in its first output, and nothing in its second; the product gives 0.25 * 8 too much.
// CHECK-LABEL: func.func @main
// CHECK: %[[BIAS_I32:.*]] = graph.constant dense<[10, 0]> : tensor<2xi32>
// CHECK: %[[B:.*]] = graph.dequantize %[[BIAS_I32]]
// CHECK: graph.conv %{{.*}}, %{{.*}}, %[[B]]
// CHECK-NOT: graph.input_means
// CHECK: %[[P:.*]] = graph.matmul
// CHECK: %[[TERM:.*]] = graph.constant dense<-2.000000e+00> : tensor<1xf32>
// CHECK: %[[SUM:.*]] = graph.binary add %[[P]], %[[TERM]]
// CHECK: return %{{.*}}, %[[SUM]]
func.func @main(%x: tensor<1x3x2x2xf32> {graph.range = array<f64: 0.0, 127.5>}, %a: tensor<4x2xf32> {graph.range = array<f64: -127.5, 0.0>}) -> (tensor<1x2x2x2xf32>, tensor<4x1xf32>) {
  %w = graph.constant dense<[[[[127.0]], [[0.25]], [[0.5]]], [[[127.0]], [[1.0]], [[-3.0]]]]> : tensor<2x3x1x1xf32>
  %b = graph.constant dense<[1.0, 0.0]> : tensor<2xf32>
  %m = graph.constant dense<[[127.0], [0.25]]> : tensor<2x1xf32>
  %0 = graph.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, graph.input_means = array<f64: 1.0, 8.0, 4.0>} : (tensor<1x3x2x2xf32>, tensor<2x3x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %1 = graph.matmul %a, %m {graph.input_means = array<f64: 5.0, -8.0>} : (tensor<4x2xf32>, tensor<2x1xf32>) -> tensor<4x1xf32>
  return %0, %1 : tensor<1x2x2x2xf32>, tensor<4x1xf32>
}
