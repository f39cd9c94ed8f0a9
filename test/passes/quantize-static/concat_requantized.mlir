// RUN: mlc-opt %s -quantize-static | FileCheck %s

// %b would lose more than a bit for %v in %a's range: it keeps its own scale, and is quantized again for the concat.
// CHECK-LABEL: func @main
// CHECK: %[[B:.*]] = graph.quantize %arg1, {{.*}} -> tensor<?x2xui8>
// CHECK: %[[BD:.*]] = graph.dequantize %[[B]]
// CHECK: %[[A:.*]] = graph.quantize %arg0, {{.*}} -> tensor<?x2xui8>
// CHECK: %[[BA:.*]] = graph.quantize %[[BD]], {{.*}} -> tensor<?x2xui8>
// CHECK: graph.concat %[[A]], %[[BA]]
func.func @main(%a: tensor<?x2xf32> {graph.range = array<f64: 0.0, 255.0>}, %b: tensor<?x2xf32> {graph.range = array<f64: 0.0, 10.0>}) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
  %c = graph.concat %a, %b {axis = 1 : i64} : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x4xf32>
  %w = graph.constant dense<1.0> : tensor<4x1xf32>
  %y = graph.matmul %c, %w : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
  %u = graph.constant dense<1.0> : tensor<2x1xf32>
  %v = graph.matmul %b, %u : (tensor<?x2xf32>, tensor<2x1xf32>) -> tensor<?x1xf32>
  return %y, %v : tensor<?x1xf32>, tensor<?x1xf32>
}
