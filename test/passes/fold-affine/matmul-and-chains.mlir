// RUN: mlc-opt %s --fold-affine | FileCheck %s

// matmul(x, w) + b times s: the columns of w and b take s, one add stays.
// CHECK-LABEL: func.func @matmul
// CHECK-NEXT: %[[W:.*]] = graph.constant dense<{{\[\[2.000000e\+00, 3.000000e\+00\]\]}}> : tensor<1x2xf32>
// CHECK-DAG: %[[P:.*]] = graph.matmul %arg0, %[[W]]
// CHECK-DAG: %[[B:.*]] = graph.constant dense<[2.000000e+01, 6.000000e+01]> : tensor<2xf32>
// CHECK: %[[Y:.*]] = graph.binary add %[[P]], %[[B]]
// CHECK-NEXT: return %[[Y]]
func.func @matmul(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %w = graph.constant dense<1.0> : tensor<1x2xf32>
  %b = graph.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %s = graph.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %p = graph.matmul %x, %w : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  %q = graph.binary add %b, %p : (tensor<2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %y = graph.binary mul %q, %s : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// CHECK-LABEL: func.func @factors
// CHECK: %[[C:.*]] = graph.constant dense<1.500000e+00> : tensor<f32>
// CHECK-NEXT: %[[Y:.*]] = graph.binary mul %arg0, %[[C]]
// CHECK-NEXT: return %[[Y]]
func.func @factors(%x: tensor<4xf32>) -> tensor<4xf32> {
  %two = graph.constant dense<2.0> : tensor<f32>
  %three = graph.constant dense<3.0> : tensor<1xf32>
  %four = graph.constant dense<4.0> : tensor<f32>
  %a = graph.binary mul %two, %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %b = graph.binary mul %a, %three : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  %y = graph.binary div %b, %four : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// Factors and terms do not mix, and the product must be finite in f32.
// CHECK-LABEL: func.func @stays
// CHECK-COUNT-2: graph.binary mul
// CHECK: graph.binary add
func.func @stays(%x: tensor<4xf32>) -> tensor<4xf32> {
  %large = graph.constant dense<1.0e30> : tensor<f32>
  %a = graph.binary mul %x, %large : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %b = graph.binary mul %a, %large : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %y = graph.binary add %b, %large : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
