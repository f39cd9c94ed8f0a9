// Pooling: windows clipped at the border.

// A border never wins a maximum, and counts in an average only where asked.
func.func @by_hand(%x: tensor<1x1x3x3xf32>) -> (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) attributes {
    cases = [{inputs = [dense<[[[[-1.0, -2.0, -3.0], [-4.0, -5.0, -6.0], [-7.0, -8.0, -9.0]]]]> : tensor<1x1x3x3xf32>],
              outputs = [dense<[[[[-1.0, -2.0], [-4.0, -5.0]]]]> : tensor<1x1x2x2xf32>, dense<[[[[-3.0, -4.5], [-7.5, -9.0]]]]> : tensor<1x1x2x2xf32>,
                         dense<[[[[-3.0, -2.25], [-3.75, -2.25]]]]> : tensor<1x1x2x2xf32>]}]} {
  %0 = graph.pool max %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>
  %1 = graph.pool average %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>
  %2 = graph.pool average %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>, dilations = array<i64: 1, 1>, count_include_pad} : (tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>
  return %0, %1, %2 : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>
}

func.func @max(%x: tensor<?x20x?x?xf32>) -> tensor<?x20x?x?xf32> attributes {shapes = [[array<i64: 1, 20, 7, 9>], [array<i64: 1, 20, 5, 35>], [array<i64: 2, 20, 2, 2>]]} {
  %0 = graph.pool max %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<?x20x?x?xf32>) -> tensor<?x20x?x?xf32>
  return %0 : tensor<?x20x?x?xf32>
}

func.func @max_dilated(%x: tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32> attributes {shapes = [[array<i64: 1, 4, 6, 7>], [array<i64: 1, 4, 6, 19>]]} {
  %0 = graph.pool max %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 2, 3>} : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  return %0 : tensor<?x4x?x?xf32>
}

func.func @max_ceil(%x: tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32> attributes {shapes = [[array<i64: 1, 4, 5, 7>], [array<i64: 1, 4, 5, 19>]]} {
  %0 = graph.pool max %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode} : (tensor<?x4x?x?xf32>) -> tensor<?x4x?x?xf32>
  return %0 : tensor<?x4x?x?xf32>
}

func.func @average(%x: tensor<?x20x?x?xf32>) -> tensor<?x20x?x?xf32> attributes {shapes = [[array<i64: 1, 20, 6, 9>], [array<i64: 1, 20, 6, 23>]]} {
  %0 = graph.pool average %x {kernel = array<i64: 3, 2>, strides = array<i64: 1, 2>, pads = array<i64: 1, 0, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<?x20x?x?xf32>) -> tensor<?x20x?x?xf32>
  return %0 : tensor<?x20x?x?xf32>
}

func.func @average_all(%x: tensor<?x20x?x?xf32>) -> tensor<?x20x?x?xf32> attributes {shapes = [[array<i64: 1, 20, 6, 9>], [array<i64: 1, 20, 6, 23>]]} {
  %0 = graph.pool average %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, count_include_pad} : (tensor<?x20x?x?xf32>) -> tensor<?x20x?x?xf32>
  return %0 : tensor<?x20x?x?xf32>
}

func.func @line(%x: tensor<?x3x?xf32>) -> tensor<?x3x?xf32> attributes {shapes = [[array<i64: 2, 3, 8>]]} {
  %0 = graph.pool max %x {kernel = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<?x3x?xf32>) -> tensor<?x3x?xf32>
  return %0 : tensor<?x3x?xf32>
}

func.func @volume(%x: tensor<?x2x?x?x?xf32>) -> tensor<?x2x?x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 3, 4, 5>]]} {
  %0 = graph.pool average %x {kernel = array<i64: 2, 2, 2>, strides = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1>} : (tensor<?x2x?x?x?xf32>) -> tensor<?x2x?x?x?xf32>
  return %0 : tensor<?x2x?x?x?xf32>
}

func.func @bytes(%x: tensor<?x3x?x?xui8>) -> tensor<?x3x?x?xui8> attributes {
    shapes = [[array<i64: 1, 3, 5, 6>], [array<i64: 1, 3, 5, 17>]]} {
  %0 = graph.pool max %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 0, 1>, dilations = array<i64: 1, 1>} : (tensor<?x3x?x?xui8>) -> tensor<?x3x?x?xui8>
  return %0 : tensor<?x3x?x?xui8>
}
