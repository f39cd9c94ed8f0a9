// Elements found by index.

func.func @gather(%x: tensor<3x2xi32>, %i: tensor<3xi64>) -> (tensor<3x2xi32>, tensor<3x3xi32>) attributes {
    cases = [{inputs = [dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi32>, dense<[-1, 0, -2]> : tensor<3xi64>],
              outputs = [dense<[[5, 6], [1, 2], [3, 4]]> : tensor<3x2xi32>, dense<[[2, 1, 1], [4, 3, 3], [6, 5, 5]]> : tensor<3x3xi32>]}]} {
  %0 = graph.gather %x, %i {axis = 0 : i64} : (tensor<3x2xi32>, tensor<3xi64>) -> tensor<3x2xi32>
  %1 = graph.gather %x, %i {axis = 1 : i64} : (tensor<3x2xi32>, tensor<3xi64>) -> tensor<3x3xi32>
  return %0, %1 : tensor<3x2xi32>, tensor<3x3xi32>
}

func.func @gather_scalar(%x: tensor<?x19xf32>, %i: tensor<i64>) -> tensor<19xf32> attributes {
    shapes = [[array<i64: 2, 19>, array<i64>], [array<i64: 7, 19>, array<i64>]]} {
  %0 = graph.gather %x, %i {axis = 0 : i64} : (tensor<?x19xf32>, tensor<i64>) -> tensor<19xf32>
  return %0 : tensor<19xf32>
}

func.func @gather_table(%t: tensor<2x33xf32>, %i: tensor<?x?xi32>) -> tensor<?x?x33xf32> attributes {
    shapes = [[array<i64: 2, 33>, array<i64: 3, 5>], [array<i64: 2, 33>, array<i64: 1, 1>], [array<i64: 2, 33>, array<i64: 0, 4>]]} {
  %0 = graph.gather %t, %i {axis = 0 : i64} : (tensor<2x33xf32>, tensor<?x?xi32>) -> tensor<?x?x33xf32>
  return %0 : tensor<?x?x33xf32>
}

func.func @gather_elements(%x: tensor<2x3xf32>, %i: tensor<2x2xi64>) -> tensor<2x2xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[[2, 0], [-1, 1]]> : tensor<2x2xi64>],
              outputs = [dense<[[3.0, 1.0], [6.0, 5.0]]> : tensor<2x2xf32>]}]} {
  %0 = graph.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

func.func @gather_nd(%x: tensor<2x2xi32>, %i: tensor<2x2xi64>, %j: tensor<2x1xi64>) -> (tensor<2xi32>, tensor<2x2xi32>) attributes {
    cases = [{inputs = [dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>, dense<[[1, 0], [-1, -1]]> : tensor<2x2xi64>, dense<[[1], [0]]> : tensor<2x1xi64>],
              outputs = [dense<[3, 4]> : tensor<2xi32>, dense<[[3, 4], [1, 2]]> : tensor<2x2xi32>]}]} {
  %0 = graph.gather_nd %x, %i : (tensor<2x2xi32>, tensor<2x2xi64>) -> tensor<2xi32>
  %1 = graph.gather_nd %x, %j : (tensor<2x2xi32>, tensor<2x1xi64>) -> tensor<2x2xi32>
  return %0, %1 : tensor<2xi32>, tensor<2x2xi32>
}

func.func @gather_nd_batch(%x: tensor<2x2x2xi32>, %i: tensor<2x1xi64>) -> tensor<2x2xi32> attributes {
    cases = [{inputs = [dense<[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]> : tensor<2x2x2xi32>, dense<[[1], [0]]> : tensor<2x1xi64>],
              outputs = [dense<[[3, 4], [5, 6]]> : tensor<2x2xi32>]}]} {
  %0 = graph.gather_nd %x, %i {batch_dims = 1 : i64} : (tensor<2x2x2xi32>, tensor<2x1xi64>) -> tensor<2x2xi32>
  return %0 : tensor<2x2xi32>
}

// Row-major order, a NaN is not zero, none at all.
func.func @non_zero(%x: tensor<?x2xf32>) -> tensor<2x?xi64> attributes {
    cases = [{inputs = [dense<[[0.0, 1.0], [-0.0, 0.0], [2.0, 0x7FC00000]]> : tensor<3x2xf32>], outputs = [dense<[[0, 2, 2], [1, 0, 1]]> : tensor<2x3xi64>]},
             {inputs = [dense<0.0> : tensor<1x2xf32>], outputs = [dense<> : tensor<2x0xi64>]}]} {
  %0 = graph.non_zero %x : (tensor<?x2xf32>) -> tensor<2x?xi64>
  return %0 : tensor<2x?xi64>
}

func.func @non_zero_then(%x: tensor<?xi1>) -> tensor<?xi64> attributes {
    cases = [{inputs = [dense<[true, false, true]> : tensor<3xi1>], outputs = [dense<[0, 4]> : tensor<2xi64>]}]} {
  %0 = graph.non_zero %x : (tensor<?xi1>) -> tensor<1x?xi64>
  %1 = graph.squeeze %0 {axes = array<i64: 0>} : (tensor<1x?xi64>) -> tensor<?xi64>
  %2 = graph.binary add %1, %1 : (tensor<?xi64>, tensor<?xi64>) -> tensor<?xi64>
  return %2 : tensor<?xi64>
}

func.func @gather_from_nothing(%x: tensor<?x2xf32>, %i: tensor<?xi64>) -> tensor<?x2xf32> attributes {
    cases = [{inputs = [dense<> : tensor<0x2xf32>, dense<> : tensor<0xi64>], outputs = [dense<> : tensor<0x2xf32>]},
             {inputs = [dense<> : tensor<0x2xf32>, dense<[0]> : tensor<1xi64>], error = "0 elements has none to choose from"}]} {
  %0 = graph.gather %x, %i {axis = 0 : i64} : (tensor<?x2xf32>, tensor<?xi64>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
