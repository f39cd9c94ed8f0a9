// RUN: mlc-opt %s --channels-last | FileCheck %s

// One transpose in, one out; nothing between, and the constant of the broadcast is laid out anew.
// CHECK-LABEL: func.func @main
// CHECK: %[[IN:.*]] = graph.transpose %arg0 {perm = array<i64: 0, 2, 3, 1>}
// CHECK-NOT: graph.transpose
// CHECK: graph.conv{{.*}}channels_last
// CHECK: graph.binary mul {{.*}} : (tensor<?x8x8x4xf32>, tensor<4xf32>) -> tensor<?x8x8x4xf32>
// CHECK: graph.unary relu
// CHECK: graph.conv{{.*}}channels_last
// CHECK: graph.binary add %{{.*}}, %[[IN]]
// CHECK: %[[OUT:.*]] = graph.transpose %{{.*}} {perm = array<i64: 0, 3, 1, 2>}
// CHECK-NEXT: return %[[OUT]]
func.func @main(%x: tensor<?x4x8x8xf32>, %w: tensor<4x4x3x3xf32>) -> tensor<?x4x8x8xf32> {
  %scale = graph.constant dense<[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]> : tensor<4x1x1xf32>
  %a = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x4x8x8xf32>, tensor<4x4x3x3xf32>) -> tensor<?x4x8x8xf32>
  %b = graph.binary mul %a, %scale : (tensor<?x4x8x8xf32>, tensor<4x1x1xf32>) -> tensor<?x4x8x8xf32>
  %c = graph.unary relu %b : (tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32>
  %d = graph.conv %c, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x4x8x8xf32>, tensor<4x4x3x3xf32>) -> tensor<?x4x8x8xf32>
  %e = graph.binary add %d, %x : (tensor<?x4x8x8xf32>, tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32>
  return %e : tensor<?x4x8x8xf32>
}
