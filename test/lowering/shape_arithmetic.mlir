// RUN: mlc-opt %s --lower-graph --canonicalize --cse | FileCheck %s

// A shape computed from Shape is index arithmetic of the schedule: no tensor of it is made, and nothing is copied.
// CHECK-LABEL: func.func @main
// CHECK-NOT: linalg.generic
// CHECK: %[[N:.*]] = tensor.dim %arg0, %c0
// CHECK: %[[ROWS:.*]] = arith.muli %[[N]], %c3
// CHECK: %[[SHAPE:.*]] = tensor.from_elements %[[ROWS]], %c4
// CHECK: tensor.reshape %arg0(%[[SHAPE]])
// CHECK-NOT: kernel.check
func.func @main(%x: tensor<?x3x4xf32>) -> tensor<?x4xf32> {
  %n = graph.shape_of %x {start = 0 : i64, end = 1 : i64} : (tensor<?x3x4xf32>) -> tensor<1xi64>
  %three = graph.constant dense<3> : tensor<1xi64>
  %four = graph.constant dense<4> : tensor<1xi64>
  %rows = graph.binary mul %n, %three : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %s = graph.concat %rows, %four {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %0 = graph.reshape %x, %s : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
