// RUN: mlc-opt %s --float16 | FileCheck %s

// The constant is stored once, whoever reads it.
// CHECK-LABEL: func.func @stored
// CHECK: %[[W:.*]] = graph.constant dense<5.000000e-01> : tensor<6x3xf16>
// CHECK: %[[WIDE:.*]] = graph.cast %[[W]] {to = f32} : (tensor<6x3xf16>) -> tensor<6x3xf32>
// CHECK-NOT: tensor<6x3xf16>
// CHECK: graph.matmul %arg0, %[[WIDE]]
// CHECK: graph.matmul %arg1, %[[WIDE]]
func.func @stored(%x: tensor<?x6xf32>, %y: tensor<?x6xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %w = graph.constant dense<0.5> : tensor<6x3xf32>
  %0 = graph.matmul %x, %w : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  %1 = graph.matmul %y, %w : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  return %0, %1 : tensor<?x3xf32>, tensor<?x3xf32>
}

// Beyond 65504, mostly too small for all digits, not finite; few small ones are no harm.
// CHECK-LABEL: func.func @left
// CHECK: graph.constant dense<{{.*}}> : tensor<3x1xf16>
// CHECK-NEXT: %[[WIDE:.*]] = graph.cast %{{.*}} -> tensor<3x1xf32>
// CHECK-NOT: f16
// CHECK: graph.matmul %arg0, %[[WIDE]]
// CHECK-NOT: f16
func.func @left(%x: tensor<?x3xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>, tensor<?x1xf32>, tensor<?x1xf32>) {
  %0 = graph.constant dense<[[1.0], [7.0e+04], [1.0]]> : tensor<3x1xf32>
  %1 = graph.constant dense<[[1.0], [1.0e-06], [1.0e-06]]> : tensor<3x1xf32>
  %2 = graph.constant dense<[[1.0], [0x7F800000], [1.0]]> : tensor<3x1xf32>
  %3 = graph.constant dense<[[1.0], [1.0e-06], [0.0]]> : tensor<3x1xf32>
  %4 = graph.matmul %x, %0 : (tensor<?x3xf32>, tensor<3x1xf32>) -> tensor<?x1xf32>
  %5 = graph.matmul %x, %1 : (tensor<?x3xf32>, tensor<3x1xf32>) -> tensor<?x1xf32>
  %6 = graph.matmul %x, %2 : (tensor<?x3xf32>, tensor<3x1xf32>) -> tensor<?x1xf32>
  %7 = graph.matmul %x, %3 : (tensor<?x3xf32>, tensor<3x1xf32>) -> tensor<?x1xf32>
  return %4, %5, %6, %7 : tensor<?x1xf32>, tensor<?x1xf32>, tensor<?x1xf32>, tensor<?x1xf32>
}

// What was given another precision stays, and so does what reads the same weights.
// CHECK-LABEL: func.func @excluded
// CHECK-NOT: f16
func.func @excluded(%x: tensor<?x6xf32>) -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  %w = graph.constant dense<0.5> : tensor<6x3xf32>
  %0 = graph.matmul %x, %w {graph.precision = "f32", graph.precision_reason = "excluded"} : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  %1 = graph.matmul %x, %w : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  return %0, %1 : tensor<?x3xf32>, tensor<?x3xf32>
}

// Rows of a table are widened after they are looked up, and where a product reads the same table it is stored once.
// CHECK-LABEL: func.func @table
// CHECK: %[[T:.*]] = graph.constant {{.*}} : tensor<4x2xf16>
// CHECK: %[[ROWS:.*]] = graph.gather %[[T]], %arg0
// CHECK: graph.cast %[[ROWS]] {to = f32} : (tensor<?x2xf16>) -> tensor<?x2xf32>
// CHECK: graph.transpose {{.*}} : (tensor<4x2xf32>) -> tensor<2x4xf32>
func.func @table(%i: tensor<?xi64>) -> tensor<?x4xf32> {
  %t = graph.constant dense<0.5> : tensor<4x2xf32>
  %0 = graph.gather %t, %i {axis = 0 : i64} : (tensor<4x2xf32>, tensor<?xi64>) -> tensor<?x2xf32>
  %1 = graph.transpose %t {perm = array<i64: 1, 0>} : (tensor<4x2xf32>) -> tensor<2x4xf32>
  %2 = graph.matmul %0, %1 : (tensor<?x2xf32>, tensor<2x4xf32>) -> tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

// A large constant that is added; a small one keeps its digits.
// CHECK-LABEL: func.func @added
// CHECK: graph.constant {{.*}} : tensor<1x4096xf16>
// CHECK: graph.constant {{.*}} : tensor<1x4xf32>
func.func @added(%x: tensor<?x4096xf32>, %y: tensor<?x4xf32>) -> (tensor<?x4096xf32>, tensor<?x4xf32>) {
  %p = graph.constant dense<0.5> : tensor<1x4096xf32>
  %q = graph.constant dense<0.5> : tensor<1x4xf32>
  %0 = graph.binary add %x, %p : (tensor<?x4096xf32>, tensor<1x4096xf32>) -> tensor<?x4096xf32>
  %1 = graph.binary add %y, %q : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4096xf32>, tensor<?x4xf32>
}
