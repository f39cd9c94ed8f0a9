// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 --fuse-elementwise --outline-kernels --emit-kernels=target=x86-64-v3 --canonicalize | FileCheck %s

// Whole vectors, then what is left under a mask: no scalar tail.
// CHECK-LABEL: func.func @k0_generic(
// CHECK: scf.for
// CHECK: llvm.load %{{.*}} -> vector<8xf32>
// CHECK: math.tanh %{{.*}} : vector<8xf32>
// CHECK: llvm.store %{{.*}} : vector<8xf32>
// CHECK: arith.cmpi sgt, %{{.*}} : vector<8xi32>
// CHECK: llvm.intr.masked.load
// CHECK: math.tanh %{{.*}} : vector<8xf32>
// CHECK: llvm.intr.masked.store
// A sum along the last dimension runs in 16 lanes on every target, and these are joined by a fixed tree.
// CHECK-LABEL: func.func @k1_generic(
// CHECK: scf.for %{{.*}} iter_args(%{{.*}} = %{{.*}}) -> (vector<16xf32>)
// CHECK: vector.shuffle %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7] : vector<16xf32>, vector<16xf32>
// CHECK: vector.shuffle %{{.*}} [8, 9, 10, 11, 12, 13, 14, 15] : vector<16xf32>, vector<16xf32>
// CHECK: arith.addf %{{.*}} : vector<8xf32>
// CHECK: arith.addf %{{.*}} : vector<4xf32>
func.func @main(%x: tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?xf32>) {
  %0 = graph.unary tanh %x : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = graph.reduce sum %x {axes = array<i64: 1>} : (tensor<?x?xf32>) -> tensor<?xf32>
  return %0, %1 : tensor<?x?xf32>, tensor<?xf32>
}
