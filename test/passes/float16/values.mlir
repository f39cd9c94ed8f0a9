// RUN: mlc-opt %s --float16=values | FileCheck %s

// From the first product on; softmax and what the function gives are f32.
// CHECK-LABEL: func.func @chain
// CHECK: %[[X:.*]] = graph.cast %arg0 {to = f16} : (tensor<?x6xf32>) -> tensor<?x6xf16>
// CHECK: graph.matmul %[[X]], {{.*}} -> tensor<?x3xf16>
// CHECK: graph.unary relu {{.*}} -> tensor<?x3xf16>
// CHECK: graph.binary add {{.*}} -> tensor<?x3xf16>
// CHECK: graph.cast {{.*}} -> tensor<?x3xf32>
// CHECK: graph.softmax {{.*}} -> tensor<?x3xf32>
func.func @chain(%x: tensor<?x6xf32> {graph.range = array<f64: -1.0, 1.0>}) -> tensor<?x3xf32> {
  %w = graph.constant dense<0.5> : tensor<6x3xf32>
  %b = graph.constant dense<2.0> : tensor<3xf32>
  %0 = graph.matmul %x, %w {graph.range = array<f64: -3.0, 3.0>} : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  %1 = graph.unary relu %0 {graph.range = array<f64: 0.0, 3.0>} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %2 = graph.binary add %1, %b {graph.range = array<f64: 2.0, 5.0>} : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %3 = graph.softmax %2 {axis = 1 : i64} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %3 : tensor<?x3xf32>
}

// 40000 is nearer to 65504 than a factor of two; the weights fit all the same, and what follows starts anew.
// CHECK-LABEL: func.func @overflow
// CHECK: graph.matmul %arg0, {{.*}} -> tensor<?x3xf32>
// CHECK: graph.binary mul {{.*}} -> tensor<?x3xf32>
// CHECK: graph.matmul {{.*}} -> tensor<?x3xf16>
func.func @overflow(%x: tensor<?x6xf32> {graph.range = array<f64: -1.0, 1.0>}) -> tensor<?x3xf32> {
  %w = graph.constant dense<0.5> : tensor<6x3xf32>
  %v = graph.constant dense<0.5> : tensor<3x3xf32>
  %s = graph.constant dense<1.0e-04> : tensor<f32>
  %0 = graph.matmul %x, %w {graph.range = array<f64: -40000.0, 3.0>} : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  %1 = graph.binary mul %0, %s {graph.range = array<f64: -4.0, 3.0e-04>} : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x3xf32>
  %2 = graph.matmul %1, %v {graph.range = array<f64: -9.0, 9.0>} : (tensor<?x3xf32>, tensor<3x3xf32>) -> tensor<?x3xf32>
  return %2 : tensor<?x3xf32>
}

// Factors of a resize stay f32, and so does what its size is made of. The model's own cast to f16 is a border.
// CHECK-LABEL: func.func @resized
// CHECK: graph.conv {{.*}} -> tensor<1x2x4x4xf16>
// CHECK: graph.resize nearest %{{.*}}, %{{.*}}, %arg1 {{.*}} : (tensor<1x2x4x4xf16>, tensor<2xi64>, tensor<2xf32>) -> tensor<1x2x?x?xf16>
// CHECK-NOT: graph.cast
// CHECK: return %{{.*}} : tensor<1x2x?x?xf16>
func.func @resized(%x: tensor<1x2x4x4xf32> {graph.range = array<f64: -1.0, 1.0>}, %scales: tensor<2xf32> {graph.range = array<f64: 1.0, 2.0>}) -> tensor<1x2x?x?xf16> {
  %w = graph.constant dense<0.5> : tensor<2x2x1x1xf32>
  %four = graph.constant dense<4.0> : tensor<2xf32>
  %0 = graph.conv %x, %w {graph.range = array<f64: -1.0, 1.0>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x4x4xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x4x4xf32>
  %1 = graph.binary mul %scales, %four {graph.range = array<f64: 4.0, 8.0>} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %2 = graph.cast %1 {to = i64} : (tensor<2xf32>) -> tensor<2xi64>
  %3 = graph.resize nearest %0, %2, %scales {graph.range = array<f64: -1.0, 1.0>, axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode floor>} : (tensor<1x2x4x4xf32>, tensor<2xi64>, tensor<2xf32>) -> tensor<1x2x?x?xf32>
  %4 = graph.cast %3 {to = f16} : (tensor<1x2x?x?xf32>) -> tensor<1x2x?x?xf16>
  return %4 : tensor<1x2x?x?xf16>
}

// A mask whose masked places are out of reach is added in f32.
// CHECK-LABEL: func.func @mask
// CHECK: graph.matmul {{.*}} -> tensor<?x3xf16>
// CHECK: graph.binary add {{.*}} -> tensor<?x3xf32>
func.func @mask(%x: tensor<?x6xf32> {graph.range = array<f64: -1.0, 1.0>}, %m: tensor<?x3xf32> {graph.range = array<f64: -3.4e+38, 0.0>}) -> tensor<?x3xf32> {
  %w = graph.constant dense<0.5> : tensor<6x3xf32>
  %0 = graph.matmul %x, %w {graph.range = array<f64: -3.0, 3.0>} : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  %1 = graph.binary add %0, %m {graph.range = array<f64: -3.4e+38, 3.0>} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}
