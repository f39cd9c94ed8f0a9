// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(quantize-weights{min-bytes=16}))' | FileCheck %s

// Each column of each direction has a scale: the matrices are one block deep.
// CHECK-LABEL: func @main
// CHECK-DAG: %[[W:.*]] = graph.constant dense<{{\[\[}}[127, -64], [64, 127]], {{\[}}[127, 0], [0, 127]]]> : tensor<2x2x2xi8>
// CHECK-DAG: %[[S:.*]] = graph.constant dense<{{\[\[}}[0.00787401571, 0.0157480314]], {{\[}}[0.0236220472, 0.0314960629]]]> : tensor<2x1x2xf32>
// CHECK: %[[D:.*]] = graph.dequantize %[[W]], %[[S]], %{{.*}} {axis = 1 : i64, block = 2 : i64} {{.*}} -> tensor<2x2x2xf32>
// CHECK: graph.recurrent %arg0 weights(%[[D]])
func.func @main(%x: tensor<3x1x4xf32>, %h: tensor<2x1x2xf32>) -> tensor<3x2x1x2xf32> {
  %w = graph.constant dense<[[[1.0, -1.0], [0.5, 2.0]], [[3.0, 0.0], [0.0, 4.0]]]> : tensor<2x2x2xf32>
  %0, %1 = graph.recurrent %x weights(%w) initial(%h) {
  ^phase(%a: tensor<f32>, %p: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %2 : tensor<f32>
  } {reversed = array<i1: false, true>} : (tensor<3x1x4xf32>, tensor<2x2x2xf32>, tensor<2x1x2xf32>) -> (tensor<3x2x1x2xf32>, tensor<2x1x2xf32>)
  return %0 : tensor<3x2x1x2xf32>
}

// Given another precision.
// CHECK-LABEL: func @excluded
// CHECK-NOT: graph.dequantize
// CHECK: %[[F:.*]] = graph.constant dense<1.000000e+00> : tensor<1x2x2xf32>
// CHECK: graph.recurrent %arg0 weights(%[[F]])
func.func @excluded(%x: tensor<3x1x2xf32>, %h: tensor<1x1x2xf32>) -> tensor<3x1x1x2xf32> {
  %w = graph.constant dense<1.0> : tensor<1x2x2xf32>
  %0, %1 = graph.recurrent %x weights(%w) initial(%h) {
  ^phase(%a: tensor<f32>, %p: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %2 : tensor<f32>
  } {graph.precision = "f32", reversed = array<i1: false>} : (tensor<3x1x2xf32>, tensor<1x2x2xf32>, tensor<1x1x2xf32>) -> (tensor<3x1x1x2xf32>, tensor<1x1x2xf32>)
  return %0 : tensor<3x1x1x2xf32>
}
