// RUN: mlc-opt %s --lower-graph=target=skylake-avx512 --fuse-elementwise --outline-kernels | FileCheck %s
// RUN: mlc-opt %s --lower-graph=target=skylake-avx512 --fuse-elementwise --outline-kernels --emit-kernels=target=skylake-avx512 --canonicalize | FileCheck %s --check-prefix=CODE

// All steps and both phases are one kernel, whose weights stand by vectors of units and its gates.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[GATES:.*]] = graph.constant {{.*}} : tensor<1x2x32x2x16xf32>
// CHECK-DAG: %[[CANDIDATE:.*]] = graph.constant {{.*}} : tensor<1x2x32x1x16xf32>
// CHECK: kernel.launch @k0_recurrent(%arg0, %[[GATES]], %[[CANDIDATE]], %arg1)
// CHECK-LABEL: func.func private @k0_recurrent
// CHECK: kernel.recurrent
// CHECK: kernel.yield {{.*}} : f32, f32
// CHECK: kernel.yield {{.*}} : f32
// One row: both vectors of units of the two gates at once, then those of the one gate; nothing is stored in between but
// what the second phase reads.
// CODE-LABEL: func.func @k0_recurrent(
// CODE: scf.for
// CODE: %{{.*}}:4 = scf.for %{{.*}} = %c0 to %c32
// CODE-COUNT-4: math.fma {{.*}} : vector<16xf32>
// CODE-NOT: math.fma
// CODE: %{{.*}}:2 = scf.for %{{.*}} = %c0 to %c32
// CODE-COUNT-2: math.fma {{.*}} : vector<16xf32>
// CODE: math.tanh {{.*}} : vector<16xf32>
func.func @main(%x: tensor<?x1x96xf32>, %h: tensor<1x1x32xf32>) -> tensor<?x1x1x32xf32> {
  %w = graph.constant dense<0.05> : tensor<1x32x64xf32>
  %u = graph.constant dense<-0.04> : tensor<1x32x32xf32>
  %0, %1 = graph.recurrent %x weights(%w, %u) initial(%h) {
  ^phase(%xa: tensor<f32>, %xb: tensor<f32>, %pa: tensor<f32>, %pb: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %xa, %pa : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %3 = graph.binary add %xb, %pb : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %3, %2 : tensor<f32>, tensor<f32>
  }, {
  ^phase(%xc: tensor<f32>, %pc: tensor<f32>, %s: tensor<f32>, %z: tensor<f32>):
    %2 = graph.binary add %z, %pc : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %3 = graph.unary tanh %2 : (tensor<f32>) -> tensor<f32>
    graph.yield %3 : tensor<f32>
  } {reversed = array<i1: false>} : (tensor<?x1x96xf32>, tensor<1x32x64xf32>, tensor<1x32x32xf32>, tensor<1x1x32xf32>) -> (tensor<?x1x1x32xf32>, tensor<1x1x32xf32>)
  return %0 : tensor<?x1x1x32xf32>
}
