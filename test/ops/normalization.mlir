// Softmax and layer normalisation.

func.func @softmax(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0], [1000.0, 1000.0, 0.0]]> : tensor<2x3xf32>],
              outputs = [dense<[[0.0900305732, 0.244728471, 0.665240956], [0.5, 0.5, 0.0]]> : tensor<2x3xf32>,
                         dense<[[-2.40760596, -1.40760596, -0.407605964], [-0.693147181, -0.693147181, -1000.69315]]> : tensor<2x3xf32>,
                         dense<[[0.0, 0.0, 0.952574127], [1.0, 1.0, 0.0474258732]]> : tensor<2x3xf32>]}]} {
  %0 = graph.softmax %x {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = graph.softmax %x {axis = 1 : i64, log} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = graph.softmax %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}

// Masked scores: minus infinity is a weight of 0.
func.func @softmax_masked(%x: tensor<1x3xf32>) -> tensor<1x3xf32> attributes {
    cases = [{inputs = [dense<[[0xFF800000, 1.0, 1.0]]> : tensor<1x3xf32>], outputs = [dense<[[0.0, 0.5, 0.5]]> : tensor<1x3xf32>]}]} {
  %0 = graph.softmax %x {axis = 1 : i64} : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

func.func @softmax_dynamic(%x: tensor<?x?x?xf32>) -> (tensor<?x?x?xf32>, tensor<?x?x?xf32>) attributes {
    shapes = [[array<i64: 2, 3, 37>], [array<i64: 1, 1, 1>], [array<i64: 3, 5, 16>]]} {
  %0 = graph.softmax %x {axis = 2 : i64} : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %1 = graph.softmax %x {axis = 1 : i64, log} : (tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  return %0, %1 : tensor<?x?x?xf32>, tensor<?x?x?xf32>
}

func.func @softmax_types(%x: tensor<3x7xf16>, %y: tensor<3x7xf64>) -> (tensor<3x7xf16>, tensor<3x7xf64>) attributes {shapes = [[array<i64: 3, 7>, array<i64: 3, 7>]]} {
  %0 = graph.softmax %x {axis = 1 : i64} : (tensor<3x7xf16>) -> tensor<3x7xf16>
  %1 = graph.softmax %y {axis = 1 : i64} : (tensor<3x7xf64>) -> tensor<3x7xf64>
  return %0, %1 : tensor<3x7xf16>, tensor<3x7xf64>
}

func.func @layer_norm(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0, 4.0], [-2.0, -2.0, 2.0, 2.0]]> : tensor<2x4xf32>],
              outputs = [dense<[[-1.34164079, -0.894427191, 1.34164079, 5.36033249], [-1.0, -2.0, 3.0, 4.25]]> : tensor<2x4xf32>,
                         dense<[[0.365148372, 1.46059349, 3.28633535, 5.84237395], [-1.0, -2.0, 3.0, 4.0]]> : tensor<2x4xf32>]}]} {
  %s = graph.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %b = graph.constant dense<[0.0, 0.0, 0.0, 1.0]> : tensor<4xf32>
  %s2 = graph.constant dense<[1.0, 2.0, 3.0, 3.25]> : tensor<4xf32>
  %0 = graph.layer_norm %x, %s2, %b {axis = 1 : i64, epsilon = 0.0 : f32} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %1 = graph.layer_norm %x, %s {axis = 1 : i64, epsilon = 0.0 : f32, rms} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return %0, %1 : tensor<2x4xf32>, tensor<2x4xf32>
}

func.func @layer_norm_dynamic(%x: tensor<?x5x37xf32>, %s: tensor<37xf32>, %b: tensor<37xf32>, %t: tensor<5x37xf32>) -> (tensor<?x5x37xf32>, tensor<?x5x37xf32>) attributes {
    shapes = [[array<i64: 1, 5, 37>, array<i64: 37>, array<i64: 37>, array<i64: 5, 37>], [array<i64: 3, 5, 37>, array<i64: 37>, array<i64: 37>, array<i64: 5, 37>]]} {
  %0 = graph.layer_norm %x, %s, %b {axis = 2 : i64, epsilon = 1.0e-5 : f32} : (tensor<?x5x37xf32>, tensor<37xf32>, tensor<37xf32>) -> tensor<?x5x37xf32>
  %1 = graph.layer_norm %x, %t {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<?x5x37xf32>, tensor<5x37xf32>) -> tensor<?x5x37xf32>
  return %0, %1 : tensor<?x5x37xf32>, tensor<?x5x37xf32>
}
