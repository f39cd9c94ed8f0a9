// One op of each family goes through parsing, verification and printing unchanged.
// RUN: mlc-opt %s | mlc-opt | FileCheck %s

// CHECK-LABEL: func.func @families
// CHECK: graph.unary leaky_relu %{{.*}} {alpha = 1.000000e-01 : f32} : (tensor<?x3x8x8xf32>) -> tensor<?x3x8x8xf32>
// CHECK: graph.binary add
// CHECK: graph.compare lt
// CHECK: graph.select
// CHECK: graph.conv
// CHECK-SAME: strides = array<i64: 2, 2>
// CHECK-SAME: -> tensor<?x4x4x4xf32>
// CHECK: graph.pool average
// CHECK: graph.reduce mean %{{.*}} {axes = array<i64: 2, 3>} : (tensor<?x4x2x2xf32>) -> tensor<?x4xf32>
// CHECK: graph.softmax
// CHECK: graph.quantize
// CHECK: graph.dequantize
func.func @families(%x: tensor<?x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<?x4xf32> {
  %0 = graph.unary leaky_relu %x {alpha = 0.1 : f32} : (tensor<?x3x8x8xf32>) -> tensor<?x3x8x8xf32>
  %1 = graph.binary add %0, %s : (tensor<?x3x8x8xf32>, tensor<f32>) -> tensor<?x3x8x8xf32>
  %2 = graph.compare lt %1, %s : (tensor<?x3x8x8xf32>, tensor<f32>) -> tensor<?x3x8x8xi1>
  %3 = graph.select %2, %1, %s : (tensor<?x3x8x8xi1>, tensor<?x3x8x8xf32>, tensor<f32>) -> tensor<?x3x8x8xf32>
  %4 = graph.conv %3, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<?x4x4x4xf32>
  %5 = graph.pool average %4 {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x4x4x4xf32>) -> tensor<?x4x2x2xf32>
  %6 = graph.reduce mean %5 {axes = array<i64: 2, 3>} : (tensor<?x4x2x2xf32>) -> tensor<?x4xf32>
  %7 = graph.softmax %6 {axis = 1 : i64} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %8 = graph.quantize %7, %s, %z : (tensor<?x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<?x4xui8>
  %9 = graph.dequantize %8, %s, %z : (tensor<?x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<?x4xf32>
  return %9 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @control
// CHECK: graph.if %{{.*}} {
// CHECK: graph.yield
// CHECK: } else {
// CHECK: graph.loop
func.func @control(%c: tensor<i1>, %n: tensor<i64>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = graph.if %c {
    %1 = graph.unary neg %x : (tensor<4xf32>) -> tensor<4xf32>
    graph.yield %1 : tensor<4xf32>
  } else {
    graph.yield %x : tensor<4xf32>
  } : (tensor<i1>) -> tensor<4xf32>
  %2 = graph.loop %n, %c, %0 {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<4xf32>):
    %3 = graph.binary add %v, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    graph.yield %go, %3 : tensor<i1>, tensor<4xf32>
  } : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A result may be known better, or less well, than inference can tell.
// CHECK-LABEL: func.func @compatible
// CHECK: -> tensor<?x?xf32>
func.func @compatible(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) -> tensor<?x?xf32> {
  %0 = graph.matmul %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
