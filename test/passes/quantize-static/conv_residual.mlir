// RUN: mlc-opt %s -quantize-static | FileCheck %s

// The input is quantized once for conv and add; relu reads f32; the bias counts in the accumulator's units
// (0.5 * 1/127 = 1/254): 1.0 is 254.
// CHECK-LABEL: func @main
// CHECK-SAME: (%[[X:.*]]: tensor<1x1x4x4xf32>)
// CHECK: %[[Q:.*]] = graph.quantize %[[X]], %{{.*}} : (tensor<1x1x4x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x1x4x4xui8>
// CHECK: %[[D:.*]] = graph.dequantize %[[Q]]
// CHECK: %[[I8:.*]] = graph.constant dense<{{.*}}127{{.*}}-127{{.*}}> : tensor<2x1x1x1xi8>
// CHECK: %[[W:.*]] = graph.dequantize %[[I8]], {{.*}} -> tensor<2x1x1x1xf32>
// CHECK: graph.constant dense<[254, 0]> : tensor<2xi32>
// CHECK: %[[B:.*]] = graph.dequantize {{.*}} : (tensor<2xi32>, tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
// CHECK: %[[C:.*]] = graph.conv %[[D]], %[[W]], %[[B]]
// CHECK: %[[R:.*]] = graph.unary relu %[[C]]
// CHECK: graph.binary add %[[R]], %[[D]]
// CHECK-NOT: graph.range
func.func @main(%x: tensor<1x1x4x4xf32> {graph.range = array<f64: -63.75, 63.75>}) -> tensor<1x2x4x4xf32> {
  %w = graph.constant dense<[[[[1.0]]], [[[-1.0]]]]> : tensor<2x1x1x1xf32>
  %b = graph.constant dense<[1.0, 0.0]> : tensor<2xf32>
  %c = graph.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %r = graph.unary relu %c : (tensor<1x2x4x4xf32>) -> tensor<1x2x4x4xf32>
  %y = graph.binary add %r, %x : (tensor<1x2x4x4xf32>, tensor<1x1x4x4xf32>) -> tensor<1x2x4x4xf32>
  return %y : tensor<1x2x4x4xf32>
}
