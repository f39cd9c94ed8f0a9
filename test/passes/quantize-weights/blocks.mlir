// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(quantize-weights{min-bytes=0 block=16}))' | FileCheck %s

// CHECK-LABEL: func @main
// CHECK-DAG: %[[C:.*]] = graph.constant dense<{{.*}}> : tensor<2x16xi4>
// CHECK-DAG: %[[S:.*]] = graph.constant dense<{{.*}}> : tensor<2x1xf32>
// CHECK: %[[R:.*]] = graph.gather %[[C]], %arg0 {axis = 0 : i64}
// CHECK: %[[P:.*]] = graph.gather %[[S]], %arg0 {axis = 0 : i64}
// CHECK: %[[Z:.*]] = graph.expand %{{.*}}, %{{.*}} : (tensor<i4>, tensor<2xi64>) -> tensor<?x1xi4>
// CHECK: graph.dequantize %[[R]], %[[P]], %[[Z]] {axis = 1 : i64, block = 16 : i64}
// Rows that are no whole blocks have one scale each.
// CHECK: graph.gather {{.*}} : (tensor<2x3xi8>, tensor<?xi64>) -> tensor<?x3xi8>
func.func @main(%i: tensor<?xi64>) -> (tensor<?x16xf32>, tensor<?x3xf32>) {
  %table = graph.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, -8.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, -8.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<2x16xf32>
  %short = graph.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %0 = graph.gather %table, %i {axis = 0 : i64} : (tensor<2x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  %1 = graph.gather %short, %i {axis = 0 : i64} : (tensor<2x3xf32>, tensor<?xi64>) -> tensor<?x3xf32>
  return %0, %1 : tensor<?x16xf32>, tensor<?x3xf32>
}
