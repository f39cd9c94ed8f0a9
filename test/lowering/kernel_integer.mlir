// RUN: mlc-opt %s --lower-graph=target=cascadelake --fuse-elementwise --outline-kernels --emit-kernels=target=cascadelake | FileCheck %s --check-prefix=VNNI
// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 --fuse-elementwise --outline-kernels --emit-kernels=target=x86-64-v3 | FileCheck %s --check-prefix=AVX2
// RUN: mlc-opt %s --lower-graph=target=graviton3 --fuse-elementwise --outline-kernels --emit-kernels=target=graviton3 | FileCheck %s --check-prefix=SVE

// The instruction of each target that never saturates: vpdpbusd, widened products, usdot.
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// VNNI-NOT: vpdpbusds
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// AVX2-NOT: pmadd.ub.sw
// SVE: llvm.call_intrinsic "llvm.aarch64.sve.usdot
func.func @main(%x: tensor<8x32xui8>) -> tensor<8x32xi32> {
  %w = graph.constant dense<3> : tensor<32x32xi8>
  %a = graph.constant dense<0> : tensor<ui8>
  %b = graph.constant dense<0> : tensor<i8>
  %0 = graph.matmul_integer %x, %w, %a, %b : (tensor<8x32xui8>, tensor<32x32xi8>, tensor<ui8>, tensor<i8>) -> tensor<8x32xi32>
  return %0 : tensor<8x32xi32>
}
