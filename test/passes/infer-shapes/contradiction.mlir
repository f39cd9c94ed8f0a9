// Shapes that turn out to contradict once they are known are an error at the op.
// RUN: mlc-opt %s -infer-shapes -split-input-file -verify-diagnostics

func.func @late(%x: tensor<2x3xf32>) -> tensor<?x?xf32> {
  %s = graph.shape_of %x {start = 0 : i64, end = 2 : i64} : (tensor<2x3xf32>) -> tensor<2xi64>
  %0 = graph.expand %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  // expected-error @+1 {{inner dimensions of matmul differ}}
  %1 = graph.matmul %0, %0 : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}
