// RUN: mlc-opt %s --raise-patterns | FileCheck %s
// RUN: mlc-opt %s --raise-patterns --fold-constants --lower-quantization | FileCheck %s --check-prefix=INTEGER

// A Gemm of a quantized file has its weights as [columns, depth]: they are laid out before they are dequantized, and the
// product is one of integers.
// CHECK-LABEL: func.func @main
// CHECK: %[[W:.*]] = graph.transpose %{{.*}} {perm = array<i64: 1, 0>} : (tensor<3x4xi8>) -> tensor<4x3xi8>
// CHECK: graph.dequantize %[[W]], %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<4x3xi8>, tensor<3xf32>, tensor<3xi8>) -> tensor<4x3xf32>
// INTEGER: graph.matmul_integer
func.func @main(%x: tensor<?x4xui8>) -> tensor<?x3xf32> {
  %w = graph.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi8>
  %s = graph.constant dense<[0.5, 0.25, 1.0]> : tensor<3xf32>
  %z = graph.constant dense<0> : tensor<3xi8>
  %xs = graph.constant dense<0.1> : tensor<f32>
  %xz = graph.constant dense<128> : tensor<ui8>
  %0 = graph.dequantize %x, %xs, %xz : (tensor<?x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<?x4xf32>
  %1 = graph.dequantize %w, %s, %z : (tensor<3x4xi8>, tensor<3xf32>, tensor<3xi8>) -> tensor<3x4xf32>
  %2 = graph.transpose %1 {perm = array<i64: 1, 0>} : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %3 = graph.matmul %0, %2 : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return %3 : tensor<?x3xf32>
}
