// RUN: mlc-opt %s --bfloat16 | FileCheck %s

// Constant weights and an even depth: two products at a time.
// CHECK-LABEL: func.func @marked
// CHECK: graph.matmul %arg0, %{{.*}} {bf16}
// CHECK: graph.conv %{{.*}} {bf16, dilations
func.func @marked(%x: tensor<?x6xf32>, %y: tensor<1x4x5x5xf32>) -> (tensor<?x3xf32>, tensor<1x2x5x5xf32>) {
  %w = graph.constant dense<0.5> : tensor<6x3xf32>
  %v = graph.constant dense<0.5> : tensor<2x4x1x1xf32>
  %0 = graph.matmul %x, %w : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  %1 = graph.conv %y, %v {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x4x5x5xf32>, tensor<2x4x1x1xf32>) -> tensor<1x2x5x5xf32>
  return %0, %1 : tensor<?x3xf32>, tensor<1x2x5x5xf32>
}

// An odd depth, activations on both sides without a softmax, channels by themselves: f32.
// CHECK-LABEL: func.func @left
// CHECK-NOT: bf16
func.func @left(%x: tensor<?x5xf32>, %z: tensor<5x4xf32>, %y: tensor<1x4x5x5xf32>) -> (tensor<?x3xf32>, tensor<?x4xf32>, tensor<1x4x5x5xf32>) {
  %w = graph.constant dense<0.5> : tensor<5x3xf32>
  %v = graph.constant dense<0.5> : tensor<4x1x1x1xf32>
  %0 = graph.matmul %x, %w : (tensor<?x5xf32>, tensor<5x3xf32>) -> tensor<?x3xf32>
  %1 = graph.matmul %x, %z : (tensor<?x5xf32>, tensor<5x4xf32>) -> tensor<?x4xf32>
  %2 = graph.conv %y, %v {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 4 : i64} : (tensor<1x4x5x5xf32>, tensor<4x1x1x1xf32>) -> tensor<1x4x5x5xf32>
  return %0, %1, %2 : tensor<?x3xf32>, tensor<?x4xf32>, tensor<1x4x5x5xf32>
}

// Both products of an attention, with a scale and a mask between.
// CHECK-LABEL: func.func @attention
// CHECK: graph.matmul %arg0, %arg1 {bf16}
// CHECK: graph.softmax
// CHECK: graph.matmul {{.*}} {bf16}
func.func @attention(%q: tensor<2x?x8xf32>, %k: tensor<2x8x?xf32>, %v: tensor<2x?x8xf32>, %m: tensor<?xf32>) -> tensor<2x?x8xf32> {
  %scale = graph.constant dense<0.5> : tensor<f32>
  %0 = graph.matmul %q, %k : (tensor<2x?x8xf32>, tensor<2x8x?xf32>) -> tensor<2x?x?xf32>
  %1 = graph.binary mul %0, %scale : (tensor<2x?x?xf32>, tensor<f32>) -> tensor<2x?x?xf32>
  %2 = graph.binary add %1, %m : (tensor<2x?x?xf32>, tensor<?xf32>) -> tensor<2x?x?xf32>
  %3 = graph.softmax %2 {axis = 2 : i64} : (tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %4 = graph.matmul %3, %v : (tensor<2x?x?xf32>, tensor<2x?x8xf32>) -> tensor<2x?x8xf32>
  return %4 : tensor<2x?x8xf32>
}

// CHECK-LABEL: func.func @recurrent
// CHECK: graph.recurrent
// CHECK: {bf16, reversed = array<i1: false>}
func.func @recurrent(%x: tensor<?x1x6xf32>, %h: tensor<1x1x6xf32>) -> tensor<?x1x1x6xf32> {
  %w = graph.constant dense<0.5> : tensor<1x6x6xf32>
  %0, %1 = graph.recurrent %x weights(%w) initial(%h) {
  ^phase(%a: tensor<f32>, %p: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %2 : tensor<f32>
  } {reversed = array<i1: false>} : (tensor<?x1x6xf32>, tensor<1x6x6xf32>, tensor<1x1x6xf32>) -> (tensor<?x1x1x6xf32>, tensor<1x1x6xf32>)
  return %0 : tensor<?x1x1x6xf32>
}
