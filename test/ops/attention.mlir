// softmax(queries × keys) × values as one kernel: blocks of queries, of keys, and what is left of both.

// One query; a block and a row; two blocks of keys and an odd last one; no query.
func.func @plain(%q: tensor<?x3x?x20xf32>, %k: tensor<?x3x20x?xf32>, %v: tensor<?x3x?x20xf32>) -> tensor<?x3x?x20xf32> attributes {
    tolerance = 2.0e-6 : f64,
    shapes = [[array<i64: 2, 3, 1, 20>, array<i64: 2, 3, 20, 9>, array<i64: 2, 3, 9, 20>],
              [array<i64: 1, 3, 97, 20>, array<i64: 1, 3, 20, 77>, array<i64: 1, 3, 77, 20>],
              [array<i64: 1, 3, 7, 20>, array<i64: 1, 3, 20, 301>, array<i64: 1, 3, 301, 20>],
              [array<i64: 1, 3, 1, 20>, array<i64: 1, 3, 20, 517>, array<i64: 1, 3, 517, 20>],
              [array<i64: 1, 3, 0, 20>, array<i64: 1, 3, 20, 5>, array<i64: 1, 3, 5, 20>]]} {
  %0 = graph.matmul %q, %k : (tensor<?x3x?x20xf32>, tensor<?x3x20x?xf32>) -> tensor<?x3x?x?xf32>
  %1 = graph.softmax %0 {axis = 3 : i64} : (tensor<?x3x?x?xf32>) -> tensor<?x3x?x?xf32>
  %2 = graph.matmul %1, %v : (tensor<?x3x?x?xf32>, tensor<?x3x?x20xf32>) -> tensor<?x3x?x20xf32>
  return %2 : tensor<?x3x?x20xf32>
}

// A scale, a mask for all heads and queries, and keys and values that all batches share; something to do at the end.
func.func @masked(%q: tensor<?x2x?x8xf32>, %k: tensor<1x2x8x265xf32>, %v: tensor<265x33xf32>, %m: tensor<1x1x1x265xf32>, %r: tensor<33xf32>) -> tensor<?x2x?x33xf32> attributes {
    tolerance = 2.0e-6 : f64,
    shapes = [[array<i64: 3, 2, 13, 8>, array<i64: 1, 2, 8, 265>, array<i64: 265, 33>, array<i64: 1, 1, 1, 265>, array<i64: 33>],
              [array<i64: 1, 2, 1, 8>, array<i64: 1, 2, 8, 265>, array<i64: 265, 33>, array<i64: 1, 1, 1, 265>, array<i64: 33>]]} {
  %scale = graph.constant dense<2.5> : tensor<f32>
  %0 = graph.matmul %q, %k : (tensor<?x2x?x8xf32>, tensor<1x2x8x265xf32>) -> tensor<?x2x?x265xf32>
  %1 = graph.binary mul %0, %scale : (tensor<?x2x?x265xf32>, tensor<f32>) -> tensor<?x2x?x265xf32>
  %2 = graph.binary add %1, %m : (tensor<?x2x?x265xf32>, tensor<1x1x1x265xf32>) -> tensor<?x2x?x265xf32>
  %3 = graph.softmax %2 {axis = 3 : i64} : (tensor<?x2x?x265xf32>) -> tensor<?x2x?x265xf32>
  %4 = graph.matmul %3, %v : (tensor<?x2x?x265xf32>, tensor<265x33xf32>) -> tensor<?x2x?x33xf32>
  %5 = graph.binary add %4, %r : (tensor<?x2x?x33xf32>, tensor<33xf32>) -> tensor<?x2x?x33xf32>
  return %5 : tensor<?x2x?x33xf32>
}

// Keys that a mask excludes altogether, a whole block of them: -infinity leaves no trace.
func.func @excluded(%q: tensor<5x4xf32>, %k: tensor<4x600xf32>, %v: tensor<600x3xf32>, %n: tensor<600xf32>) -> tensor<5x3xf32> attributes {
    tolerance = 2.0e-6 : f64, shapes = [[array<i64: 5, 4>, array<i64: 4, 600>, array<i64: 600, 3>, array<i64: 600>]]} {
  %zero = graph.constant dense<0.0> : tensor<f32>
  %infinite = graph.constant dense<0xFF800000> : tensor<f32>
  %first = graph.constant dense<290> : tensor<i64>
  %none = graph.constant dense<0> : tensor<i64>
  %one = graph.constant dense<1> : tensor<i64>
  %all = graph.constant dense<600> : tensor<i64>
  %places = graph.range %none, %all, %one : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<600xi64>
  %hidden = graph.compare lt %places, %first : (tensor<600xi64>, tensor<i64>) -> tensor<600xi1>
  %0 = graph.matmul %q, %k : (tensor<5x4xf32>, tensor<4x600xf32>) -> tensor<5x600xf32>
  %1 = graph.select %hidden, %infinite, %0 : (tensor<600xi1>, tensor<f32>, tensor<5x600xf32>) -> tensor<5x600xf32>
  %2 = graph.softmax %1 {axis = 1 : i64} : (tensor<5x600xf32>) -> tensor<5x600xf32>
  %3 = graph.matmul %2, %v : (tensor<5x600xf32>, tensor<600x3xf32>) -> tensor<5x3xf32>
  return %3 : tensor<5x3xf32>
}

// No number among the scores of a row: none in the row of the result.
func.func @not_a_number(%q: tensor<2x2xf32>, %k: tensor<2x3xf32>, %v: tensor<3x1xf32>) -> tensor<2x1xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 0.0], [0x7FC00000, 0.0]]> : tensor<2x2xf32>, dense<0.0> : tensor<2x3xf32>, dense<[[1.0], [2.0], [6.0]]> : tensor<3x1xf32>],
              outputs = [dense<[[3.0], [0x7FC00000]]> : tensor<2x1xf32>]}]} {
  %0 = graph.matmul %q, %k : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = graph.softmax %0 {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = graph.matmul %1, %v : (tensor<2x3xf32>, tensor<3x1xf32>) -> tensor<2x1xf32>
  return %2 : tensor<2x1xf32>
}

// Products in bf16, an odd number of keys; 5e-3 is what 8 bits of mantissa lose.
func.func @narrow(%q: tensor<2x?x32xf32>, %k: tensor<2x32x?xf32>, %v: tensor<2x?x40xf32>) -> tensor<2x?x40xf32> attributes {
    tolerance = 1.0e-2 : f64,
    shapes = [[array<i64: 2, 11, 32>, array<i64: 2, 32, 267>, array<i64: 2, 267, 40>], [array<i64: 2, 1, 32>, array<i64: 2, 32, 3>, array<i64: 2, 3, 40>],
              [array<i64: 2, 100, 32>, array<i64: 2, 32, 64>, array<i64: 2, 64, 40>]]} {
  %0 = graph.matmul %q, %k {bf16} : (tensor<2x?x32xf32>, tensor<2x32x?xf32>) -> tensor<2x?x?xf32>
  %1 = graph.softmax %0 {axis = 2 : i64} : (tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  %2 = graph.matmul %1, %v {bf16} : (tensor<2x?x?xf32>, tensor<2x?x40xf32>) -> tensor<2x?x40xf32>
  return %2 : tensor<2x?x40xf32>
}
