// Resampling: every mode, coordinate transformation and rounding.

func.func @nearest_half_pixel(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize nearest %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @linear_half_pixel(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize linear %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize linear %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @cubic_half_pixel(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize cubic %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize cubic %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @nearest_half_pixel_symmetric(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel_symmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize nearest %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel_symmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @linear_half_pixel_symmetric(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize linear %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel_symmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize linear %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel_symmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @cubic_half_pixel_symmetric(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize cubic %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel_symmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize cubic %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode half_pixel_symmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @nearest_pytorch_half_pixel(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode pytorch_half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize nearest %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode pytorch_half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @linear_pytorch_half_pixel(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize linear %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode pytorch_half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize linear %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode pytorch_half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @cubic_pytorch_half_pixel(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize cubic %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode pytorch_half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize cubic %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode pytorch_half_pixel>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @nearest_align_corners(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode align_corners>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize nearest %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode align_corners>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @linear_align_corners(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize linear %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode align_corners>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize linear %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode align_corners>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @cubic_align_corners(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize cubic %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode align_corners>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize cubic %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode align_corners>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @nearest_asymmetric(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize nearest %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @linear_asymmetric(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize linear %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize linear %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @cubic_asymmetric(%x: tensor<1x2x3x4xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>) attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[5, 7]> : tensor<2xi64>
  %t = graph.constant dense<[2, 1]> : tensor<2xi64>
  %0 = graph.resize cubic %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x5x7xf32>
  %1 = graph.resize cubic %x, %t {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode round_prefer_floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x2x1xf32>
  return %0, %1 : tensor<1x2x5x7xf32>, tensor<1x2x2x1xf32>
}

func.func @nearest_round_prefer_ceil(%x: tensor<1x2x3x4xf32>) -> tensor<1x2x6x6xf32> attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[6, 6]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode round_prefer_ceil>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x6x6xf32>
  return %0 : tensor<1x2x6x6xf32>
}

func.func @nearest_floor(%x: tensor<1x2x3x4xf32>) -> tensor<1x2x6x6xf32> attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[6, 6]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode floor>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x6x6xf32>
  return %0 : tensor<1x2x6x6xf32>
}

func.func @nearest_ceil(%x: tensor<1x2x3x4xf32>) -> tensor<1x2x6x6xf32> attributes {shapes = [[array<i64: 1, 2, 3, 4>]]} {
  %s = graph.constant dense<[6, 6]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode ceil>} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2x6x6xf32>
  return %0 : tensor<1x2x6x6xf32>
}

func.func @by_hand(%x: tensor<1x1x1x2xf32>) -> (tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>) attributes {
    cases = [{inputs = [dense<[[[[1.0, 3.0]]]]> : tensor<1x1x1x2xf32>],
              outputs = [dense<[[[[1.0, 1.5, 2.5, 3.0]]]]> : tensor<1x1x1x4xf32>, dense<[[[[1.0, 1.0, 3.0, 3.0]]]]> : tensor<1x1x1x4xf32>]}]} {
  %s = graph.constant dense<4> : tensor<1xi64>
  %0 = graph.resize linear %x, %s {axes = array<i64: 3>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode floor>} : (tensor<1x1x1x2xf32>, tensor<1xi64>) -> tensor<1x1x1x4xf32>
  %1 = graph.resize nearest %x, %s {axes = array<i64: 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode floor>} : (tensor<1x1x1x2xf32>, tensor<1xi64>) -> tensor<1x1x1x4xf32>
  return %0, %1 : tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>
}

func.func @runtime_sizes(%x: tensor<?x?x?x20xf32>, %s: tensor<2xi64>) -> tensor<?x?x?x20xf32> attributes {
    cases = [{inputs = [dense<2.0> : tensor<1x2x3x20xf32>, dense<[4, 5]> : tensor<2xi64>], outputs = [dense<2.0> : tensor<1x4x5x20xf32>]}]} {
  %0 = graph.resize linear %x, %s {axes = array<i64: 1, 2>, coordinates = #graph<coordinate_mode half_pixel>, nearest = #graph<nearest_mode floor>} : (tensor<?x?x?x20xf32>, tensor<2xi64>) -> tensor<?x?x?x20xf32>
  return %0 : tensor<?x?x?x20xf32>
}

// What the coordinates use is the scale given, not the quotient of the sizes.
func.func @scales(%x: tensor<1x1x4x4xf32>, %c: tensor<2xf32>) -> tensor<1x1x6x3xf32> attributes {
    cases = [{inputs = [dense<[[[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0], [12.0, 13.0, 14.0, 15.0]]]]> : tensor<1x1x4x4xf32>, dense<[1.5, 0.75]> : tensor<2xf32>],
              outputs = [dense<[[[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [4.0, 5.0, 6.0], [8.0, 9.0, 10.0], [8.0, 9.0, 10.0], [12.0, 13.0, 14.0]]]]> : tensor<1x1x6x3xf32>]}]} {
  %s = graph.constant dense<[6, 3]> : tensor<2xi64>
  %0 = graph.resize nearest %x, %s, %c {axes = array<i64: 2, 3>, coordinates = #graph<coordinate_mode asymmetric>, nearest = #graph<nearest_mode floor>} : (tensor<1x1x4x4xf32>, tensor<2xi64>, tensor<2xf32>) -> tensor<1x1x6x3xf32>
  return %0 : tensor<1x1x6x3xf32>
}
