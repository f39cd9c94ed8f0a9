// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(lower-quantization))' | FileCheck %s

// By a constant scale: a multiplication by the reciprocal, then scale 1. By a scale of run time: the division.
// CHECK-LABEL: func @reciprocal
// CHECK: %[[R:.*]] = graph.constant dense<2.000000e+00> : tensor<f32>
// CHECK: %[[A:.*]] = graph.binary mul %arg0, %[[R]]
// CHECK: graph.quantize %[[A]]
// CHECK: graph.quantize %arg0, %arg1
func.func @reciprocal(%x: tensor<4xf32>, %s: tensor<f32>) -> (tensor<4xui8>, tensor<4xui8>) {
  %h = graph.constant dense<0.5> : tensor<f32>
  %z = graph.constant dense<3> : tensor<ui8>
  %a = graph.quantize %x, %h, %z : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  %b = graph.quantize %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  return %a, %b : tensor<4xui8>, tensor<4xui8>
}

// The same parameters on both sides of a move: the move alone, on ui8.
// CHECK-LABEL: func @nothing
// CHECK: %[[T:.*]] = graph.transpose %arg0 {{.*}} : (tensor<2x3xui8>) -> tensor<3x2xui8>
// CHECK: return %[[T]]
func.func @nothing(%q: tensor<2x3xui8>) -> tensor<3x2xui8> {
  %s = graph.constant dense<0.5> : tensor<f32>
  %z = graph.constant dense<3> : tensor<ui8>
  %x = graph.dequantize %q, %s, %z : (tensor<2x3xui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xf32>
  %t = graph.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %o = graph.quantize %t, %s, %z : (tensor<3x2xf32>, tensor<f32>, tensor<ui8>) -> tensor<3x2xui8>
  return %o : tensor<3x2xui8>
}
