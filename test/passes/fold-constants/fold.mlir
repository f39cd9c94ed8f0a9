// RUN: mlc-opt %s --fold-constants | FileCheck %s

// CHECK-LABEL: func.func @chain
// CHECK: %[[C:.*]] = graph.constant dense<[2.71828175, 7.3890562]> : tensor<2xf32>
// CHECK-NEXT: %[[Y:.*]] = graph.binary add %arg0, %[[C]]
// CHECK-NEXT: return %[[Y]]
func.func @chain(%x: tensor<2xf32>) -> tensor<2xf32> {
  %one = graph.constant dense<1.0> : tensor<f32>
  %half = graph.constant dense<[0.0, 1.0]> : tensor<2xf32>
  %a = graph.binary add %half, %one : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %b = graph.unary exp %a : (tensor<2xf32>) -> tensor<2xf32>
  %y = graph.binary add %x, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// A result of 256 KiB from a few bytes stays an op; one that replaces as many bytes does not.
// CHECK-LABEL: func.func @growth
// CHECK: graph.expand
func.func @growth() -> tensor<256x256xf32> {
  %c = graph.constant dense<1.0> : tensor<f32>
  %shape = graph.constant dense<256> : tensor<2xi64>
  %y = graph.expand %c, %shape : (tensor<f32>, tensor<2xi64>) -> tensor<256x256xf32>
  return %y : tensor<256x256xf32>
}

// CHECK-LABEL: func.func @weights_stay_quantized
// CHECK: %[[Q:.*]] = graph.constant dense<[2, 5]> : tensor<2xi8>
// CHECK: graph.dequantize %[[Q]]
func.func @weights_stay_quantized() -> tensor<2xf32> {
  %w = graph.constant dense<[1.0, 2.4]> : tensor<2xf32>
  %s = graph.constant dense<0.5> : tensor<f32>
  %z = graph.constant dense<0> : tensor<i8>
  %q = graph.quantize %w, %s, %z : (tensor<2xf32>, tensor<f32>, tensor<i8>) -> tensor<2xi8>
  %y = graph.dequantize %q, %s, %z : (tensor<2xi8>, tensor<f32>, tensor<i8>) -> tensor<2xf32>
  return %y : tensor<2xf32>
}
