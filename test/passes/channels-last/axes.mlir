// RUN: mlc-opt %s --channels-last | FileCheck %s

// Axes follow their dimensions: resize, concat along channels, softmax over channels, per-channel quantization.
// CHECK-LABEL: func.func @main
// CHECK: graph.resize nearest {{.*}}axes = array<i64: 1, 2>
// CHECK: graph.concat {{.*}}axis = 3
// CHECK: graph.softmax {{.*}}axis = 3
// CHECK: graph.quantize {{.*}}axis = 3
// CHECK: graph.transpose {{.*}} : (tensor<1x8x8x8xi8>) -> tensor<1x8x8x8xi8>
func.func @main(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x8x8x8xi8> {
  %a = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %sizes = graph.constant dense<[8, 8]> : tensor<2xi64>
  %b = graph.resize nearest %a, %sizes {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode floor>} : (tensor<1x4x4x4xf32>, tensor<2xi64>) -> tensor<1x4x8x8xf32>
  %c = graph.concat %b, %b {axis = 1 : i64} : (tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>) -> tensor<1x8x8x8xf32>
  %d = graph.softmax %c {axis = 1 : i64} : (tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %scale = graph.constant dense<0.5> : tensor<8xf32>
  %zero = graph.constant dense<0> : tensor<8xi8>
  %e = graph.quantize %d, %scale, %zero {axis = 1 : i64} : (tensor<1x8x8x8xf32>, tensor<8xf32>, tensor<8xi8>) -> tensor<1x8x8x8xi8>
  return %e : tensor<1x8x8x8xi8>
}
