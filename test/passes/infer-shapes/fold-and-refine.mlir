// Arithmetic on shapes becomes constants, and result types follow.
// RUN: mlc-opt %s -infer-shapes | FileCheck %s

// CHECK-LABEL: func.func @flatten_heads
// CHECK-SAME: -> tensor<?x2x4xf32>
// CHECK: %[[S:.*]] = graph.constant dense<[0, 2, 4]> : tensor<3xi64>
// CHECK-NEXT: graph.reshape %arg0, %[[S]] : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
func.func @flatten_heads(%x: tensor<?x8xf32>) -> tensor<?x?x?xf32> {
  %c = graph.constant dense<[2, 4]> : tensor<2xi64>
  %s = graph.shape_of %x {start = 0 : i64, end = 1 : i64} : (tensor<?x8xf32>) -> tensor<1xi64>
  %t = graph.concat %s, %c {axis = 0 : i64} : (tensor<1xi64>, tensor<2xi64>) -> tensor<3xi64>
  %y = graph.reshape %x, %t : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
  return %y : tensor<?x?x?xf32>
}

// Gather, cast, arithmetic and comparison of static dimensions.
// CHECK-LABEL: func.func @arithmetic
// CHECK-NEXT: %[[Y:.*]] = graph.constant dense<24> : tensor<i32>
// CHECK-NEXT: return %[[Y]]
func.func @arithmetic(%x: tensor<3x8xf32>) -> tensor<i32> {
  %i = graph.constant dense<1> : tensor<i64>
  %three = graph.constant dense<3> : tensor<i64>
  %s = graph.shape_of %x {start = 0 : i64, end = 2 : i64} : (tensor<3x8xf32>) -> tensor<2xi64>
  %d = graph.gather %s, %i {axis = 0 : i64} : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %m = graph.binary mul %d, %three : (tensor<i64>, tensor<i64>) -> tensor<i64>
  %big = graph.compare gt %m, %three : (tensor<i64>, tensor<i64>) -> tensor<i1>
  %c = graph.select %big, %m, %i : (tensor<i1>, tensor<i64>, tensor<i64>) -> tensor<i64>
  %y = graph.cast %c {to = i32} : (tensor<i64>) -> tensor<i32>
  return %y : tensor<i32>
}

// A number that the element type cannot hold is left to the model.
// CHECK-LABEL: func.func @no_overflow
// CHECK: graph.binary mul
func.func @no_overflow() -> tensor<i64> {
  %a = graph.constant dense<9223372036854775807> : tensor<i64>
  %y = graph.binary mul %a, %a : (tensor<i64>, tensor<i64>) -> tensor<i64>
  return %y : tensor<i64>
}

// What is known flows through a chain, and a dead shape computation goes.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: -> tensor<?x4xf32>
// CHECK-NOT: graph.shape_of
// CHECK: graph.matmul %{{.*}} : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x4xf32>
// CHECK-NEXT: graph.unary relu %{{.*}} : (tensor<?x4xf32>) -> tensor<?x4xf32>
func.func @chain(%x: tensor<?x8xf32>, %w: tensor<8x4xf32>) -> tensor<?x?xf32> {
  %unused = graph.shape_of %x {start = 0 : i64, end = 2 : i64} : (tensor<?x8xf32>) -> tensor<2xi64>
  %0 = graph.matmul %x, %w : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x?xf32>
  %1 = graph.unary relu %0 : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}

// Expanding to the shape that is there already changes nothing.
// CHECK-LABEL: func.func @expand_to_itself
// CHECK-NEXT: return %arg0
func.func @expand_to_itself(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %s = graph.shape_of %x {start = 0 : i64, end = 2 : i64} : (tensor<?x8xf32>) -> tensor<2xi64>
  %y = graph.expand %x, %s : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Two dimensions that only the running model knows stay computed: 0 and -1 would not do for an empty tensor.
// CHECK-LABEL: func.func @two_unknown
// CHECK: graph.concat
func.func @two_unknown(%x: tensor<?x?xf32>, %n: tensor<1xi64>, %m: tensor<1xi64>) -> tensor<?x?xf32> {
  %t = graph.concat %n, %m {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %y = graph.reshape %x, %t : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// A symbol goes with the dimension that it stood for.
// CHECK-LABEL: func.func @symbols
// CHECK-SAME: -> (tensor<?x4xf32> {graph.dims = ["n", ""]})
func.func @symbols(%x: tensor<?x8xf32>, %w: tensor<8x4xf32>) -> (tensor<?x?xf32> {graph.dims = ["n", "m"]}) {
  %0 = graph.matmul %x, %w : (tensor<?x8xf32>, tensor<8x4xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
