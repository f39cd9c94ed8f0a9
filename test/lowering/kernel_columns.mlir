// RUN: mlc-opt %s --lower-graph=target=skylake-avx512 --fuse-elementwise --outline-kernels --emit-kernels=target=skylake-avx512 --canonicalize | FileCheck %s

// 24 columns are one register and one of half the size, which takes half the time; 20 the same under a mask.
// CHECK-LABEL: func.func @k0_matmul(
// CHECK: scf.for %{{.*}} = %c0 to %c40 step %c1
// CHECK: llvm.load %{{.*}} -> vector<16xf32>
// CHECK: llvm.load %{{.*}} -> vector<8xf32>
// CHECK: math.fma %{{.*}} : vector<16xf32>
// CHECK: math.fma %{{.*}} : vector<8xf32>
// CHECK-NOT: masked
// CHECK-LABEL: func.func @k1_matmul(
// CHECK: math.fma %{{.*}} : vector<8xf32>
// CHECK: llvm.intr.masked.store %{{.*}} : vector<8xf32>, vector<8xi1>
func.func @main(%x: tensor<4x40xf32>) -> (tensor<4x24xf32>, tensor<4x20xf32>) {
  %w = graph.constant dense<0.5> : tensor<40x24xf32>
  %v = graph.constant dense<0.5> : tensor<40x20xf32>
  %0 = graph.matmul %x, %w : (tensor<4x40xf32>, tensor<40x24xf32>) -> tensor<4x24xf32>
  %1 = graph.matmul %x, %v : (tensor<4x40xf32>, tensor<40x20xf32>) -> tensor<4x20xf32>
  return %0, %1 : tensor<4x24xf32>, tensor<4x20xf32>
}
