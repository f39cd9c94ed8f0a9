// RUN: mlc-opt %s --lower-graph=target=icelake-server --canonicalize | FileCheck %s

// u8 × s8 with K in groups of four; the zero point of the left operand is minus it times the columns' sums (5 * 3 = 15, 5 * -2),
// as the start of the sums.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[INIT:.*]] = graph.constant dense<[-150, 100]> : tensor<2xi32>
// CHECK: kernel.matmul ins(%arg0, %{{.*}}, %[[INIT]]) outs(%{{.*}}) {packed} : tensor<?x5xui8>, tensor<1x1x1x2x16x4xi8>, tensor<2xi32> -> tensor<?x2xi32>
func.func @main(%x: tensor<?x5xui8>) -> tensor<?x2xi32> {
  %w = graph.constant dense<[[3, -2], [3, -2], [3, -2], [3, -2], [3, -2]]> : tensor<5x2xi8>
  %a = graph.constant dense<10> : tensor<ui8>
  %b = graph.constant dense<0> : tensor<i8>
  %0 = graph.matmul_integer %x, %w, %a, %b : (tensor<?x5xui8>, tensor<5x2xi8>, tensor<ui8>, tensor<i8>) -> tensor<?x2xi32>
  return %0 : tensor<?x2xi32>
}
