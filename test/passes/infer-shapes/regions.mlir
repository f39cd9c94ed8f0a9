// Inference inside and across the regions of if and loop.
// RUN: mlc-opt %s -infer-shapes | FileCheck %s

// The branches agree on the second dimension only.
// CHECK-LABEL: func.func @branches
// CHECK-SAME: -> tensor<?x3xf32>
// CHECK: } : (tensor<i1>) -> tensor<?x3xf32>
func.func @branches(%c: tensor<i1>, %x: tensor<2x3xf32>, %y: tensor<4x3xf32>) -> tensor<?x?xf32> {
  %0 = graph.if %c {
    %1 = graph.unary neg %x : (tensor<2x3xf32>) -> tensor<?x?xf32>
    graph.yield %1 : tensor<?x?xf32>
  } else {
    graph.yield %y : tensor<4x3xf32>
  } : (tensor<i1>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// The first carried value keeps its shape, the second grows; a scan output has a row of what the body gives.
// CHECK-LABEL: func.func @carried
// CHECK-SAME: -> (tensor<4xf32>, tensor<?xf32>, tensor<?x4xf32>)
// CHECK: ^bb0(%{{.*}}: tensor<i64>, %{{.*}}: tensor<i1>, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<?xf32>)
func.func @carried(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>) {
  %0:3 = graph.loop %n, %c, %x, %x {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<?xf32>, %w: tensor<?xf32>):
    %1 = graph.binary add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<?xf32>
    %2 = graph.concat %w, %x {axis = 0 : i64} : (tensor<?xf32>, tensor<4xf32>) -> tensor<?xf32>
    graph.yield %go, %1, %2, %1 : tensor<i1>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
  } : (tensor<i64>, tensor<i1>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>)
  return %0#0, %0#1, %0#2 : tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>
}
