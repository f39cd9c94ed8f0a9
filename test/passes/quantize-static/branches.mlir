// RUN: mlc-opt %s -quantize-static | FileCheck %s

// A branch that was observed is quantized like all else, and so is what moves a tensor from around it; one that no
// sample took is quantized at run time, and so are a loop's products.
// CHECK-LABEL: func @main
// CHECK: %[[X:.*]] = graph.quantize %arg1,
// CHECK: graph.if
// CHECK-NOT: graph.transpose %arg1
// CHECK: %[[T:.*]] = graph.transpose %[[X]] {{.*}} -> tensor<2x2xui8>
// CHECK: %[[D:.*]] = graph.dequantize %[[T]]
// CHECK: graph.matmul %[[D]],
// CHECK: %[[R:.*]] = graph.unary relu
// CHECK: graph.quantize %[[R]],
// CHECK-NOT: graph.dynamic_range
// CHECK: } else {
// CHECK: %[[E:.*]] = graph.unary exp
// CHECK: graph.dynamic_range %[[E]]
// CHECK: graph.matmul
// CHECK: graph.loop
// CHECK: graph.dynamic_range %{{.*}}
// CHECK: graph.matmul
// CHECK: graph.yield
// CHECK-NOT: graph.range
func.func @main(%c: tensor<i1>, %x: tensor<2x2xf32> {graph.range = array<f64: 0.0, 255.0>}, %n: tensor<i64>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = graph.constant dense<1.0> : tensor<2x2xf32>
  %y = graph.if %c {
    %t = graph.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %0 = graph.matmul %t, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %1 = graph.unary relu %0 {graph.range = array<f64: 0.0, 510.0>} : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %2 = graph.matmul %1, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    graph.yield %2 : tensor<2x2xf32>
  } else {
    %3 = graph.unary exp %x : (tensor<2x2xf32>) -> tensor<2x2xf32>
    %4 = graph.matmul %3, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    graph.yield %4 : tensor<2x2xf32>
  } : (tensor<i1>) -> tensor<2x2xf32>
  %true = graph.constant dense<true> : tensor<i1>
  %z = graph.loop %n, %true, %x {
  ^bb0(%i: tensor<i64>, %k: tensor<i1>, %s: tensor<2x2xf32>):
    %5 = graph.matmul %s, %w : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    graph.yield %k, %5 : tensor<i1>, tensor<2x2xf32>
  } : (tensor<i64>, tensor<i1>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y, %z : tensor<2x2xf32>, tensor<2x2xf32>
}
