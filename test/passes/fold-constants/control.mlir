// RUN: mlc-opt %s --fold-constants | FileCheck %s

// The region that is taken stands in the place of the op; the function's type becomes as exact as the result.
// CHECK-LABEL: func.func @known_condition(%arg0: tensor<2xf32>) -> tensor<2xf32>
// CHECK-NEXT: %[[R:.*]] = graph.unary relu %arg0
// CHECK-NEXT: return %[[R]]
func.func @known_condition(%x: tensor<2xf32>) -> tensor<?xf32> {
  %size = graph.constant dense<3> : tensor<i64>
  %two = graph.constant dense<2> : tensor<i64>
  %c = graph.compare gt %size, %two : (tensor<i64>, tensor<i64>) -> tensor<i1>
  %y = graph.if %c {
    %a = graph.unary relu %x : (tensor<2xf32>) -> tensor<2xf32>
    graph.yield %a : tensor<2xf32>
  } else {
    %a = graph.unary exp %x : (tensor<2xf32>) -> tensor<2xf32>
    graph.yield %a : tensor<2xf32>
  } : (tensor<i1>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: func.func @in_both_regions
// CHECK: graph.if %arg0
// CHECK: graph.constant dense<2> : tensor<i64>
// CHECK: graph.constant dense<3> : tensor<i64>
func.func @in_both_regions(%c: tensor<i1>) -> tensor<i64> {
  %one = graph.constant dense<1> : tensor<i64>
  %y = graph.if %c {
    %a = graph.binary add %one, %one : (tensor<i64>, tensor<i64>) -> tensor<i64>
    graph.yield %a : tensor<i64>
  } else {
    %a = graph.constant dense<2> : tensor<i64>
    %b = graph.binary add %a, %one : (tensor<i64>, tensor<i64>) -> tensor<i64>
    graph.yield %b : tensor<i64>
  } : (tensor<i1>) -> tensor<i64>
  return %y : tensor<i64>
}

// What cannot be evaluated stays, and is reported where it matters.
// CHECK-LABEL: func.func @out_of_range
// CHECK: graph.gather
func.func @out_of_range() -> tensor<i64> {
  %x = graph.constant dense<[1, 2]> : tensor<2xi64>
  %i = graph.constant dense<5> : tensor<i64>
  %y = graph.gather %x, %i {axis = 0 : i64} : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  return %y : tensor<i64>
}
