// RUN: mlc-opt %s -quantize-static | FileCheck %s

// What only moves elements works on ui8: both parts of the concat have the union of their ranges, 255/255.
// CHECK-LABEL: func @main
// CHECK-DAG: %[[A:.*]] = graph.quantize %arg0, %{{.*}} -> tensor<?x2xui8>
// CHECK-DAG: %[[B:.*]] = graph.quantize %arg1, %{{.*}} -> tensor<?x2xui8>
// CHECK: %[[C:.*]] = graph.concat %[[A]], %[[B]] {axis = 1 : i64} : (tensor<?x2xui8>, tensor<?x2xui8>) -> tensor<?x4xui8>
// CHECK: graph.constant dense<1.000000e+00> : tensor<f32>
// CHECK: graph.constant dense<55> : tensor<ui8>
// CHECK: %[[D:.*]] = graph.dequantize %[[C]]
// CHECK: graph.matmul %[[D]]
func.func @main(%a: tensor<?x2xf32> {graph.range = array<f64: -55.0, 1.0>}, %b: tensor<?x2xf32> {graph.range = array<f64: 0.0, 200.0>}) -> tensor<?x1xf32> {
  %c = graph.concat %a, %b {axis = 1 : i64} : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x4xf32>
  %w = graph.constant dense<1.0> : tensor<4x1xf32>
  %y = graph.matmul %c, %w : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
