// Products of bf16 operands, summed in f32. Where a target has no instructions for them, f32 is more accurate: within what
// rounding the operands can change.

// 1.00390625 lies halfway between two bf16 and becomes 1: the sum is 2 * 2 and not 2 * 2.0078125.
func.func @rounded(%x: tensor<1x2xf32>) -> tensor<1x1xf32> attributes {
    tolerance = 4.0e-3 : f64,
    cases = [{inputs = [dense<[[1.00390625, 1.00390625]]> : tensor<1x2xf32>], outputs = [dense<[[4.0]]> : tensor<1x1xf32>]}]} {
  %w = graph.constant dense<2.0> : tensor<2x1xf32>
  %0 = graph.matmul %x, %w {bf16} : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

func.func @matmul(%x: tensor<?x38xf32>) -> (tensor<?x24xf32>, tensor<?x50xf32>) attributes {
    tolerance = 2.0e-2 : f64, shapes = [[array<i64: 1, 38>], [array<i64: 17, 38>], [array<i64: 33, 38>]]} {
  %w = graph.constant dense<0.3> : tensor<38x24xf32>
  %v = graph.constant dense<-0.7> : tensor<38x50xf32>
  %0 = graph.matmul %x, %w {bf16} : (tensor<?x38xf32>, tensor<38x24xf32>) -> tensor<?x24xf32>
  %1 = graph.matmul %x, %v {bf16} : (tensor<?x38xf32>, tensor<38x50xf32>) -> tensor<?x50xf32>
  %2 = graph.unary relu %1 : (tensor<?x50xf32>) -> tensor<?x50xf32>
  return %0, %2 : tensor<?x24xf32>, tensor<?x50xf32>
}

func.func @conv(%x: tensor<?x6x?x?xf32>) -> tensor<?x20x?x?xf32> attributes {
    tolerance = 2.0e-2 : f64, shapes = [[array<i64: 1, 6, 7, 9>], [array<i64: 2, 6, 1, 1>]]} {
  %w = graph.constant dense<0.15> : tensor<20x6x3x3xf32>
  %b = graph.constant dense<0.5> : tensor<20xf32>
  %0 = graph.conv %x, %w, %b {bf16, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x6x?x?xf32>, tensor<20x6x3x3xf32>, tensor<20xf32>) -> tensor<?x20x?x?xf32>
  return %0 : tensor<?x20x?x?xf32>
}

// Tiles of 4 x 4 outputs: products in f32 with weights that are stored in bf16.
func.func @winograd(%x: tensor<?x20x?x?xf32>) -> tensor<?x24x?x?xf32> attributes {
    tolerance = 2.0e-2 : f64, shapes = [[array<i64: 1, 20, 9, 13>], [array<i64: 2, 20, 5, 4>]]} {
  %w = graph.constant dense<0.15> : tensor<24x20x3x3xf32>
  %0 = graph.conv %x, %w {bf16, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x20x?x?xf32>, tensor<24x20x3x3xf32>) -> tensor<?x24x?x?xf32>
  return %0 : tensor<?x24x?x?xf32>
}
