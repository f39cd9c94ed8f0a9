// RUN: mlc-opt %s --raise-patterns | FileCheck %s

// CHECK-LABEL: func.func @exported
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[S:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>
// CHECK-NEXT: %[[Y:.*]] = graph.layer_norm %[[X]], %[[S]], %[[B]] {axis = 1 : i64, epsilon = 9.99999974E-6 : f32}
// CHECK-NEXT: return %[[Y]]
func.func @exported(%x: tensor<?x4xf32>, %scale: tensor<4xf32>, %bias: tensor<4xf32>) -> tensor<?x4xf32> {
  %two = graph.constant dense<2.0> : tensor<f32>
  %epsilon = graph.constant dense<1.0e-5> : tensor<f32>
  %mean = graph.reduce mean %x {axes = array<i64: 1>, keepdims} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  %d = graph.binary sub %x, %mean : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %square = graph.binary pow %d, %two : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  %variance = graph.reduce mean %square {axes = array<i64: 1>, keepdims} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  %v = graph.binary add %variance, %epsilon : (tensor<?x1xf32>, tensor<f32>) -> tensor<?x1xf32>
  %root = graph.unary sqrt %v : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %n = graph.binary div %d, %root : (tensor<?x4xf32>, tensor<?x1xf32>) -> tensor<?x4xf32>
  %scaled = graph.binary mul %n, %scale : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %y = graph.binary add %bias, %scaled : (tensor<4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @root_mean_square
// CHECK: %[[ONE:.*]] = graph.constant dense<1.000000e+00> : tensor<f32>
// CHECK: graph.layer_norm %arg0, %[[ONE]] {axis = 1 : i64, epsilon = 1.000000e+00 : f32, rms}
func.func @root_mean_square(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %one = graph.constant dense<1.0> : tensor<f32>
  %square = graph.binary mul %x, %x : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %mean = graph.reduce mean %square {axes = array<i64: 1>, keepdims} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %v = graph.binary add %mean, %one : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %root = graph.unary sqrt %v : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %inverse = graph.unary reciprocal %root : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %y = graph.binary mul %x, %inverse : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// The mean of the first dimension is no layer normalisation.
// CHECK-LABEL: func.func @other_axis
// CHECK-NOT: graph.layer_norm
func.func @other_axis(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %one = graph.constant dense<1.0> : tensor<f32>
  %square = graph.binary mul %x, %x : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %mean = graph.reduce mean %square {axes = array<i64: 0>, keepdims} : (tensor<2x4xf32>) -> tensor<1x4xf32>
  %v = graph.binary add %mean, %one : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %root = graph.unary sqrt %v : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %y = graph.binary div %x, %root : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
