// RUN: mlc-opt %s --lower-graph --fuse-elementwise | FileCheck %s

// Each sum of a residual stream is computed once: done again for each reader, the last one would read all terms.
// CHECK-LABEL: func.func @main
// CHECK: %[[FIRST:.*]] = linalg.generic
// CHECK: arith.addf
// CHECK-NOT: arith.addf
// CHECK: %[[SOFTMAX:.*]] = kernel.softmax ins(%[[FIRST]]
// CHECK: %[[SECOND:.*]] = linalg.generic
// CHECK-SAME: ins(%[[SOFTMAX]], %[[FIRST]]
// CHECK: arith.addf
// CHECK-NOT: arith.addf
// CHECK: %[[LAST:.*]] = kernel.softmax ins(%[[SECOND]]
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[LAST]], %[[SECOND]]
// CHECK: arith.addf
// CHECK-NOT: arith.addf
func.func @main(%x: tensor<8x9xf32>, %y: tensor<8x9xf32>) -> tensor<8x9xf32> {
  %0 = graph.binary add %x, %y : (tensor<8x9xf32>, tensor<8x9xf32>) -> tensor<8x9xf32>
  %1 = graph.softmax %0 {axis = 1 : i64} : (tensor<8x9xf32>) -> tensor<8x9xf32>
  %2 = graph.binary add %1, %0 : (tensor<8x9xf32>, tensor<8x9xf32>) -> tensor<8x9xf32>
  %3 = graph.softmax %2 {axis = 1 : i64} : (tensor<8x9xf32>) -> tensor<8x9xf32>
  %4 = graph.binary add %3, %2 : (tensor<8x9xf32>, tensor<8x9xf32>) -> tensor<8x9xf32>
  return %4 : tensor<8x9xf32>
}
