// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 --fuse-elementwise --outline-kernels --emit-kernels=target=x86-64-v3 --canonicalize | FileCheck %s

// A work item copies its piece of each row, then takes the updates in order; an index outside of the rows is left out
// by one unsigned comparison, before anything is read or written there.
// CHECK-LABEL: func.func @k0_scatter(
// CHECK: %[[ROWS:.*]] = arith.index_cast
// CHECK: scf.for %{{.*}} = %c0 to %[[ROWS]]
// CHECK: llvm.store %{{.*}} : vector<8xf32>
// CHECK: scf.for %{{.*}} = %c0 to %c5
// CHECK: %[[AT:.*]] = arith.index_cast %{{.*}} : i64 to index
// CHECK-NEXT: %[[INSIDE:.*]] = arith.cmpi ult, %[[AT]], %[[ROWS]]
// CHECK-NEXT: scf.if %[[INSIDE]]
// CHECK: arith.addf %{{.*}} : vector<8xf32>
// Running sums along the first dimension: lanes are columns, and the sum stays in a register.
// CHECK-LABEL: func.func @k1_cumsum(
// CHECK: %[[SUM:.*]] = scf.for %{{.*}} iter_args(%[[BEFORE:.*]] = %{{.*}}) -> (vector<8xf32>)
// CHECK: %[[X:.*]] = llvm.intr.masked.load
// CHECK: %[[NOW:.*]] = arith.addf %[[BEFORE]], %[[X]] : vector<8xf32>
// CHECK: llvm.intr.masked.store %[[NOW]]
// CHECK: scf.yield %[[NOW]]
func.func @main(%x: tensor<?x8xf32>, %i: tensor<5xi64>, %u: tensor<5x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %0 = graph.scatter add %x, %i, %u : (tensor<?x8xf32>, tensor<5xi64>, tensor<5x8xf32>) -> tensor<?x8xf32>
  %1 = graph.cumsum %0 {axis = 0 : i64, reverse} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
}
