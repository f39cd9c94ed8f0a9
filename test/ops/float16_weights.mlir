// Weights stored as float16 give what the same numbers give in f32: kernels widen them as they load. The first case of
// each tells one weight from another, the rest are whole blocks and what is left of them.

func.func @order(%x: tensor<?x2xf32>) -> tensor<?x3xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 10.0]]> : tensor<1x2xf32>], outputs = [dense<[[41.0, 52.0, 63.0]]> : tensor<1x3xf32>]}]} {
  %w = graph.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf16>
  %wide = graph.cast %w {to = f32} : (tensor<2x3xf16>) -> tensor<2x3xf32>
  %0 = graph.matmul %x, %wide : (tensor<?x2xf32>, tensor<2x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

func.func @matmul(%x: tensor<?x38xf32>) -> (tensor<?x24xf32>, tensor<?x150xf32>) attributes {
    shapes = [[array<i64: 1, 38>], [array<i64: 17, 38>], [array<i64: 33, 38>]]} {
  %w = graph.constant dense<0.3> : tensor<38x24xf16>
  %v = graph.constant dense<-0.7> : tensor<38x150xf16>
  %a = graph.cast %w {to = f32} : (tensor<38x24xf16>) -> tensor<38x24xf32>
  %b = graph.cast %v {to = f32} : (tensor<38x150xf16>) -> tensor<38x150xf32>
  %0 = graph.matmul %x, %a : (tensor<?x38xf32>, tensor<38x24xf32>) -> tensor<?x24xf32>
  %1 = graph.matmul %x, %b : (tensor<?x38xf32>, tensor<38x150xf32>) -> tensor<?x150xf32>
  %2 = graph.unary relu %1 : (tensor<?x150xf32>) -> tensor<?x150xf32>
  return %0, %2 : tensor<?x24xf32>, tensor<?x150xf32>
}

// A matrix for each of a batch, which is not packed, and a transposed one.
func.func @others(%x: tensor<2x?x5xf32>) -> (tensor<2x?x19xf32>, tensor<2x?x7xf32>) attributes {
    shapes = [[array<i64: 2, 1, 5>], [array<i64: 2, 13, 5>]]} {
  %w = graph.constant dense<[[[0.25], [-1.5], [3.0], [0.5], [1.0]], [[2.0], [0.125], [-4.0], [1.0], [7.0]]]> : tensor<2x5x1xf16>
  %n = graph.constant dense<[2, 5, 19]> : tensor<3xi64>
  %many = graph.expand %w, %n : (tensor<2x5x1xf16>, tensor<3xi64>) -> tensor<2x5x19xf16>
  %a = graph.cast %many {to = f32} : (tensor<2x5x19xf16>) -> tensor<2x5x19xf32>
  %0 = graph.matmul %x, %a : (tensor<2x?x5xf32>, tensor<2x5x19xf32>) -> tensor<2x?x19xf32>
  %v = graph.constant dense<0.3> : tensor<7x5xf16>
  %b = graph.cast %v {to = f32} : (tensor<7x5xf16>) -> tensor<7x5xf32>
  %t = graph.transpose %b {perm = array<i64: 1, 0>} : (tensor<7x5xf32>) -> tensor<5x7xf32>
  %1 = graph.matmul %x, %t : (tensor<2x?x5xf32>, tensor<5x7xf32>) -> tensor<2x?x7xf32>
  return %0, %1 : tensor<2x?x19xf32>, tensor<2x?x7xf32>
}

func.func @conv(%x: tensor<?x6x?x?xf32>) -> tensor<?x20x?x?xf32> attributes {
    shapes = [[array<i64: 1, 6, 7, 9>], [array<i64: 2, 6, 1, 1>]]} {
  %w = graph.constant dense<0.15> : tensor<20x6x3x3xf16>
  %wide = graph.cast %w {to = f32} : (tensor<20x6x3x3xf16>) -> tensor<20x6x3x3xf32>
  %b = graph.constant dense<0.5> : tensor<20xf32>
  %0 = graph.conv %x, %wide, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x6x?x?xf32>, tensor<20x6x3x3xf32>, tensor<20xf32>) -> tensor<?x20x?x?xf32>
  return %0 : tensor<?x20x?x?xf32>
}

// Tiles of 4 x 4 outputs.
func.func @winograd(%x: tensor<?x20x?x?xf32>) -> tensor<?x24x?x?xf32> attributes {
    tolerance = 1.0e-4 : f64, shapes = [[array<i64: 1, 20, 9, 13>], [array<i64: 2, 20, 5, 4>]]} {
  %w = graph.constant dense<0.15> : tensor<24x20x3x3xf16>
  %wide = graph.cast %w {to = f32} : (tensor<24x20x3x3xf16>) -> tensor<24x20x3x3xf32>
  %0 = graph.conv %x, %wide {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x20x?x?xf32>, tensor<24x20x3x3xf32>) -> tensor<?x24x?x?xf32>
  return %0 : tensor<?x24x?x?xf32>
}

func.func @depthwise(%x: tensor<1x3x?x?xf32>) -> tensor<1x3x?x?xf32> attributes {
    shapes = [[array<i64: 1, 3, 5, 6>]]} {
  %w = graph.constant dense<[[[[0.5, -1.0]]], [[[2.0, 0.25]]], [[[-3.0, 1.5]]]]> : tensor<3x1x1x2xf16>
  %wide = graph.cast %w {to = f32} : (tensor<3x1x1x2xf16>) -> tensor<3x1x1x2xf32>
  %0 = graph.conv %x, %wide {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 1>, dilations = array<i64: 1, 1>, group = 3 : i64} : (tensor<1x3x?x?xf32>, tensor<3x1x1x2xf32>) -> tensor<1x3x?x?xf32>
  return %0 : tensor<1x3x?x?xf32>
}

func.func @transposed(%x: tensor<1x2x?x?xf32>) -> (tensor<1x3x?x?xf32>, tensor<1x3x?x?xf32>) attributes {
    shapes = [[array<i64: 1, 2, 5, 6>]]} {
  %w = graph.constant dense<[[[[0.5, -1.0]], [[2.0, 0.25]], [[-3.0, 1.5]]], [[[4.0, 0.125]], [[1.0, -2.0]], [[0.75, 6.0]]]]> : tensor<2x3x1x2xf16>
  %wide = graph.cast %w {to = f32} : (tensor<2x3x1x2xf16>) -> tensor<2x3x1x2xf32>
  %0 = graph.conv_transpose %x, %wide {strides = array<i64: 1, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<1x2x?x?xf32>, tensor<2x3x1x2xf32>) -> tensor<1x3x?x?xf32>
  %1 = graph.conv_transpose %x, %wide {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<1x2x?x?xf32>, tensor<2x3x1x2xf32>) -> tensor<1x3x?x?xf32>
  return %0, %1 : tensor<1x3x?x?xf32>, tensor<1x3x?x?xf32>
}

func.func @recurrent(%x: tensor<?x1x2xf32>, %h: tensor<1x1x2xf32>) -> tensor<?x1x1x2xf32> attributes {
    shapes = [[array<i64: 3, 1, 2>, array<i64: 1, 1, 2>]]} {
  %w = graph.constant dense<[[[0.5, -0.25], [1.0, 0.125]]]> : tensor<1x2x2xf16>
  %wide = graph.cast %w {to = f32} : (tensor<1x2x2xf16>) -> tensor<1x2x2xf32>
  %0, %1 = graph.recurrent %x weights(%wide) initial(%h) {
  ^phase(%a: tensor<f32>, %p: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %2 : tensor<f32>
  } {reversed = array<i1: false>} : (tensor<?x1x2xf32>, tensor<1x2x2xf32>, tensor<1x1x2xf32>) -> (tensor<?x1x1x2xf32>, tensor<1x1x2xf32>)
  return %0 : tensor<?x1x1x2xf32>
}

// Values of float16, too: sums are f32, and rounded once.
func.func @narrow(%x: tensor<1x4x5x5xf16>) -> (tensor<1x3x5x5xf16>, tensor<1x4x5x2xf16>) attributes {
    tolerance = 1.0e-3 : f64, shapes = [[array<i64: 1, 4, 5, 5>]]} {
  %w = graph.constant dense<[[[[0.5]], [[-1.0]], [[2.0]], [[0.25]]], [[[-3.0]], [[1.5]], [[4.0]], [[0.125]]], [[[1.0]], [[-2.0]], [[0.75]], [[6.0]]]]> : tensor<3x4x1x1xf16>
  %b = graph.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf16>
  %0 = graph.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x4x5x5xf16>, tensor<3x4x1x1xf16>, tensor<3xf16>) -> tensor<1x3x5x5xf16>
  %v = graph.constant dense<[[0.5, 1.0], [2.0, -0.25], [0.75, 3.0], [1.5, -1.0], [0.125, 4.0]]> : tensor<5x2xf16>
  %1 = graph.matmul %x, %v : (tensor<1x4x5x5xf16>, tensor<5x2xf16>) -> tensor<1x4x5x2xf16>
  return %0, %1 : tensor<1x3x5x5xf16>, tensor<1x4x5x2xf16>
}

// 300 * 300 does not fit float16, but the sum does.
func.func @sum_in_f32(%x: tensor<1x2xf16>) -> tensor<1x1xf16> attributes {
    cases = [{inputs = [dense<[[300.0, 300.0]]> : tensor<1x2xf16>], outputs = [dense<[[300.0]]> : tensor<1x1xf16>]}]} {
  %w = graph.constant dense<[[300.0], [-299.0]]> : tensor<2x1xf16>
  %0 = graph.matmul %x, %w : (tensor<1x2xf16>, tensor<2x1xf16>) -> tensor<1x1xf16>
  return %0 : tensor<1x1xf16>
}
