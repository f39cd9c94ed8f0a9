// RUN: mlc-opt %s --raise-patterns | FileCheck %s

// CHECK-LABEL: func.func @gelu
// CHECK-NEXT: %[[Y:.*]] = graph.unary gelu %arg0
// CHECK-NEXT: return %[[Y]]
func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %half = graph.constant dense<0.5> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %sqrt2 = graph.constant dense<1.41421354> : tensor<f32>
  %a = graph.binary div %x, %sqrt2 : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %e = graph.unary erf %a : (tensor<4xf32>) -> tensor<4xf32>
  %b = graph.binary add %e, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %c = graph.binary mul %x, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = graph.binary mul %c, %half : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// x itself is a product: it must not be taken apart.
// CHECK-LABEL: func.func @gelu_tanh
// CHECK: %[[X:.*]] = graph.binary mul %arg0, %arg0
// CHECK-NEXT: %[[Y:.*]] = graph.unary gelu_tanh %[[X]]
// CHECK-NEXT: return %[[Y]]
func.func @gelu_tanh(%z: tensor<4xf32>) -> tensor<4xf32> {
  %half = graph.constant dense<0.5> : tensor<f32>
  %one = graph.constant dense<1.0> : tensor<f32>
  %three = graph.constant dense<3.0> : tensor<f32>
  %cubic = graph.constant dense<0.044715> : tensor<f32>
  %root = graph.constant dense<0.797884583> : tensor<f32>
  %x = graph.binary mul %z, %z : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %a = graph.binary pow %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %b = graph.binary mul %a, %cubic : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %c = graph.binary add %x, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %d = graph.binary mul %c, %root : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %t = graph.unary tanh %d : (tensor<4xf32>) -> tensor<4xf32>
  %f = graph.binary add %t, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %g = graph.binary mul %x, %half : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %y = graph.binary mul %g, %f : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @hard_swish_of_clip
// CHECK-NEXT: graph.unary hard_swish %arg0
// CHECK-NEXT: return
func.func @hard_swish_of_clip(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = graph.constant dense<0.0> : tensor<f32>
  %three = graph.constant dense<3.0> : tensor<f32>
  %six = graph.constant dense<6.0> : tensor<f32>
  %a = graph.binary add %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %b = graph.binary max %a, %zero : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %c = graph.binary min %b, %six : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %d = graph.binary mul %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = graph.binary div %d, %six : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @swish
// CHECK-NEXT: %[[A:.*]] = graph.unary swish %arg0 {alpha = 1.000000e+00 : f32}
// CHECK-NEXT: %[[B:.*]] = graph.unary hard_swish %[[A]]
// CHECK-NEXT: return %[[B]]
func.func @swish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = graph.unary sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
  %a = graph.binary mul %s, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %h = graph.unary hard_sigmoid %a {alpha = 0.166666672 : f32, beta = 0.5 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  %y = graph.binary mul %a, %h : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// A different factor is a different function; division by 8 is exact as a product, by 3 it is not.
// CHECK-LABEL: func.func @others
// CHECK: %[[EIGHTH:.*]] = graph.constant dense<1.250000e-01> : tensor<f32>
// CHECK: graph.unary hard_sigmoid
// CHECK: graph.binary mul %{{.*}}, %[[EIGHTH]]
// CHECK: graph.binary div
func.func @others(%x: tensor<4xf32>) -> tensor<4xf32> {
  %three = graph.constant dense<3.0> : tensor<f32>
  %eight = graph.constant dense<8.0> : tensor<f32>
  %h = graph.unary hard_sigmoid %x {alpha = 0.2 : f32, beta = 0.5 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  %a = graph.binary mul %x, %h : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %b = graph.binary div %a, %eight : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %y = graph.binary div %b, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
