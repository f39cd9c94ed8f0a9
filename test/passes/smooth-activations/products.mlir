// RUN: mlc-opt %s -smooth-activations | FileCheck %s

// Two products of one tensor share the division; what has no factors keeps reading the tensor itself.
// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[INVERSE:.*]] = graph.constant dense<[2.500000e-01, 1.000000e+00]>
// CHECK-NEXT: %[[SMOOTH:.*]] = graph.binary {{ *}}mul %arg0, %[[INVERSE]]
// CHECK-NOT: graph.binary
// CHECK: %[[PLAIN:.*]] = graph.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00], [3.000000e+00, 4.000000e+00]]>
// CHECK: %[[W:.*]] = graph.constant dense<{{\[\[}}4.000000e+00, 8.000000e+00], [3.000000e+00, 4.000000e+00]]>
// CHECK: graph.matmul %[[SMOOTH]], %[[W]]
// CHECK: %[[V:.*]] = graph.constant dense<{{\[\[}}4.000000e+00], [2.000000e+00]]>
// CHECK: graph.matmul %[[SMOOTH]], %[[V]]
// CHECK: graph.matmul %arg0, %[[PLAIN]]
func.func @main(%x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x2xf32>) {
  %w = graph.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %v = graph.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %a = graph.matmul %x, %w {graph.smoothing = array<f32: 4.0, 1.0>} : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  %b = graph.matmul %x, %v {graph.smoothing = array<f32: 4.0, 1.0>} : (tensor<3x2xf32>, tensor<2x1xf32>) -> tensor<3x1xf32>
  %c = graph.matmul %x, %w : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  return %a, %b, %c : tensor<3x2xf32>, tensor<3x1xf32>, tensor<3x2xf32>
}