// RUN: mlc-opt %s --channels-last | FileCheck %s

// Image to tokens: the reshape merges height and width, the model's own transpose then meets ours and both vanish.
// CHECK-LABEL: func.func @main
// CHECK: graph.conv{{.*}} -> tensor<?x?x?x16xf32>
// CHECK-NOT: graph.transpose
// CHECK: graph.reshape {{.*}} -> tensor<?x?x16xf32>
// CHECK-NEXT: return
func.func @main(%x: tensor<?x3x?x?xf32>, %w: tensor<16x3x4x4xf32>) -> tensor<?x?x16xf32> {
  %a = graph.conv %x, %w {strides = array<i64: 4, 4>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x3x?x?xf32>, tensor<16x3x4x4xf32>) -> tensor<?x16x?x?xf32>
  %n = graph.shape_of %a {start = 0 : i64, end = 2 : i64} : (tensor<?x16x?x?xf32>) -> tensor<2xi64>
  %rest = graph.constant dense<[-1]> : tensor<1xi64>
  %shape = graph.concat %n, %rest {axis = 0 : i64} : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
  %b = graph.reshape %a, %shape : (tensor<?x16x?x?xf32>, tensor<3xi64>) -> tensor<?x16x?xf32>
  %c = graph.transpose %b {perm = array<i64: 0, 2, 1>} : (tensor<?x16x?xf32>) -> tensor<?x?x16xf32>
  return %c : tensor<?x?x16xf32>
}
