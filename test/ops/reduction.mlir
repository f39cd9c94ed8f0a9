// Reductions, running sums, order.

func.func @kinds(%x: tensor<2x3xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 4.0], [-1.0, 0.5, 2.0]]> : tensor<2x3xf32>],
              outputs = [dense<[7.0, 1.5]> : tensor<2xf32>, dense<[2.33333333, 0.5]> : tensor<2xf32>, dense<[8.0, -1.0]> : tensor<2xf32>,
                         dense<[1.0, -1.0]> : tensor<2xf32>, dense<[4.0, 2.0]> : tensor<2xf32>]}]} {
  %0 = graph.reduce sum %x {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2xf32>
  %1 = graph.reduce mean %x {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2xf32>
  %2 = graph.reduce prod %x {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2xf32>
  %3 = graph.reduce min %x {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2xf32>
  %4 = graph.reduce max %x {axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0, %1, %2, %3, %4 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

func.func @integer_kinds(%x: tensor<2x3xi32>) -> (tensor<3xi32>, tensor<3xi32>, tensor<3xi32>, tensor<3xi32>) attributes {
    cases = [{inputs = [dense<[[1, -2, 3], [4, 5, -6]]> : tensor<2x3xi32>],
              outputs = [dense<[5, 3, -3]> : tensor<3xi32>, dense<[4, -10, -18]> : tensor<3xi32>, dense<[1, -2, -6]> : tensor<3xi32>,
                         dense<[4, 5, 3]> : tensor<3xi32>]}]} {
  %0 = graph.reduce sum %x {axes = array<i64: 0>} : (tensor<2x3xi32>) -> tensor<3xi32>
  %1 = graph.reduce prod %x {axes = array<i64: 0>} : (tensor<2x3xi32>) -> tensor<3xi32>
  %2 = graph.reduce min %x {axes = array<i64: 0>} : (tensor<2x3xi32>) -> tensor<3xi32>
  %3 = graph.reduce max %x {axes = array<i64: 0>} : (tensor<2x3xi32>) -> tensor<3xi32>
  return %0, %1, %2, %3 : tensor<3xi32>, tensor<3xi32>, tensor<3xi32>, tensor<3xi32>
}

// The top bit of an unsigned type is no sign; a NaN is the extreme.
func.func @extremes(%x: tensor<3xui8>, %y: tensor<3xf32>) -> (tensor<ui8>, tensor<f32>) attributes {
    cases = [{inputs = [dense<[3, 200, 7]> : tensor<3xui8>, dense<[1.0, 0x7FC00000, 2.0]> : tensor<3xf32>],
              outputs = [dense<200> : tensor<ui8>, dense<0x7FC00000> : tensor<f32>]}]} {
  %0 = graph.reduce max %x {axes = array<i64: 0>} : (tensor<3xui8>) -> tensor<ui8>
  %1 = graph.reduce max %y {axes = array<i64: 0>} : (tensor<3xf32>) -> tensor<f32>
  return %0, %1 : tensor<ui8>, tensor<f32>
}

func.func @axes(%x: tensor<?x?x?xf32>) -> (tensor<1x?x1xf32>, tensor<?xf32>, tensor<f32>, tensor<?x?x?xf32>) attributes {
    shapes = [[array<i64: 3, 5, 37>], [array<i64: 1, 2, 16>], [array<i64: 4, 18, 1>]]} {
  %0 = graph.reduce sum %x {axes = array<i64: 0, 2>, keepdims} : (tensor<?x?x?xf32>) -> tensor<1x?x1xf32>
  %1 = graph.reduce max %x {axes = array<i64: 1, 2>} : (tensor<?x?x?xf32>) -> tensor<?xf32>
  %2 = graph.reduce sum %x {axes = array<i64: 0, 1, 2>} : (tensor<?x?x?xf32>) -> tensor<f32>
  %3 = graph.reduce sum %x {axes = array<i64>} : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  return %0, %1, %2, %3 : tensor<1x?x1xf32>, tensor<?xf32>, tensor<f32>, tensor<?x?x?xf32>
}

// One element in the reduced dimension, and an epilogue: no old memory is read.
func.func @unit(%x: tensor<?x1x9xf32>) -> (tensor<?x9xf32>, tensor<?x9xf32>) attributes {shapes = [[array<i64: 4, 1, 9>], [array<i64: 1, 1, 9>]]} {
  %two = graph.constant dense<2.0> : tensor<f32>
  %0 = graph.reduce sum %x {axes = array<i64: 1>} : (tensor<?x1x9xf32>) -> tensor<?x9xf32>
  %1 = graph.binary mul %0, %two : (tensor<?x9xf32>, tensor<f32>) -> tensor<?x9xf32>
  %2 = graph.reduce max %x {axes = array<i64: 1>} : (tensor<?x1x9xf32>) -> tensor<?x9xf32>
  return %1, %2 : tensor<?x9xf32>, tensor<?x9xf32>
}

func.func @empty(%x: tensor<?x3xf32>) -> (tensor<3xf32>, tensor<3xf32>) attributes {
    cases = [{inputs = [dense<> : tensor<0x3xf32>], outputs = [dense<0.0> : tensor<3xf32>, dense<1.0> : tensor<3xf32>]}]} {
  %0 = graph.reduce sum %x {axes = array<i64: 0>} : (tensor<?x3xf32>) -> tensor<3xf32>
  %1 = graph.reduce prod %x {axes = array<i64: 0>} : (tensor<?x3xf32>) -> tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// The first of equals, or the last where asked.
func.func @arg_reduce(%x: tensor<2x4xf32>) -> (tensor<2xi64>, tensor<2xi64>, tensor<1x4xi64>) attributes {
    cases = [{inputs = [dense<[[1.0, 3.0, 3.0, 0.0], [2.0, -1.0, -1.0, 2.0]]> : tensor<2x4xf32>],
              outputs = [dense<[1, 0]> : tensor<2xi64>, dense<[2, 3]> : tensor<2xi64>, dense<[[0, 1, 1, 0]]> : tensor<1x4xi64>]}]} {
  %0 = graph.arg_reduce max %x {axis = 1 : i64} : (tensor<2x4xf32>) -> tensor<2xi64>
  %1 = graph.arg_reduce max %x {axis = 1 : i64, select_last} : (tensor<2x4xf32>) -> tensor<2xi64>
  %2 = graph.arg_reduce min %x {axis = 0 : i64, keepdims} : (tensor<2x4xf32>) -> tensor<1x4xi64>
  return %0, %1, %2 : tensor<2xi64>, tensor<2xi64>, tensor<1x4xi64>
}

func.func @arg_reduce_dynamic(%x: tensor<?x?xf32>) -> (tensor<?xi64>, tensor<?xi64>) attributes {shapes = [[array<i64: 5, 37>], [array<i64: 1, 1>]]} {
  %0 = graph.arg_reduce max %x {axis = 1 : i64} : (tensor<?x?xf32>) -> tensor<?xi64>
  %1 = graph.arg_reduce min %x {axis = 0 : i64} : (tensor<?x?xf32>) -> tensor<?xi64>
  return %0, %1 : tensor<?xi64>, tensor<?xi64>
}

func.func @cumsum(%x: tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) attributes {
    cases = [{inputs = [dense<[1, 2, 3, 4]> : tensor<4xi32>],
              outputs = [dense<[1, 3, 6, 10]> : tensor<4xi32>, dense<[0, 1, 3, 6]> : tensor<4xi32>, dense<[10, 9, 7, 4]> : tensor<4xi32>,
                         dense<[9, 7, 4, 0]> : tensor<4xi32>]}]} {
  %0 = graph.cumsum %x {axis = 0 : i64} : (tensor<4xi32>) -> tensor<4xi32>
  %1 = graph.cumsum %x {axis = 0 : i64, exclusive} : (tensor<4xi32>) -> tensor<4xi32>
  %2 = graph.cumsum %x {axis = 0 : i64, reverse} : (tensor<4xi32>) -> tensor<4xi32>
  %3 = graph.cumsum %x {axis = 0 : i64, exclusive, reverse} : (tensor<4xi32>) -> tensor<4xi32>
  return %0, %1, %2, %3 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>, tensor<4xi32>
}

func.func @cumsum_inner(%x: tensor<?x5x18xf32>) -> tensor<?x5x18xf32> attributes {shapes = [[array<i64: 2, 5, 18>]]} {
  %0 = graph.cumsum %x {axis = 1 : i64} : (tensor<?x5x18xf32>) -> tensor<?x5x18xf32>
  return %0 : tensor<?x5x18xf32>
}

// Equals stand in the order of their indices.
func.func @topk(%x: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>, tensor<2x3xf32>, tensor<2x3xi64>) attributes {
    cases = [{inputs = [dense<[[1.0, 3.0, 2.0, 3.0], [0.0, -1.0, -1.0, 5.0]]> : tensor<2x4xf32>],
              outputs = [dense<[[3.0, 3.0, 2.0], [5.0, 0.0, -1.0]]> : tensor<2x3xf32>, dense<[[1, 3, 2], [3, 0, 1]]> : tensor<2x3xi64>,
                         dense<[[1.0, 2.0, 3.0], [-1.0, -1.0, 0.0]]> : tensor<2x3xf32>, dense<[[0, 2, 1], [1, 2, 0]]> : tensor<2x3xi64>]}]} {
  %k = graph.constant dense<3> : tensor<1xi64>
  %0, %1 = graph.topk %x, %k {axis = 1 : i64} : (tensor<2x4xf32>, tensor<1xi64>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
  %2, %3 = graph.topk %x, %k {axis = 1 : i64, smallest} : (tensor<2x4xf32>, tensor<1xi64>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
  return %0, %1, %2, %3 : tensor<2x3xf32>, tensor<2x3xi64>, tensor<2x3xf32>, tensor<2x3xi64>
}
