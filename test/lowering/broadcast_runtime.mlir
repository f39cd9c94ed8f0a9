// RUN: mlc-opt %s --lower-graph --canonicalize | FileCheck %s

// Either dimension may be 1 at run time: the result's is the other, and what is neither is an error.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[A:.*]] = tensor.dim %arg0
// CHECK-DAG: %[[B:.*]] = tensor.dim %arg1
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %[[A]], %c1
// CHECK: %[[SIZE:.*]] = arith.select %[[ONE]], %[[B]], %[[A]]
// CHECK: kernel.check %{{.*}}, "dimensions cannot be broadcast: %lld and %lld", %[[A]], %[[SIZE]]
// CHECK: kernel.check %{{.*}}, "dimensions cannot be broadcast: %lld and %lld", %[[B]], %[[SIZE]]
// CHECK: tensor.empty(%[[SIZE]])
func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %0 = graph.binary add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
