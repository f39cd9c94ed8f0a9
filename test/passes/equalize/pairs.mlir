// RUN: mlc-opt %s --split-input-file -pass-pipeline='builtin.module(func.func(equalize))' | FileCheck %s

// The largest weights that write and read a channel become their geometric mean; the bias goes with the first.
// CHECK-LABEL: func @relu
// CHECK-DAG: %[[W1:.*]] = graph.constant dense<{{\[\[\[\[}}2.000000e+00]]], {{\[\[\[}}-2.000000e+00]]]]> : tensor<2x1x1x1xf32>
// CHECK-DAG: %[[B:.*]] = graph.constant dense<[1.000000e+00, 3.000000e+00]> : tensor<2xf32>
// CHECK: graph.conv %arg0, %[[W1]], %[[B]]
// CHECK: %[[W2:.*]] = graph.constant dense<2.000000e+00> : tensor<1x2x1x1xf32>
// CHECK: graph.conv %{{.*}}, %[[W2]]
func.func @relu(%x: tensor<?x1x8x8xf32>) -> tensor<?x1x8x8xf32> {
  %w1 = graph.constant dense<[[[[8.0]]], [[[-2.0]]]]> : tensor<2x1x1x1xf32>
  %b1 = graph.constant dense<[4.0, 3.0]> : tensor<2xf32>
  %w2 = graph.constant dense<[[[[0.5]], [[2.0]]]]> : tensor<1x2x1x1xf32>
  %0 = graph.conv %x, %w1, %b1 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x1x8x8xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<?x2x8x8xf32>
  %1 = graph.unary relu %0 : (tensor<?x2x8x8xf32>) -> tensor<?x2x8x8xf32>
  %2 = graph.conv %1, %w2 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x2x8x8xf32>, tensor<1x2x1x1xf32>) -> tensor<?x1x8x8xf32>
  return %2 : tensor<?x1x8x8xf32>
}

// -----

// A bound becomes one for each channel; the second is depthwise.
// CHECK-LABEL: func @relu6
// CHECK: %[[BOUNDS:.*]] = graph.constant dense<{{\[\[\[}}1.500000e+00]], {{\[\[}}6.000000e+00]]]> : tensor<2x1x1xf32>
// CHECK: graph.binary min %{{.*}}, %[[BOUNDS]]
// CHECK: %[[W2:.*]] = graph.constant dense<2.000000e+00> : tensor<2x1x1x1xf32>
// CHECK: graph.conv %{{.*}}, %[[W2]]
func.func @relu6(%x: tensor<?x1x8x8xf32>) -> tensor<?x2x8x8xf32> {
  %w1 = graph.constant dense<[[[[8.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %w2 = graph.constant dense<[[[[0.5]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>
  %six = graph.constant dense<6.0> : tensor<f32>
  %0 = graph.conv %x, %w1 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x1x8x8xf32>, tensor<2x1x1x1xf32>) -> tensor<?x2x8x8xf32>
  %1 = graph.unary relu %0 : (tensor<?x2x8x8xf32>) -> tensor<?x2x8x8xf32>
  %2 = graph.binary min %1, %six : (tensor<?x2x8x8xf32>, tensor<f32>) -> tensor<?x2x8x8xf32>
  %3 = graph.conv %2, %w2 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<?x2x8x8xf32>, tensor<2x1x1x1xf32>) -> tensor<?x2x8x8xf32>
  return %3 : tensor<?x2x8x8xf32>
}

// -----

// Columns of one matrix and rows of the next, with an added constant between; a channel that nothing reads stays.
// CHECK-LABEL: func @matmul
// CHECK: graph.constant dense<{{\[\[}}3.000000e+00, 5.000000e+00]]> : tensor<1x2xf32>
// CHECK: graph.constant dense<[0.299999982, 1.000000e+00]> : tensor<2xf32>
// CHECK: graph.constant dense<{{\[\[}}3.000000e+00], [0.000000e+00]]> : tensor<2x1xf32>
func.func @matmul(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %w1 = graph.constant dense<[[9.0, 5.0]]> : tensor<1x2xf32>
  %b = graph.constant dense<[0.9, 1.0]> : tensor<2xf32>
  %w2 = graph.constant dense<[[1.0], [0.0]]> : tensor<2x1xf32>
  %0 = graph.matmul %x, %w1 : (tensor<?x1xf32>, tensor<1x2xf32>) -> tensor<?x2xf32>
  %1 = graph.binary add %0, %b : (tensor<?x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %2 = graph.matmul %1, %w2 : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
  return %2 : tensor<?x1xf32>
}

// -----

// Nothing moves past a sigmoid, nor where a second op reads the channels.
// CHECK-LABEL: func @fixed
// CHECK: graph.constant dense<8.000000e+00> : tensor<1x1xf32>
// CHECK: graph.constant dense<5.000000e-01> : tensor<1x1xf32>
func.func @fixed(%x: tensor<?x1xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  %w1 = graph.constant dense<[[8.0]]> : tensor<1x1xf32>
  %w2 = graph.constant dense<[[0.5]]> : tensor<1x1xf32>
  %0 = graph.matmul %x, %w1 : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %1 = graph.unary sigmoid %0 : (tensor<?x1xf32>) -> tensor<?x1xf32>
  %2 = graph.matmul %1, %w2 : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %3 = graph.matmul %2, %w1 : (tensor<?x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  return %2, %3 : tensor<?x1xf32>, tensor<?x1xf32>
}
