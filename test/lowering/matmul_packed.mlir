// RUN: mlc-opt %s --lower-graph=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: mlc-opt %s --lower-graph=target=icelake-server | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: mlc-opt %s --lower-graph=target=graviton3 | FileCheck %s --check-prefixes=CHECK,SVE

// A constant right operand lies as the target's row reads it: [group][columns / lanes][taps][depth / K0][lanes][K0].
// CHECK-LABEL: func.func @main
// AVX2: kernel.matmul ins(%arg0, %{{.*}}) outs(%{{.*}}) {packed} : tensor<?x40xf32>, tensor<1x3x1x40x8x1xf32> -> tensor<?x24xf32>
// AVX512: kernel.matmul ins(%arg0, %{{.*}}) outs(%{{.*}}) {packed} : tensor<?x40xf32>, tensor<1x2x1x40x16x1xf32> -> tensor<?x24xf32>
// SVE: kernel.matmul ins(%arg0, %{{.*}}) outs(%{{.*}}) {packed} : tensor<?x40xf32>, tensor<1x3x1x40x8x1xf32> -> tensor<?x24xf32>
func.func @main(%x: tensor<?x40xf32>) -> tensor<?x24xf32> {
  %w = graph.constant dense<0.5> : tensor<40x24xf32>
  %0 = graph.matmul %x, %w : (tensor<?x40xf32>, tensor<40x24xf32>) -> tensor<?x24xf32>
  return %0 : tensor<?x24xf32>
}
