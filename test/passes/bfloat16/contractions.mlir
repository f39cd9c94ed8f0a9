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

// An odd depth, activations on both sides, channels by themselves: f32.
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
