// RUN: mlc-opt %s -pass-pipeline='builtin.module(func.func(lower-quantization))' | FileCheck %s

// The bias joins the accumulator, the three scales are one factor (0.5 * 0.25 / 0.125 = 1), relu is the saturation.
// CHECK-LABEL: func @conv
// CHECK: %[[A:.*]] = graph.conv_integer %arg0, {{.*}} -> tensor<1x2x4x4xi32>
// CHECK: %[[BIAS:.*]] = graph.constant {{.*}}8{{.*}}-8{{.*}} : tensor<2x1x1xi32>
// CHECK: %[[B:.*]] = graph.binary add %[[A]], %[[BIAS]]
// CHECK: %[[F:.*]] = graph.cast %[[B]] {to = f32}
// CHECK-NOT: relu
// CHECK: %[[ONE:.*]] = graph.constant dense<1.000000e+00> : tensor<f32>
// CHECK: %[[M:.*]] = graph.constant dense<1.000000e+00> : tensor<2x1x1xf32>
// CHECK-NEXT: %[[S:.*]] = graph.binary mul %[[F]], %[[M]]
// CHECK-NEXT: graph.quantize %[[S]], %[[ONE]], {{.*}} -> tensor<1x2x4x4xui8>
func.func @conv(%q: tensor<1x1x4x4xui8>) -> tensor<1x2x4x4xui8> {
  %s = graph.constant dense<0.5> : tensor<f32>
  %z = graph.constant dense<7> : tensor<ui8>
  %x = graph.dequantize %q, %s, %z : (tensor<1x1x4x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x1x4x4xf32>
  %wq = graph.constant dense<[[[[3]]], [[[-4]]]]> : tensor<2x1x1x1xi8>
  %ws = graph.constant dense<0.25> : tensor<2xf32>
  %wz = graph.constant dense<0> : tensor<2xi8>
  %w = graph.dequantize %wq, %ws, %wz : (tensor<2x1x1x1xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x1x1x1xf32>
  %bq = graph.constant dense<[8, -8]> : tensor<2xi32>
  %bs = graph.constant dense<0.125> : tensor<2xf32>
  %bz = graph.constant dense<0> : tensor<2xi32>
  %b = graph.dequantize %bq, %bs, %bz : (tensor<2xi32>, tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  %c = graph.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %r = graph.unary relu %c : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %os = graph.constant dense<0.125> : tensor<f32>
  %oz = graph.constant dense<0> : tensor<ui8>
  %o = graph.quantize %r, %os, %oz : (tensor<1x2x4x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x4x4xui8>
  return %o : tensor<1x2x4x4xui8>
}
