// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(quantize-blocks{block=16}))' | FileCheck %s

// The scale is the one for which both values are codes: 0.5 is 4 times 0.125 as -1 is -8 times.
// CHECK-LABEL: func @main
// CHECK-DAG: %[[S:.*]] = graph.constant dense<1.250000e-01> : tensor<2x2xf32>
// CHECK-DAG: %[[Z:.*]] = graph.constant dense<8> : tensor<2x2xui4>
// CHECK-DAG: %[[C:.*]] = graph.constant dense<{{.*}}> : tensor<2x32xui4>
// CHECK: %[[D:.*]] = graph.dequantize %[[C]], %[[S]], %[[Z]] {axis = 1 : i64, block = 16 : i64}
// CHECK: %[[T:.*]] = graph.slice %[[D]], {{.*}} {axes = array<i64: 1>} {{.*}} -> tensor<2x17xf32>
// CHECK: %[[W:.*]] = graph.transpose %[[T]] {perm = array<i64: 1, 0>}
// CHECK: graph.matmul %arg0, %[[W]] {int8} : (tensor<?x17xf32>, tensor<17x2xf32>)
// CHECK: graph.matmul %{{.*}}, %{{.*}} : (tensor<2x3xf32>, tensor<3x2xf32>)
func.func @main(%x: tensor<?x17xf32>, %y: tensor<2x3xf32>) -> (tensor<?x2xf32>, tensor<2x2xf32>) {
  %w = graph.constant dense<[[0.5, -1.0], [-1.0, 0.5], [0.5, -1.0], [-1.0, 0.5], [0.5, -1.0], [-1.0, 0.5], [0.5, -1.0], [-1.0, 0.5],
    [0.5, -1.0], [-1.0, 0.5], [0.5, -1.0], [-1.0, 0.5], [0.5, -1.0], [-1.0, 0.5], [0.5, -1.0], [-1.0, 0.5], [-1.0, -1.0]]> : tensor<17x2xf32>
  // Shorter than a block.
  %short = graph.constant dense<0.5> : tensor<3x2xf32>
  %0 = graph.matmul %x, %w : (tensor<?x17xf32>, tensor<17x2xf32>) -> tensor<?x2xf32>
  %1 = graph.matmul %y, %short : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  return %0, %1 : tensor<?x2xf32>, tensor<2x2xf32>
}
