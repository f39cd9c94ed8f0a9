// RUN: mlc-opt %s --lower-graph --canonicalize | FileCheck %s

// Dimensions of one name are one symbol: nothing is left to check.
// CHECK-LABEL: func.func @main
// CHECK-NOT: kernel.check
// CHECK: %[[N:.*]] = tensor.dim %arg0
// CHECK: tensor.empty(%[[N]]) : tensor<?x4xf32>
// CHECK: linalg.generic
// CHECK-SAME: ins(%arg0, %arg1 : tensor<?x4xf32>, tensor<?x4xf32>)
// A constant 1 is read at 0.
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[ROW:.*]], #{{.*}}]
// CHECK-SAME: ins(%{{.*}}, %arg2 : tensor<?x4xf32>, tensor<1x4xf32>)
func.func @main(%x: tensor<?x4xf32> {graph.dims = ["N", ""]}, %y: tensor<?x4xf32> {graph.dims = ["N", ""]}, %z: tensor<1x4xf32>) -> tensor<?x4xf32> {
  %0 = graph.binary add %x, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = graph.binary mul %0, %z : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
