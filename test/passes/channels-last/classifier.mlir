// RUN: mlc-opt %s --channels-last | FileCheck %s

// A head of pooling, squeeze-and-excite, global average and flattening leaves no transpose but the model's input's.
// CHECK-LABEL: func.func @main
// CHECK: graph.transpose %arg0
// CHECK-NOT: graph.transpose
// CHECK: graph.pool max {{.*}}channels_last
// CHECK: graph.reduce mean {{.*}}axes = array<i64: 1, 2>{{.*}} -> tensor<?x1x1x8xf32>
// CHECK: graph.conv{{.*}}channels_last{{.*}} -> tensor<?x1x1x8xf32>
// CHECK: graph.binary mul {{.*}} : (tensor<?x?x?x8xf32>, tensor<?x1x1x8xf32>) -> tensor<?x?x?x8xf32>
// CHECK: graph.reduce mean {{.*}} -> tensor<?x1x1x8xf32>
// CHECK: graph.reshape {{.*}} -> tensor<?x8xf32>
// CHECK-NEXT: return
func.func @main(%x: tensor<?x3x?x?xf32>, %w: tensor<8x3x3x3xf32>, %v: tensor<8x8x1x1xf32>) -> tensor<?x8xf32> {
  %a = graph.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x3x?x?xf32>, tensor<8x3x3x3xf32>) -> tensor<?x8x?x?xf32>
  %b = graph.pool max %a {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<?x8x?x?xf32>) -> tensor<?x8x?x?xf32>
  %c = graph.reduce mean %b {axes = array<i64: 2, 3>, keepdims} : (tensor<?x8x?x?xf32>) -> tensor<?x8x1x1xf32>
  %d = graph.conv %c, %v {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x8x1x1xf32>, tensor<8x8x1x1xf32>) -> tensor<?x8x1x1xf32>
  %e = graph.unary sigmoid %d : (tensor<?x8x1x1xf32>) -> tensor<?x8x1x1xf32>
  %f = graph.binary mul %b, %e : (tensor<?x8x?x?xf32>, tensor<?x8x1x1xf32>) -> tensor<?x8x?x?xf32>
  %g = graph.reduce mean %f {axes = array<i64: 2, 3>, keepdims} : (tensor<?x8x?x?xf32>) -> tensor<?x8x1x1xf32>
  %shape = graph.constant dense<[-1, 8]> : tensor<2xi64>
  %h = graph.reshape %g, %shape : (tensor<?x8x1x1xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  return %h : tensor<?x8xf32>
}
