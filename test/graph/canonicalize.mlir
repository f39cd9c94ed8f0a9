// Folds and canonicalisation patterns of the dialect.
// RUN: mlc-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: func.func @transposes_compose
// CHECK-NEXT: %[[Y:.*]] = graph.transpose %arg0 {perm = array<i64: 1, 2, 0>}
// CHECK-NEXT: return %[[Y]]
func.func @transposes_compose(%x: tensor<2x3x4xf32>) -> tensor<3x4x2xf32> {
  %0 = graph.transpose %x {perm = array<i64: 1, 0, 2>} : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
  %1 = graph.transpose %0 {perm = array<i64: 0, 2, 1>} : (tensor<3x2x4xf32>) -> tensor<3x4x2xf32>
  return %1 : tensor<3x4x2xf32>
}

// CHECK-LABEL: func.func @inverse_transposes
// CHECK-NEXT: return %arg0
func.func @inverse_transposes(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = graph.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = graph.transpose %0 {perm = array<i64: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @reshapes
// CHECK: graph.reshape %arg0, %{{.*}} : (tensor<2x6xf32>, tensor<2xi64>) -> tensor<3x4xf32>
// CHECK-NEXT: return
func.func @reshapes(%x: tensor<2x6xf32>) -> tensor<3x4xf32> {
  %a = graph.constant dense<12> : tensor<1xi64>
  %b = graph.constant dense<[3, 4]> : tensor<2xi64>
  %0 = graph.reshape %x, %a : (tensor<2x6xf32>, tensor<1xi64>) -> tensor<12xf32>
  %1 = graph.reshape %0, %b : (tensor<12xf32>, tensor<2xi64>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @shape_of_static
// CHECK-NEXT: %[[S:.*]] = graph.constant dense<[3, 4]> : tensor<2xi64>
// CHECK-NEXT: return %[[S]]
func.func @shape_of_static(%x: tensor<?x3x4xf32>) -> tensor<2xi64> {
  %0 = graph.shape_of %x {start = 1 : i64, end = 3 : i64} : (tensor<?x3x4xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// A dimension that is not known keeps the op.
// CHECK-LABEL: func.func @shape_of_dynamic
// CHECK-NEXT: graph.shape_of
func.func @shape_of_dynamic(%x: tensor<?x3xf32>) -> tensor<2xi64> {
  %0 = graph.shape_of %x {start = 0 : i64, end = 2 : i64} : (tensor<?x3xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// CHECK-LABEL: func.func @no_change
// CHECK-NEXT: return %arg0
func.func @no_change(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = graph.constant dense<4> : tensor<1xi64>
  %0 = graph.cast %x {to = f32} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = graph.concat %0 {axis = 0 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = graph.expand %1, %s : (tensor<4xf32>, tensor<1xi64>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
