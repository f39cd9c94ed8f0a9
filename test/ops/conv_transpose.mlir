// Transposed convolutions. With strides the phases of the output are convolutions side by side.

func.func @by_hand(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x3x3xf32> attributes {
    cases = [{inputs = [dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>],
              outputs = [dense<[[[[1.0, 12.0, 20.0], [103.0, 1234.0, 2040.0], [300.0, 3400.0, 4000.0]]]]> : tensor<1x1x3x3xf32>]}]} {
  %w = graph.constant dense<[[[[1.0, 10.0], [100.0, 1000.0]]]]> : tensor<1x1x2x2xf32>
  %0 = graph.conv_transpose %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x3x3xf32>
  return %0 : tensor<1x1x3x3xf32>
}

func.func @kernel_is_stride(%x: tensor<?x4x?x?xf32>) -> tensor<?x3x?x?xf32> attributes {shapes = [[array<i64: 1, 4, 3, 5>], [array<i64: 2, 4, 1, 1>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875], [-0.375, 0.5]], [[-0.0625, -0.625], [0.25, -0.3125]], [[0.5625, 0.0], [-0.5625, 0.3125]]], [[[-0.25, 0.625], [0.0625, -0.5]], [[0.375, -0.1875], [0.6875, 0.125]], [[-0.4375, 0.4375], [-0.125, -0.6875]]], [[[0.1875, -0.375], [0.5, -0.0625]], [[-0.625, 0.25], [-0.3125, 0.5625]], [[0.0, -0.5625], [0.3125, -0.25]]], [[[0.625, 0.0625], [-0.5, 0.375]], [[-0.1875, 0.6875], [0.125, -0.4375]], [[0.4375, -0.125], [-0.6875, 0.1875]]]]> : tensor<4x3x2x2xf32>
  %b = graph.constant dense<[-0.5, -0.25, 0.0]> : tensor<3xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<?x4x?x?xf32>, tensor<4x3x2x2xf32>, tensor<3xf32>) -> tensor<?x3x?x?xf32>
  return %0 : tensor<?x3x?x?xf32>
}

func.func @one_channel(%x: tensor<?x6x?x?xf32>) -> tensor<?x1x?x?xf32> attributes {shapes = [[array<i64: 1, 6, 4, 20>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875], [-0.375, 0.5]]], [[[-0.0625, -0.625], [0.25, -0.3125]]], [[[0.5625, 0.0], [-0.5625, 0.3125]]], [[[-0.25, 0.625], [0.0625, -0.5]]], [[[0.375, -0.1875], [0.6875, 0.125]]], [[[-0.4375, 0.4375], [-0.125, -0.6875]]]]> : tensor<6x1x2x2xf32>
  %b = graph.constant dense<[-0.5]> : tensor<1xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<?x6x?x?xf32>, tensor<6x1x2x2xf32>, tensor<1xf32>) -> tensor<?x1x?x?xf32>
  return %0 : tensor<?x1x?x?xf32>
}

// Taps that the strides do not divide, padding at the end only, more rows at the end.
func.func @overlapping(%x: tensor<?x2x?x?xf32>) -> tensor<?x5x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 4, 5>], [array<i64: 2, 2, 2, 2>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875, -0.375, 0.5], [-0.0625, -0.625, 0.25, -0.3125], [0.5625, 0.0, -0.5625, 0.3125]], [[-0.25, 0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875, 0.125], [-0.4375, 0.4375, -0.125, -0.6875]], [[0.1875, -0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125, 0.5625], [0.0, -0.5625, 0.3125, -0.25]], [[0.625, 0.0625, -0.5, 0.375], [-0.1875, 0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875, 0.1875]], [[-0.375, 0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25, 0.625]]], [[[0.0625, -0.5, 0.375, -0.1875], [0.6875, 0.125, -0.4375, 0.4375], [-0.125, -0.6875, 0.1875, -0.375]], [[0.5, -0.0625, -0.625, 0.25], [-0.3125, 0.5625, 0.0, -0.5625], [0.3125, -0.25, 0.625, 0.0625]], [[-0.5, 0.375, -0.1875, 0.6875], [0.125, -0.4375, 0.4375, -0.125], [-0.6875, 0.1875, -0.375, 0.5]], [[-0.0625, -0.625, 0.25, -0.3125], [0.5625, 0.0, -0.5625, 0.3125], [-0.25, 0.625, 0.0625, -0.5]], [[0.375, -0.1875, 0.6875, 0.125], [-0.4375, 0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5, -0.0625]]]]> : tensor<2x5x3x4xf32>
  %b = graph.constant dense<[-0.5, -0.25, 0.0, 0.25, 0.5]> : tensor<5xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 2>, dilations = array<i64: 1, 1>, output_padding = array<i64: 1, 0>, group = 1 : i64} : (tensor<?x2x?x?xf32>, tensor<2x5x3x4xf32>, tensor<5xf32>) -> tensor<?x5x?x?xf32>
  return %0 : tensor<?x5x?x?xf32>
}

func.func @strides_differ(%x: tensor<?x2x?x?xf32>) -> tensor<?x3x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 4, 5>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875], [-0.375, 0.5], [-0.0625, -0.625], [0.25, -0.3125], [0.5625, 0.0]], [[-0.5625, 0.3125], [-0.25, 0.625], [0.0625, -0.5], [0.375, -0.1875], [0.6875, 0.125]], [[-0.4375, 0.4375], [-0.125, -0.6875], [0.1875, -0.375], [0.5, -0.0625], [-0.625, 0.25]]], [[[-0.3125, 0.5625], [0.0, -0.5625], [0.3125, -0.25], [0.625, 0.0625], [-0.5, 0.375]], [[-0.1875, 0.6875], [0.125, -0.4375], [0.4375, -0.125], [-0.6875, 0.1875], [-0.375, 0.5]], [[-0.0625, -0.625], [0.25, -0.3125], [0.5625, 0.0], [-0.5625, 0.3125], [-0.25, 0.625]]]]> : tensor<2x3x5x2xf32>
  %b = graph.constant dense<[-0.5, -0.25, 0.0]> : tensor<3xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 3, 1>, pads = array<i64: 2, 0, 1, 1>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<?x2x?x?xf32>, tensor<2x3x5x2xf32>, tensor<3xf32>) -> tensor<?x3x?x?xf32>
  return %0 : tensor<?x3x?x?xf32>
}

// Rows that nothing reaches hold the bias.
func.func @kernel_below_stride(%x: tensor<?x2x?x?xf32>) -> tensor<?x3x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 4, 5>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875]], [[-0.375, 0.5]], [[-0.0625, -0.625]]], [[[0.25, -0.3125]], [[0.5625, 0.0]], [[-0.5625, 0.3125]]]]> : tensor<2x3x1x2xf32>
  %b = graph.constant dense<[-0.5, -0.25, 0.0]> : tensor<3xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x2x?x?xf32>, tensor<2x3x1x2xf32>, tensor<3xf32>) -> tensor<?x3x?x?xf32>
  return %0 : tensor<?x3x?x?xf32>
}

func.func @grouped(%x: tensor<?x4x?x?xf32>) -> tensor<?x6x?x?xf32> attributes {shapes = [[array<i64: 1, 4, 3, 4>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875], [-0.375, 0.5]], [[-0.0625, -0.625], [0.25, -0.3125]], [[0.5625, 0.0], [-0.5625, 0.3125]]], [[[-0.25, 0.625], [0.0625, -0.5]], [[0.375, -0.1875], [0.6875, 0.125]], [[-0.4375, 0.4375], [-0.125, -0.6875]]], [[[0.1875, -0.375], [0.5, -0.0625]], [[-0.625, 0.25], [-0.3125, 0.5625]], [[0.0, -0.5625], [0.3125, -0.25]]], [[[0.625, 0.0625], [-0.5, 0.375]], [[-0.1875, 0.6875], [0.125, -0.4375]], [[0.4375, -0.125], [-0.6875, 0.1875]]]]> : tensor<4x3x2x2xf32>
  %b = graph.constant dense<[-0.5, -0.25, 0.0, 0.25, 0.5, 0.75]> : tensor<6xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 1, 1, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 0>, group = 2 : i64} : (tensor<?x4x?x?xf32>, tensor<4x3x2x2xf32>, tensor<6xf32>) -> tensor<?x6x?x?xf32>
  return %0 : tensor<?x6x?x?xf32>
}

func.func @dilated(%x: tensor<?x2x?x?xf32>) -> tensor<?x3x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 4, 5>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875], [-0.375, 0.5], [-0.0625, -0.625]], [[0.25, -0.3125], [0.5625, 0.0], [-0.5625, 0.3125]], [[-0.25, 0.625], [0.0625, -0.5], [0.375, -0.1875]]], [[[0.6875, 0.125], [-0.4375, 0.4375], [-0.125, -0.6875]], [[0.1875, -0.375], [0.5, -0.0625], [-0.625, 0.25]], [[-0.3125, 0.5625], [0.0, -0.5625], [0.3125, -0.25]]]]> : tensor<2x3x3x2xf32>
  %b = graph.constant dense<[-0.5, -0.25, 0.0]> : tensor<3xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 2, 2>, output_padding = array<i64: 0, 0>, group = 1 : i64} : (tensor<?x2x?x?xf32>, tensor<2x3x3x2xf32>, tensor<3xf32>) -> tensor<?x3x?x?xf32>
  return %0 : tensor<?x3x?x?xf32>
}

func.func @line(%x: tensor<?x3x?xf32>) -> tensor<?x4x?xf32> attributes {shapes = [[array<i64: 1, 3, 7>], [array<i64: 2, 3, 1>]]} {
  %w = graph.constant dense<[[[-0.6875, 0.1875, -0.375, 0.5], [-0.0625, -0.625, 0.25, -0.3125], [0.5625, 0.0, -0.5625, 0.3125], [-0.25, 0.625, 0.0625, -0.5]], [[0.375, -0.1875, 0.6875, 0.125], [-0.4375, 0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125, 0.5625]], [[0.0, -0.5625, 0.3125, -0.25], [0.625, 0.0625, -0.5, 0.375], [-0.1875, 0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875, 0.1875]]]> : tensor<3x4x4xf32>
  %b = graph.constant dense<[-0.5, -0.25, 0.0, 0.25]> : tensor<4xf32>
  %0 = graph.conv_transpose %x, %w, %b {strides = array<i64: 2>, pads = array<i64: 1, 1>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<?x3x?xf32>, tensor<3x4x4xf32>, tensor<4xf32>) -> tensor<?x4x?xf32>
  return %0 : tensor<?x4x?xf32>
}

func.func @runtime_weights(%x: tensor<?x2x?x?xf32>, %w: tensor<2x3x3x3xf32>) -> tensor<?x3x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 3, 4>, array<i64: 2, 3, 3, 3>]]} {
  %0 = graph.conv_transpose %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, output_padding = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x2x?x?xf32>, tensor<2x3x3x3xf32>) -> tensor<?x3x?x?xf32>
  return %0 : tensor<?x3x?x?xf32>
}
