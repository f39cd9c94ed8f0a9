// RUN: mlc-opt %s --channels-last | FileCheck %s

// One channel: the border's transposes copy nothing. Merging channels with positions needs one.
// CHECK-LABEL: func.func @main
// CHECK-NOT: graph.transpose
// CHECK: graph.squeeze %arg0
// CHECK: graph.unsqueeze {{.*}} -> tensor<?x8x8x1xf32>
// CHECK: graph.conv
// CHECK: graph.transpose {{.*}} -> tensor<?x4x8x8xf32>
// CHECK: graph.reshape {{.*}} -> tensor<?x256xf32>
func.func @main(%x: tensor<?x1x8x8xf32>, %w: tensor<4x1x3x3xf32>) -> tensor<?x256xf32> {
  %a = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x1x8x8xf32>, tensor<4x1x3x3xf32>) -> tensor<?x4x8x8xf32>
  %shape = graph.constant dense<[0, -1]> : tensor<2xi64>
  %b = graph.reshape %a, %shape : (tensor<?x4x8x8xf32>, tensor<2xi64>) -> tensor<?x256xf32>
  return %b : tensor<?x256xf32>
}
