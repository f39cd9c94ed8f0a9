// RUN: mlc-opt %s --lower-graph=target=sapphirerapids --fuse-elementwise --outline-kernels | FileCheck %s
// RUN: mlc-opt %s --lower-graph=target=sapphirerapids --fuse-elementwise --outline-kernels --emit-kernels=target=sapphirerapids --canonicalize | FileCheck %s --check-prefix=CODE

// Both products, what is between them, and the end are one kernel; scores are nothing that the schedule sees.
// CHECK-LABEL: func.func @main
// CHECK: %[[OUT:.*]] = kernel.launch @k0_attention(%arg0, %arg1, %arg3, %arg2)
// CHECK-NEXT: return %[[OUT]]
// CHECK-LABEL: func.func private @k0_attention
// CHECK: %[[SCORES:.*]] = kernel.matmul {{.*}} {bf16}
// CHECK: %[[MASKED:.*]] = linalg.generic {{.*}} ins(%[[SCORES]],
// CHECK: %[[WEIGHTS:.*]] = kernel.softmax ins(%[[MASKED]]
// CHECK: kernel.matmul ins(%[[WEIGHTS]], {{.*}} {bf16}
// CHECK: linalg.generic
// Pairs of bf16 for six rows and four vectors of keys; a lone query multiplies in f32.
// CODE-LABEL: func.func @k0_attention(
// CODE: math.fma {{.*}} : vector<16xf32>
// CODE: vector.interleave {{.*}} : vector<16xbf16>
// CODE-COUNT-24: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
func.func @main(%q: tensor<2x?x32xf32>, %k: tensor<2x32x99xf32>, %v: tensor<2x99x64xf32>, %m: tensor<99xf32>) -> tensor<2x?x64xf32> {
  %0 = graph.matmul %q, %k {bf16} : (tensor<2x?x32xf32>, tensor<2x32x99xf32>) -> tensor<2x?x99xf32>
  %1 = graph.binary add %0, %m : (tensor<2x?x99xf32>, tensor<99xf32>) -> tensor<2x?x99xf32>
  %2 = graph.softmax %1 {axis = 2 : i64} : (tensor<2x?x99xf32>) -> tensor<2x?x99xf32>
  %3 = graph.matmul %2, %v {bf16} : (tensor<2x?x99xf32>, tensor<2x99x64xf32>) -> tensor<2x?x64xf32>
  %4 = graph.unary relu %3 : (tensor<2x?x64xf32>) -> tensor<2x?x64xf32>
  return %4 : tensor<2x?x64xf32>
}
