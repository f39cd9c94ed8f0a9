// RUN: mlc-opt %s --lower-graph=target=cascadelake | FileCheck %s --check-prefixes=CHECK,VNNI
// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: mlc-opt %s --lower-graph=target=graviton3 | FileCheck %s --check-prefixes=CHECK,SVE
// RUN: mlc-opt %s --lower-graph=target=cascadelake --fuse-elementwise --outline-kernels | FileCheck %s --check-prefix=KERNEL

// Weights of 4 bits are stored two a byte, in panels of as many columns as a register holds, with scales in f16; activations
// are quantized once for both products. The 20 columns fill two panels of 16 or three of 8.
// CHECK-LABEL: func.func @main
// VNNI: %[[Q:.*]] = kernel.quantize_blocks ins(%arg0) {{.*}} {block = 16 : i64} : tensor<?x32xf32> -> tensor<?x48xi8>
// VNNI: kernel.block_matmul ins(%[[Q]], %{{.*}}, %{{.*}}) {{.*}}depth = 32{{.*}} : tensor<?x48xi8>, tensor<2x4x16x4xui8>, tensor<2x2x16xf16> -> tensor<?x20xf32>
// AVX2: kernel.block_matmul {{.*}} : tensor<?x48xi8>, tensor<3x4x8x4xui8>, tensor<3x2x8xf16> -> tensor<?x20xf32>
// SVE: kernel.block_matmul {{.*}} : tensor<?x48xi8>, tensor<3x4x8x4xui8>, tensor<3x2x8xf16> -> tensor<?x20xf32>
// Without `int8` activations stay f32. A scale that f16 cannot hold leaves all in f32; zero points that are not 8 go along.
// VNNI: kernel.block_matmul ins(%arg0, {{.*}} : tensor<?x32xf32>, tensor<2x4x16x4xui8>, tensor<2x2x16xf32>, tensor<2x2x16xui8> -> tensor<?x20xf32>

// The dequantized weights are not computed, and a sum finishes the product in registers.
// KERNEL-LABEL: func.func @main
// KERNEL-COUNT-4: kernel.launch
// KERNEL-NOT: kernel.launch
// KERNEL-LABEL: func.func private @k1_block_matmul
// KERNEL: kernel.block_matmul
// KERNEL: linalg.generic
func.func @main(%x: tensor<?x32xf32>, %b: tensor<20xf32>) -> (tensor<?x20xf32>, tensor<?x20xf32>, tensor<?x20xf32>) {
  %w = graph.constant dense<3> : tensor<20x32xui4>
  %v = graph.constant dense<5> : tensor<20x32xui4>
  %s = graph.constant dense<0.25> : tensor<20x2xf32>
  %fine = graph.constant dense<0.1> : tensor<20x2xf32>
  %z = graph.constant dense<8> : tensor<20x2xui4>
  %z7 = graph.constant dense<7> : tensor<20x2xui4>
  %d = graph.dequantize %w, %s, %z {axis = 1 : i64, block = 16 : i64} : (tensor<20x32xui4>, tensor<20x2xf32>, tensor<20x2xui4>) -> tensor<20x32xf32>
  %t = graph.transpose %d {perm = array<i64: 1, 0>} : (tensor<20x32xf32>) -> tensor<32x20xf32>
  %0 = graph.matmul %x, %t {int8} : (tensor<?x32xf32>, tensor<32x20xf32>) -> tensor<?x20xf32>
  %sum = graph.binary add %0, %b : (tensor<?x20xf32>, tensor<20xf32>) -> tensor<?x20xf32>
  %e = graph.dequantize %v, %s, %z {axis = 1 : i64, block = 16 : i64} : (tensor<20x32xui4>, tensor<20x2xf32>, tensor<20x2xui4>) -> tensor<20x32xf32>
  %u = graph.transpose %e {perm = array<i64: 1, 0>} : (tensor<20x32xf32>) -> tensor<32x20xf32>
  %1 = graph.matmul %x, %u {int8} : (tensor<?x32xf32>, tensor<32x20xf32>) -> tensor<?x20xf32>
  %f = graph.dequantize %v, %fine, %z7 {axis = 1 : i64, block = 16 : i64} : (tensor<20x32xui4>, tensor<20x2xf32>, tensor<20x2xui4>) -> tensor<20x32xf32>
  %g = graph.transpose %f {perm = array<i64: 1, 0>} : (tensor<20x32xf32>) -> tensor<32x20xf32>
  %2 = graph.matmul %x, %g : (tensor<?x32xf32>, tensor<32x20xf32>) -> tensor<?x20xf32>
  return %sum, %1, %2 : tensor<?x20xf32>, tensor<?x20xf32>, tensor<?x20xf32>
}
