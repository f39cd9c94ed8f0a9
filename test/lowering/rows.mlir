// RUN: mlc-opt %s --lower-graph --canonicalize | FileCheck %s

// Passes over rows are ops of their own, along the last dimension; others are transposed to it.
// CHECK-LABEL: func.func @main
// CHECK: %[[S:.*]] = kernel.softmax ins(%arg0) outs(%{{.*}}) : tensor<?x6x7xf32> -> tensor<?x6x7xf32>
// CHECK: kernel.layer_norm ins(%[[S]], %{{.*}}) outs(%{{.*}}) {epsilon = 9.99999974E-6 : f32, rms} : tensor<?x6x7xf32>, tensor<7xf32> -> tensor<?x6x7xf32>
// CHECK: linalg.generic
// CHECK: -> tensor<?x7x6xf32>
// CHECK: kernel.softmax ins(%{{.*}}) outs(%{{.*}}) {log} : tensor<?x7x6xf32> -> tensor<?x7x6xf32>
func.func @main(%x: tensor<?x6x7xf32>) -> tensor<?x6x7xf32> {
  %s = graph.constant dense<0.5> : tensor<7xf32>
  %0 = graph.softmax %x {axis = 2 : i64} : (tensor<?x6x7xf32>) -> tensor<?x6x7xf32>
  %1 = graph.layer_norm %0, %s {axis = 2 : i64, epsilon = 1.0e-5 : f32, rms} : (tensor<?x6x7xf32>, tensor<7xf32>) -> tensor<?x6x7xf32>
  %2 = graph.softmax %1 {axis = 1 : i64, log} : (tensor<?x6x7xf32>) -> tensor<?x6x7xf32>
  return %2 : tensor<?x6x7xf32>
}
