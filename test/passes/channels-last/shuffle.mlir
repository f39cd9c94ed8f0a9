// RUN: mlc-opt %s --channels-last | FileCheck %s

// A channel shuffle exchanges the two innermost dimensions between convolutions; no layout change comes between.
// CHECK-LABEL: func.func @main
// CHECK: graph.transpose %arg0
// CHECK: graph.reshape {{.*}} -> tensor<?x8x8x2x4xf32>
// CHECK: graph.transpose {{.*}}perm = array<i64: 0, 1, 2, 4, 3>
// CHECK: graph.reshape {{.*}} -> tensor<?x8x8x8xf32>
// CHECK-NEXT: graph.conv
func.func @main(%x: tensor<?x8x8x8xf32>, %w: tensor<8x8x1x1xf32>) -> tensor<?x8x8x8xf32> {
  %a = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x8x8x8xf32>, tensor<8x8x1x1xf32>) -> tensor<?x8x8x8xf32>
  %split = graph.constant dense<[0, 2, 4, 8, 8]> : tensor<5xi64>
  %b = graph.reshape %a, %split : (tensor<?x8x8x8xf32>, tensor<5xi64>) -> tensor<?x2x4x8x8xf32>
  %c = graph.transpose %b {perm = array<i64: 0, 2, 1, 3, 4>} : (tensor<?x2x4x8x8xf32>) -> tensor<?x4x2x8x8xf32>
  %merge = graph.constant dense<[0, -1, 8, 8]> : tensor<4xi64>
  %d = graph.reshape %c, %merge : (tensor<?x4x2x8x8xf32>, tensor<4xi64>) -> tensor<?x8x8x8xf32>
  %e = graph.conv %d, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x8x8x8xf32>, tensor<8x8x1x1xf32>) -> tensor<?x8x8x8xf32>
  return %e : tensor<?x8x8x8xf32>
}
