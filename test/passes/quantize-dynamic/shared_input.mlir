// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(quantize-dynamic))' | FileCheck %s

// One range for both products of the same input.
// CHECK-LABEL: func @main
// CHECK: %[[S:.*]], %[[Z:.*]] = graph.dynamic_range %arg0
// CHECK-NEXT: %[[Q:.*]] = graph.quantize %arg0, %[[S]], %[[Z]]
// CHECK-NEXT: %[[D:.*]] = graph.dequantize %[[Q]], %[[S]], %[[Z]]
// CHECK-NOT: dynamic_range
// CHECK: %[[W:.*]] = graph.dequantize {{.*}}axis = 1{{.*}}tensor<2x3xi8>
// CHECK: graph.matmul %[[D]], %[[W]]
// CHECK: graph.matmul %[[D]]
func.func @main(%x: tensor<?x2xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %w = graph.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %v = graph.constant dense<[[1.0, 0.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %a = graph.matmul %x, %w : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  %b = graph.matmul %x, %v : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  return %a, %b : tensor<?x3xf32>, tensor<?x3xf32>
}
