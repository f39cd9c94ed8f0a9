// RUN: mlc-opt %s --lower-graph --canonicalize | FileCheck %s

// If and Loop are regions of the schedule; an unbounded op tells its size while it runs.
// CHECK-LABEL: func.func @main
// CHECK: scf.while
// CHECK: scf.condition
// CHECK: kernel.append
// CHECK: scf.yield
// CHECK: scf.if
// CHECK: %[[P:.*]], %[[N:.*]] = kernel.unbounded "non_zero"(%{{.*}})
// CHECK: tensor.empty(%[[N]])
func.func @main(%c: tensor<i1>, %n: tensor<i64>, %x: tensor<?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>, tensor<1x?xi64>) {
  %true = graph.constant dense<true> : tensor<i1>
  %0, %1 = graph.loop %n, %true, %x {
  ^body(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<?xf32>):
    %2 = graph.unary exp %v : (tensor<?xf32>) -> tensor<?xf32>
    graph.yield %go, %2, %2 : tensor<i1>, tensor<?xf32>, tensor<?xf32>
  } : (tensor<i64>, tensor<i1>, tensor<?xf32>) -> (tensor<?xf32>, tensor<?x?xf32>)
  %3 = graph.if %c {
    %4 = graph.unary neg %0 : (tensor<?xf32>) -> tensor<?xf32>
    graph.yield %4 : tensor<?xf32>
  } else {
    graph.yield %0 : tensor<?xf32>
  } : (tensor<i1>) -> tensor<?xf32>
  %5 = graph.non_zero %x : (tensor<?xf32>) -> tensor<1x?xi64>
  %6 = graph.unary neg %5 : (tensor<1x?xi64>) -> tensor<1x?xi64>
  return %1, %3, %6 : tensor<?x?xf32>, tensor<?xf32>, tensor<1x?xi64>
}
