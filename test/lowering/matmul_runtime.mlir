// RUN: mlc-opt %s --lower-graph --canonicalize | FileCheck %s

// Two operands of the run: not packed, and their inner dimensions are compared.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[K:.*]] = tensor.dim %arg0, %c1
// CHECK-DAG: %[[L:.*]] = tensor.dim %arg1, %c0
// CHECK: %[[SAME:.*]] = arith.cmpi eq, %[[K]], %[[L]]
// CHECK: kernel.check %[[SAME]], "a product over %lld columns and %lld rows", %[[K]], %[[L]]
// CHECK: kernel.matmul ins(%arg0, %{{.*}}) outs(%{{.*}}) : tensor<?x?xf32>, tensor<?x?xf32> -> tensor<?x?xf32>
func.func @main(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = graph.matmul %x, %y : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
