// RUN: mlc-opt %s --lower-graph=target=skylake-avx512 --fuse-elementwise --outline-kernels --emit-kernels=target=skylake-avx512 --canonicalize | FileCheck %s --check-prefix=AVX512
// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 --fuse-elementwise --outline-kernels --emit-kernels=target=x86-64-v3 --canonicalize | FileCheck %s --check-prefix=AVX2

// 28 rows need two blocks of 14 × 2 registers with AVX-512: 28 accumulators through the loop over K. With AVX2 five of 6 × 2
// (the last starts earlier). The register block is all there is in the loop: one load a column vector, one broadcast a row.
// AVX512-LABEL: func.func @k0_matmul(
// AVX512: scf.for %{{.*}} iter_args(
// AVX512: %{{.*}}:28 = scf.for %{{.*}} = %c0 to %c40 step %c1
// AVX512-COUNT-2: llvm.load %{{.*}} -> vector<16xf32>
// AVX512-COUNT-28: math.fma %{{.*}} : vector<16xf32>
// AVX512-NOT: math.fma
// AVX512: scf.yield
// AVX2-LABEL: func.func @k0_matmul(
// AVX2: %{{.*}}:{{1[02]}} = scf.for %{{.*}} = %c0 to %c40 step %c1
// AVX2-COUNT-2: llvm.load %{{.*}} -> vector<8xf32>
// AVX2-COUNT-10: math.fma %{{.*}} : vector<8xf32>
// AVX2: scf.yield
func.func @main(%x: tensor<28x40xf32>) -> tensor<28x32xf32> {
  %w = graph.constant dense<0.5> : tensor<40x32xf32>
  %0 = graph.matmul %x, %w : (tensor<28x40xf32>, tensor<40x32xf32>) -> tensor<28x32xf32>
  return %0 : tensor<28x32xf32>
}
