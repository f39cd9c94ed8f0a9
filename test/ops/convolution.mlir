// Convolutions: sizes by hand where a rule decides, every form beside the evaluator.

// Strides of two, one row and column of padding at the end.
func.func @by_hand(%x: tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32> attributes {
    cases = [{inputs = [dense<[[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]> : tensor<1x1x3x3xf32>],
              outputs = [dense<[[[[12.5, 21.5], [23.5, 9.5]]]]> : tensor<1x1x2x2xf32>]}]} {
  %w = graph.constant dense<[[[[1.0, 2.0], [3.0, -1.0]]]]> : tensor<1x1x2x2xf32>
  %b = graph.constant dense<0.5> : tensor<1xf32>
  %0 = graph.conv %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x3x3xf32>, tensor<1x1x2x2xf32>, tensor<1xf32>) -> tensor<1x1x2x2xf32>
  return %0 : tensor<1x1x2x2xf32>
}

// Weights known only at run time.
func.func @dense3x3(%x: tensor<?x8x?x?xf32>, %w: tensor<24x8x3x3xf32>) -> tensor<?x24x?x?xf32> attributes {shapes = [[array<i64: 1, 8, 5, 6>, array<i64: 24, 8, 3, 3>], [array<i64: 2, 8, 1, 1>, array<i64: 24, 8, 3, 3>], [array<i64: 1, 8, 14, 33>, array<i64: 24, 8, 3, 3>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x8x?x?xf32>, tensor<24x8x3x3xf32>) -> tensor<?x24x?x?xf32>
  return %0 : tensor<?x24x?x?xf32>
}

// The channels of an image, read where they lie.
func.func @few_channels(%x: tensor<?x3x?x?xf32>, %w: tensor<18x3x3x3xf32>) -> tensor<?x18x?x?xf32> attributes {shapes = [[array<i64: 1, 3, 9, 11>, array<i64: 18, 3, 3, 3>], [array<i64: 2, 3, 2, 40>, array<i64: 18, 3, 3, 3>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x3x?x?xf32>, tensor<18x3x3x3xf32>) -> tensor<?x18x?x?xf32>
  return %0 : tensor<?x18x?x?xf32>
}

func.func @pointwise(%x: tensor<?x20x?x?xf32>, %w: tensor<40x20x1x1xf32>) -> tensor<?x40x?x?xf32> attributes {shapes = [[array<i64: 1, 20, 3, 5>, array<i64: 40, 20, 1, 1>], [array<i64: 3, 20, 1, 1>, array<i64: 40, 20, 1, 1>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x20x?x?xf32>, tensor<40x20x1x1xf32>) -> tensor<?x40x?x?xf32>
  return %0 : tensor<?x40x?x?xf32>
}

func.func @pointwise_strided(%x: tensor<?x20x?x?xf32>, %w: tensor<8x20x1x1xf32>) -> tensor<?x8x?x?xf32> attributes {shapes = [[array<i64: 1, 20, 5, 7>, array<i64: 8, 20, 1, 1>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x20x?x?xf32>, tensor<8x20x1x1xf32>) -> tensor<?x8x?x?xf32>
  return %0 : tensor<?x8x?x?xf32>
}

// Groups, padding on two sides only.
func.func @grouped(%x: tensor<?x12x?x?xf32>, %w: tensor<6x4x3x3xf32>) -> tensor<?x6x?x?xf32> attributes {shapes = [[array<i64: 2, 12, 6, 7>, array<i64: 6, 4, 3, 3>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 0, 1>, dilations = array<i64: 1, 1>, group = 3 : i64} : (tensor<?x12x?x?xf32>, tensor<6x4x3x3xf32>) -> tensor<?x6x?x?xf32>
  return %0 : tensor<?x6x?x?xf32>
}

func.func @dilated(%x: tensor<?x4x?x?xf32>, %w: tensor<16x4x3x3xf32>) -> tensor<?x16x?x?xf32> attributes {shapes = [[array<i64: 1, 4, 8, 9>, array<i64: 16, 4, 3, 3>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 2, 2>, group = 1 : i64} : (tensor<?x4x?x?xf32>, tensor<16x4x3x3xf32>) -> tensor<?x16x?x?xf32>
  return %0 : tensor<?x16x?x?xf32>
}

func.func @depthwise(%x: tensor<?x37x?x?xf32>, %w: tensor<37x1x3x3xf32>) -> tensor<?x37x?x?xf32> attributes {shapes = [[array<i64: 1, 37, 6, 5>, array<i64: 37, 1, 3, 3>], [array<i64: 1, 37, 4, 15>, array<i64: 37, 1, 3, 3>], [array<i64: 2, 37, 1, 2>, array<i64: 37, 1, 3, 3>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 37 : i64} : (tensor<?x37x?x?xf32>, tensor<37x1x3x3xf32>) -> tensor<?x37x?x?xf32>
  return %0 : tensor<?x37x?x?xf32>
}

func.func @depthwise_strided(%x: tensor<?x16x?x?xf32>, %w: tensor<16x1x5x5xf32>) -> tensor<?x16x?x?xf32> attributes {shapes = [[array<i64: 1, 16, 9, 8>, array<i64: 16, 1, 5, 5>], [array<i64: 1, 16, 7, 33>, array<i64: 16, 1, 5, 5>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, group = 16 : i64} : (tensor<?x16x?x?xf32>, tensor<16x1x5x5xf32>) -> tensor<?x16x?x?xf32>
  return %0 : tensor<?x16x?x?xf32>
}

// Two results for each channel.
func.func @depthwise_multiplied(%x: tensor<?x5x?x?xf32>, %w: tensor<10x1x3x3xf32>) -> tensor<?x10x?x?xf32> attributes {shapes = [[array<i64: 1, 5, 4, 6>, array<i64: 10, 1, 3, 3>]]} {
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 5 : i64} : (tensor<?x5x?x?xf32>, tensor<10x1x3x3xf32>) -> tensor<?x10x?x?xf32>
  return %0 : tensor<?x10x?x?xf32>
}

// Packed weights; rows of every length.
func.func @packed3x3(%x: tensor<?x4x?x?xf32>) -> tensor<?x5x?x?xf32> attributes {shapes = [[array<i64: 1, 4, 5, 6>], [array<i64: 2, 4, 1, 1>], [array<i64: 1, 4, 3, 33>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875, -0.375], [0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625]], [[0.0, -0.5625, 0.3125], [-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875]], [[0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5]], [[-0.0625, -0.625, 0.25], [-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25]]], [[[0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875], [0.125, -0.4375, 0.4375]], [[-0.125, -0.6875, 0.1875], [-0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125]], [[0.5625, 0.0, -0.5625], [0.3125, -0.25, 0.625], [0.0625, -0.5, 0.375]], [[-0.1875, 0.6875, 0.125], [-0.4375, 0.4375, -0.125], [-0.6875, 0.1875, -0.375]]], [[[0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625], [0.0, -0.5625, 0.3125]], [[-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875], [0.6875, 0.125, -0.4375]], [[0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5], [-0.0625, -0.625, 0.25]], [[-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25], [0.625, 0.0625, -0.5]]], [[[0.375, -0.1875, 0.6875], [0.125, -0.4375, 0.4375], [-0.125, -0.6875, 0.1875]], [[-0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125], [0.5625, 0.0, -0.5625]], [[0.3125, -0.25, 0.625], [0.0625, -0.5, 0.375], [-0.1875, 0.6875, 0.125]], [[-0.4375, 0.4375, -0.125], [-0.6875, 0.1875, -0.375], [0.5, -0.0625, -0.625]]], [[[0.25, -0.3125, 0.5625], [0.0, -0.5625, 0.3125], [-0.25, 0.625, 0.0625]], [[-0.5, 0.375, -0.1875], [0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875]], [[0.1875, -0.375, 0.5], [-0.0625, -0.625, 0.25], [-0.3125, 0.5625, 0.0]], [[-0.5625, 0.3125, -0.25], [0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875]]]]> : tensor<5x4x3x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x4x?x?xf32>, tensor<5x4x3x3xf32>) -> tensor<?x5x?x?xf32>
  return %0 : tensor<?x5x?x?xf32>
}

// An image: its few channels are read where they lie.
func.func @packed_image(%x: tensor<?x3x?x?xf32>) -> tensor<?x4x?x?xf32> attributes {shapes = [[array<i64: 1, 3, 9, 11>], [array<i64: 2, 3, 2, 40>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875, -0.375], [0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625]], [[0.0, -0.5625, 0.3125], [-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875]], [[0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5]]], [[[-0.0625, -0.625, 0.25], [-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25]], [[0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875], [0.125, -0.4375, 0.4375]], [[-0.125, -0.6875, 0.1875], [-0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125]]], [[[0.5625, 0.0, -0.5625], [0.3125, -0.25, 0.625], [0.0625, -0.5, 0.375]], [[-0.1875, 0.6875, 0.125], [-0.4375, 0.4375, -0.125], [-0.6875, 0.1875, -0.375]], [[0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625], [0.0, -0.5625, 0.3125]]], [[[-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875], [0.6875, 0.125, -0.4375]], [[0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5], [-0.0625, -0.625, 0.25]], [[-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25], [0.625, 0.0625, -0.5]]]]> : tensor<4x3x3x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x3x?x?xf32>, tensor<4x3x3x3xf32>) -> tensor<?x4x?x?xf32>
  return %0 : tensor<?x4x?x?xf32>
}

func.func @packed_pointwise(%x: tensor<?x6x?x?xf32>) -> tensor<?x3x?x?xf32> attributes {shapes = [[array<i64: 1, 6, 3, 5>], [array<i64: 3, 6, 1, 1>]]} {
  %w = graph.constant dense<[[[[-0.6875]], [[0.1875]], [[-0.375]], [[0.5]], [[-0.0625]], [[-0.625]]], [[[0.25]], [[-0.3125]], [[0.5625]], [[0.0]], [[-0.5625]], [[0.3125]]], [[[-0.25]], [[0.625]], [[0.0625]], [[-0.5]], [[0.375]], [[-0.1875]]]]> : tensor<3x6x1x1xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x6x?x?xf32>, tensor<3x6x1x1xf32>) -> tensor<?x3x?x?xf32>
  return %0 : tensor<?x3x?x?xf32>
}

func.func @packed_grouped(%x: tensor<?x4x?x?xf32>) -> tensor<?x6x?x?xf32> attributes {shapes = [[array<i64: 2, 4, 6, 7>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875, -0.375], [0.5, -0.0625, -0.625]], [[0.25, -0.3125, 0.5625], [0.0, -0.5625, 0.3125]]], [[[-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875]], [[0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875]]], [[[0.1875, -0.375, 0.5], [-0.0625, -0.625, 0.25]], [[-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25]]], [[[0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875]], [[0.125, -0.4375, 0.4375], [-0.125, -0.6875, 0.1875]]], [[[-0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125]], [[0.5625, 0.0, -0.5625], [0.3125, -0.25, 0.625]]], [[[0.0625, -0.5, 0.375], [-0.1875, 0.6875, 0.125]], [[-0.4375, 0.4375, -0.125], [-0.6875, 0.1875, -0.375]]]]> : tensor<6x2x2x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 2>, pads = array<i64: 1, 0, 0, 1>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<?x4x?x?xf32>, tensor<6x2x2x3xf32>) -> tensor<?x6x?x?xf32>
  return %0 : tensor<?x6x?x?xf32>
}

func.func @packed_dilated(%x: tensor<?x2x?x?xf32>) -> tensor<?x3x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 8, 9>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875, -0.375], [0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625]], [[0.0, -0.5625, 0.3125], [-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875]]], [[[0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5]], [[-0.0625, -0.625, 0.25], [-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25]]], [[[0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875], [0.125, -0.4375, 0.4375]], [[-0.125, -0.6875, 0.1875], [-0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125]]]]> : tensor<3x2x3x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 2, 2>, group = 1 : i64} : (tensor<?x2x?x?xf32>, tensor<3x2x3x3xf32>) -> tensor<?x3x?x?xf32>
  return %0 : tensor<?x3x?x?xf32>
}

func.func @packed_depthwise(%x: tensor<?x6x?x?xf32>) -> tensor<?x6x?x?xf32> attributes {shapes = [[array<i64: 1, 6, 6, 5>], [array<i64: 1, 6, 4, 14>], [array<i64: 2, 6, 1, 2>]]} {
  %w = graph.constant dense<[[[[-0.6875, 0.1875, -0.375], [0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625]]], [[[0.0, -0.5625, 0.3125], [-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875]]], [[[0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875], [0.1875, -0.375, 0.5]]], [[[-0.0625, -0.625, 0.25], [-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25]]], [[[0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875], [0.125, -0.4375, 0.4375]]], [[[-0.125, -0.6875, 0.1875], [-0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125]]]]> : tensor<6x1x3x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 6 : i64} : (tensor<?x6x?x?xf32>, tensor<6x1x3x3xf32>) -> tensor<?x6x?x?xf32>
  return %0 : tensor<?x6x?x?xf32>
}

// One spatial dimension.
func.func @packed_line(%x: tensor<?x4x?xf32>) -> tensor<?x5x?xf32> attributes {shapes = [[array<i64: 1, 4, 9>], [array<i64: 2, 4, 2>]]} {
  %w = graph.constant dense<[[[-0.6875, 0.1875, -0.375], [0.5, -0.0625, -0.625], [0.25, -0.3125, 0.5625], [0.0, -0.5625, 0.3125]], [[-0.25, 0.625, 0.0625], [-0.5, 0.375, -0.1875], [0.6875, 0.125, -0.4375], [0.4375, -0.125, -0.6875]], [[0.1875, -0.375, 0.5], [-0.0625, -0.625, 0.25], [-0.3125, 0.5625, 0.0], [-0.5625, 0.3125, -0.25]], [[0.625, 0.0625, -0.5], [0.375, -0.1875, 0.6875], [0.125, -0.4375, 0.4375], [-0.125, -0.6875, 0.1875]], [[-0.375, 0.5, -0.0625], [-0.625, 0.25, -0.3125], [0.5625, 0.0, -0.5625], [0.3125, -0.25, 0.625]]]> : tensor<5x4x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 2>, pads = array<i64: 1, 1>, dilations = array<i64: 1>, group = 1 : i64} : (tensor<?x4x?xf32>, tensor<5x4x3xf32>) -> tensor<?x5x?xf32>
  return %0 : tensor<?x5x?xf32>
}

// Three.
func.func @packed_volume(%x: tensor<?x2x?x?x?xf32>) -> tensor<?x3x?x?x?xf32> attributes {shapes = [[array<i64: 1, 2, 3, 4, 5>]]} {
  %w = graph.constant dense<[[[[[-0.6875, 0.1875], [-0.375, 0.5]], [[-0.0625, -0.625], [0.25, -0.3125]]], [[[0.5625, 0.0], [-0.5625, 0.3125]], [[-0.25, 0.625], [0.0625, -0.5]]]], [[[[0.375, -0.1875], [0.6875, 0.125]], [[-0.4375, 0.4375], [-0.125, -0.6875]]], [[[0.1875, -0.375], [0.5, -0.0625]], [[-0.625, 0.25], [-0.3125, 0.5625]]]], [[[[0.0, -0.5625], [0.3125, -0.25]], [[0.625, 0.0625], [-0.5, 0.375]]], [[[-0.1875, 0.6875], [0.125, -0.4375]], [[0.4375, -0.125], [-0.6875, 0.1875]]]]]> : tensor<3x2x2x2x2xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 1, 1, 1>, dilations = array<i64: 1, 1, 1>, group = 1 : i64} : (tensor<?x2x?x?x?xf32>, tensor<3x2x2x2x2xf32>) -> tensor<?x3x?x?x?xf32>
  return %0 : tensor<?x3x?x?x?xf32>
}

// Bias, activation and residual in the epilogue.
func.func @channels_last(%x: tensor<?x?x?x6xf32>, %r: tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32> attributes {shapes = [[array<i64: 1, 4, 5, 6>, array<i64: 1, 4, 5, 3>], [array<i64: 2, 1, 3, 6>, array<i64: 2, 1, 3, 3>]]} {
  %w = graph.constant dense<[[[[-1.375]], [[0.375]], [[-0.75]], [[1.0]], [[-0.125]], [[-1.25]]], [[[0.5]], [[-0.625]], [[1.125]], [[0.0]], [[-1.125]], [[0.625]]], [[[-0.5]], [[1.25]], [[0.125]], [[-1.0]], [[0.75]], [[-0.375]]]]> : tensor<3x6x1x1xf32>
  %b = graph.constant dense<[0.5, -0.25, 1.0]> : tensor<3xf32>
  %0 = graph.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, channels_last} : (tensor<?x?x?x6xf32>, tensor<3x6x1x1xf32>, tensor<3xf32>) -> tensor<?x?x?x3xf32>
  %1 = graph.unary relu %0 : (tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>
  %2 = graph.binary add %1, %r : (tensor<?x?x?x3xf32>, tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>
  return %2 : tensor<?x?x?x3xf32>
}

// 8-bit products; the border stands for the zero point.
func.func @integer(%x: tensor<?x6x?x?xui8>) -> tensor<?x3x?x?xi32> attributes {shapes = [[array<i64: 1, 6, 5, 6>], [array<i64: 2, 6, 1, 1>]]} {
  %w = graph.constant dense<[[[[-125, -72, -19], [34, 87, -111], [-58, -5, 48]], [[101, -97, -44], [9, 62, 115], [-83, -30, 23]], [[76, -122, -69], [-16, 37, 90], [-108, -55, -2]], [[51, 104, -94], [-41, 12, 65], [118, -80, -27]], [[26, 79, -119], [-66, -13, 40], [93, -105, -52]], [[1, 54, 107], [-91, -38, 15], [68, 121, -77]]], [[[-24, 29, 82], [-116, -63, -10], [43, 96, -102]], [[-49, 4, 57], [110, -88, -35], [18, 71, 124]], [[-74, -21, 32], [85, -113, -60], [-7, 46, 99]], [[-99, -46, 7], [60, 113, -85], [-32, 21, 74]], [[-124, -71, -18], [35, 88, -110], [-57, -4, 49]], [[102, -96, -43], [10, 63, 116], [-82, -29, 24]]], [[[77, -121, -68], [-15, 38, 91], [-107, -54, -1]], [[52, 105, -93], [-40, 13, 66], [119, -79, -26]], [[27, 80, -118], [-65, -12, 41], [94, -104, -51]], [[2, 55, 108], [-90, -37, 16], [69, 122, -76]], [[-23, 30, 83], [-115, -62, -9], [44, 97, -101]], [[-48, 5, 58], [111, -87, -34], [19, 72, 125]]]]> : tensor<3x6x3x3xi8>
  %z = graph.constant dense<100> : tensor<ui8>
  %zw = graph.constant dense<0> : tensor<i8>
  %0 = graph.conv_integer %x, %w, %z, %zw {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x6x?x?xui8>, tensor<3x6x3x3xi8>, tensor<ui8>, tensor<i8>) -> tensor<?x3x?x?xi32>
  return %0 : tensor<?x3x?x?xi32>
}

func.func @integer_signed(%x: tensor<?x4x?x?xi8>) -> tensor<?x5x?x?xi32> attributes {shapes = [[array<i64: 1, 4, 5, 6>]]} {
  %w = graph.constant dense<[[[[-125]], [[-72]], [[-19]], [[34]]], [[[87]], [[-111]], [[-58]], [[-5]]], [[[48]], [[101]], [[-97]], [[-44]]], [[[9]], [[62]], [[115]], [[-83]]], [[[-30]], [[23]], [[76]], [[-122]]]]> : tensor<5x4x1x1xi8>
  %z = graph.constant dense<-7> : tensor<i8>
  %zw = graph.constant dense<0> : tensor<i8>
  %0 = graph.conv_integer %x, %w, %z, %zw {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x4x?x?xi8>, tensor<5x4x1x1xi8>, tensor<i8>, tensor<i8>) -> tensor<?x5x?x?xi32>
  return %0 : tensor<?x5x?x?xi32>
}

// Few channels: the copy that pads lays them out, without a border, too.
func.func @integer_image(%x: tensor<?x3x?x?xi8>) -> (tensor<?x2x?x?xi32>, tensor<?x2x?x?xi32>) attributes {shapes = [[array<i64: 2, 3, 5, 7>], [array<i64: 1, 3, 2, 2>]]} {
  %w = graph.constant dense<[[[[-93, 18], [89, 78]], [[68, -111], [-62, -97]], [[-1, 67], [-12, -7]]], [[[39, -30], [74, -74]], [[-103, -3], [-120, 101]], [[86, -28], [-17, 28]]]]> : tensor<2x3x2x2xi8>
  %z = graph.constant dense<-9> : tensor<i8>
  %zw = graph.constant dense<0> : tensor<i8>
  %0 = graph.conv_integer %x, %w, %z, %zw {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x3x?x?xi8>, tensor<2x3x2x2xi8>, tensor<i8>, tensor<i8>) -> tensor<?x2x?x?xi32>
  %1 = graph.conv_integer %x, %w, %z, %zw {strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 1, 2>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<?x3x?x?xi8>, tensor<2x3x2x2xi8>, tensor<i8>, tensor<i8>) -> tensor<?x2x?x?xi32>
  return %0, %1 : tensor<?x2x?x?xi32>, tensor<?x2x?x?xi32>
}

func.func @integer_depthwise(%x: tensor<?x5x?x?xui8>) -> tensor<?x5x?x?xi32> attributes {shapes = [[array<i64: 1, 5, 5, 6>], [array<i64: 1, 5, 4, 23>]]} {
  %w = graph.constant dense<[[[[-125, -72, -19], [34, 87, -111], [-58, -5, 48]]], [[[101, -97, -44], [9, 62, 115], [-83, -30, 23]]], [[[76, -122, -69], [-16, 37, 90], [-108, -55, -2]]], [[[51, 104, -94], [-41, 12, 65], [118, -80, -27]]], [[[26, 79, -119], [-66, -13, 40], [93, -105, -52]]]]> : tensor<5x1x3x3xi8>
  %z = graph.constant dense<100> : tensor<ui8>
  %zw = graph.constant dense<0> : tensor<i8>
  %0 = graph.conv_integer %x, %w, %z, %zw {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 5 : i64} : (tensor<?x5x?x?xui8>, tensor<5x1x3x3xi8>, tensor<ui8>, tensor<i8>) -> tensor<?x5x?x?xi32>
  return %0 : tensor<?x5x?x?xi32>
}

func.func @integer_grouped(%x: tensor<?x4x?x?xui8>) -> tensor<?x4x?x?xi32> attributes {shapes = [[array<i64: 1, 4, 5, 6>]]} {
  %w = graph.constant dense<[[[[-125], [-72], [-19]], [[34], [87], [-111]]], [[[-58], [-5], [48]], [[101], [-97], [-44]]], [[[9], [62], [115]], [[-83], [-30], [23]]], [[[76], [-122], [-69]], [[-16], [37], [90]]]]> : tensor<4x2x3x1xi8>
  %z = graph.constant dense<100> : tensor<ui8>
  %zw = graph.constant dense<0> : tensor<i8>
  %0 = graph.conv_integer %x, %w, %z, %zw {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 1, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<?x4x?x?xui8>, tensor<4x2x3x1xi8>, tensor<ui8>, tensor<i8>) -> tensor<?x4x?x?xi32>
  return %0 : tensor<?x4x?x?xi32>
}

// Windows larger than the input.
func.func @wide_windows(%x: tensor<1x2x?x2xf32>) -> tensor<1x4x?x2xf32> attributes {
    cases = [{inputs = [dense<1.0> : tensor<1x2x1x2xf32>], outputs = [dense<2.0> : tensor<1x4x2x2xf32>]}]} {
  %w = graph.constant dense<0.5> : tensor<4x2x4x3xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 2, 1, 2, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x?x2xf32>, tensor<4x2x4x3xf32>) -> tensor<1x4x?x2xf32>
  return %0 : tensor<1x4x?x2xf32>
}
