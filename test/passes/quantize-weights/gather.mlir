// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(quantize-weights{min-bytes=16}))' | FileCheck %s

// CHECK-LABEL: func @lookup
// CHECK-DAG: %[[T:.*]] = graph.constant dense<{{\[}}[127, -64], [0, 127]]> : tensor<2x2xi8>
// CHECK-DAG: %[[S:.*]] = graph.constant dense<{{\[}}[0.00787401571], [0.0157480314]]> : tensor<2x1xf32>
// CHECK: %[[R:.*]] = graph.gather %[[T]], %arg0 {axis = 0 : i64} : (tensor<2x2xi8>, tensor<?x3xi64>) -> tensor<?x3x2xi8>
// CHECK: %[[G:.*]] = graph.gather %[[S]], %arg0 {axis = 0 : i64} : (tensor<2x1xf32>, tensor<?x3xi64>) -> tensor<?x3x1xf32>
// CHECK: %[[F:.*]] = graph.cast %[[R]]
// CHECK: graph.binary mul %[[F]], %[[G]]
func.func @lookup(%i: tensor<?x3xi64>) -> tensor<?x3x2xf32> {
  %t = graph.constant dense<[[1.0, -0.5], [0.0, 2.0]]> : tensor<2x2xf32>
  %y = graph.gather %t, %i {axis = 0 : i64} : (tensor<2x2xf32>, tensor<?x3xi64>) -> tensor<?x3x2xf32>
  return %y : tensor<?x3x2xf32>
}

// Below the size that is worth it.
// CHECK-LABEL: func @small
// CHECK: graph.gather {{.*}}tensor<1x2xf32>
func.func @small(%i: tensor<?xi64>) -> tensor<?x2xf32> {
  %t = graph.constant dense<[[1.0, -0.5]]> : tensor<1x2xf32>
  %y = graph.gather %t, %i {axis = 0 : i64} : (tensor<1x2xf32>, tensor<?xi64>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
