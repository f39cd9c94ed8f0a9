// RUN: mlc-opt %s --lower-graph --fuse-elementwise | FileCheck %s

// A chain becomes one op. What is cheap is done again for each reader; what is not is kept, in memory, for both.
// CHECK-LABEL: func.func @main
// CHECK: %[[EXP:.*]] = linalg.generic
// CHECK: arith.addf
// CHECK: math.exp
// CHECK-NOT: linalg.generic
// CHECK: %[[A:.*]] = linalg.generic
// CHECK-SAME: ins(%[[EXP]]
// CHECK: arith.addf %{{.*}}, %cst
// CHECK: %[[B:.*]] = linalg.generic
// CHECK-SAME: ins(%[[EXP]]
// CHECK: arith.addf %{{.*}}, %cst
// CHECK: arith.negf
// CHECK-NOT: linalg.generic
// CHECK: return %[[A]], %[[B]]
func.func @main(%x: tensor<8x9xf32>, %y: tensor<8x9xf32>) -> (tensor<8x9xf32>, tensor<8x9xf32>) {
  %one = graph.constant dense<1.0> : tensor<f32>
  %0 = graph.binary add %x, %y : (tensor<8x9xf32>, tensor<8x9xf32>) -> tensor<8x9xf32>
  %1 = graph.unary exp %0 : (tensor<8x9xf32>) -> tensor<8x9xf32>
  %2 = graph.binary add %1, %one : (tensor<8x9xf32>, tensor<f32>) -> tensor<8x9xf32>
  %3 = graph.unary neg %2 : (tensor<8x9xf32>) -> tensor<8x9xf32>
  return %2, %3 : tensor<8x9xf32>, tensor<8x9xf32>
}
