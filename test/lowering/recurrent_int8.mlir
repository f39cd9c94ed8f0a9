// RUN: mlc-opt %s --lower-graph=target=skylake-avx512 --fuse-elementwise --outline-kernels | FileCheck %s
// RUN: mlc-opt %s --lower-graph=target=skylake-avx512 --fuse-elementwise --outline-kernels --emit-kernels=target=skylake-avx512 --canonicalize | FileCheck %s --check-prefix=CODE

// Weights stay i8, packed as f32 ones are, and no f32 copy of them is made.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tensor<1x32x64xf32>
// CHECK-DAG: %[[W:.*]] = graph.constant {{.*}} : tensor<1x2x32x2x16xi8>
// CHECK-DAG: %[[S:.*]] = graph.constant {{.*}} : tensor<1x2x1x2x16xf32>
// CHECK: kernel.launch @k0_recurrent(%arg0, %[[W]], %[[S]], %arg1)
// CHECK-LABEL: func.func private @k0_recurrent
// CHECK: kernel.recurrent {{.*}} scales(
// Scales multiply sums once, after the loop over them.
// CODE-LABEL: func.func @k0_recurrent(
// CODE: scf.for %{{.*}} = %c0 to %c32
// CODE: arith.sitofp {{.*}} : vector<16xi32> to vector<16xf32>
// CODE-NOT: arith.mulf
// CODE: scf.yield
// CODE-COUNT-4: arith.mulf {{.*}} : vector<16xf32>
func.func @main(%x: tensor<?x1x64xf32>, %h: tensor<1x1x32xf32>) -> tensor<?x1x1x32xf32> {
  %k = graph.constant dense<3> : tensor<1x32x64xi8>
  %s = graph.constant dense<0.02> : tensor<1x1x64xf32>
  %z = graph.constant dense<0> : tensor<1x1x64xi8>
  %w = graph.dequantize %k, %s, %z {axis = 1 : i64, block = 32 : i64} : (tensor<1x32x64xi8>, tensor<1x1x64xf32>, tensor<1x1x64xi8>) -> tensor<1x32x64xf32>
  %0, %1 = graph.recurrent %x weights(%w) initial(%h) {
  ^phase(%a: tensor<f32>, %b: tensor<f32>, %p: tensor<f32>, %q: tensor<f32>, %t: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %3 = graph.binary sub %b, %q : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %4 = graph.binary add %2, %3 : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %4 : tensor<f32>
  } {reversed = array<i1: false>} : (tensor<?x1x64xf32>, tensor<1x32x64xf32>, tensor<1x1x32xf32>) -> (tensor<?x1x1x32xf32>, tensor<1x1x32xf32>)
  return %0 : tensor<?x1x1x32xf32>
}
