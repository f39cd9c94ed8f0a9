// RUN: mlc-opt %s --lower-graph --fuse-elementwise --outline-kernels --canonicalize | FileCheck %s

// The elementwise op behind a contraction finishes it in one kernel; equal groups share a kernel; launches name their nodes.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = kernel.launch @[[K:k0_matmul]](%arg0, %{{.*}}) sizes(%{{.*}}) {kernel.nodes = ["first", "act"]}
// CHECK: kernel.launch @[[K]](%[[A]], %{{.*}}) sizes(%{{.*}}) {kernel.nodes = ["second"
// CHECK-NOT: linalg
// CHECK: func.func private @[[K]](
// CHECK-SAME: attributes {kernel.body}
// CHECK: %[[SUM:.*]] = kernel.matmul
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[SUM]]
// CHECK: arith.maximumf
// CHECK-NOT: func.func
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = graph.constant dense<0.5> : tensor<8x8xf32>
  %v = graph.constant dense<0.25> : tensor<8x8xf32>
  %0 = graph.matmul %x, %w : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32> loc("first")
  %1 = graph.unary relu %0 : (tensor<?x8xf32>) -> tensor<?x8xf32> loc("act")
  %2 = graph.matmul %1, %v : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32> loc("second")
  %3 = graph.unary relu %2 : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %3 : tensor<?x8xf32>
}
