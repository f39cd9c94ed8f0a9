// Matrix products. Sizes that fill no register block, constant (packed) and run-time right operands, every element type.

func.func @small(%x: tensor<2x3xf32>, %y: tensor<3x2xf32>) -> tensor<2x2xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[[1.0, 0.0], [0.0, 1.0], [10.0, 100.0]]> : tensor<3x2xf32>],
              outputs = [dense<[[31.0, 302.0], [64.0, 605.0]]> : tensor<2x2xf32>]}]} {
  %0 = graph.matmul %x, %y : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// Operands of one dimension: a row on the left, a column on the right, which the result drops.
func.func @vectors(%x: tensor<3xf32>, %y: tensor<3x2xf32>, %z: tensor<2xf32>) -> (tensor<2xf32>, tensor<3xf32>, tensor<f32>) attributes {
    cases = [{inputs = [dense<[1.0, 2.0, 3.0]> : tensor<3xf32>, dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>, dense<[1.0, -1.0]> : tensor<2xf32>],
              outputs = [dense<[22.0, 28.0]> : tensor<2xf32>, dense<[-1.0, -1.0, -1.0]> : tensor<3xf32>, dense<14.0> : tensor<f32>]}]} {
  %0 = graph.matmul %x, %y : (tensor<3xf32>, tensor<3x2xf32>) -> tensor<2xf32>
  %1 = graph.matmul %y, %z : (tensor<3x2xf32>, tensor<2xf32>) -> tensor<3xf32>
  %2 = graph.matmul %x, %x : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  return %0, %1, %2 : tensor<2xf32>, tensor<3xf32>, tensor<f32>
}

func.func @dynamic(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> attributes {
    shapes = [[array<i64: 1, 1>, array<i64: 1, 1>], [array<i64: 7, 17>, array<i64: 17, 33>], [array<i64: 15, 64>, array<i64: 64, 40>],
              [array<i64: 29, 5>, array<i64: 5, 16>], [array<i64: 3, 0>, array<i64: 0, 4>], [array<i64: 0, 4>, array<i64: 4, 4>]]} {
  %0 = graph.matmul %x, %y : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

func.func @inner_contradiction(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> attributes {
    cases = [{inputs = [dense<1.0> : tensor<2x3xf32>, dense<1.0> : tensor<4x2xf32>], error = "3"}]} {
  %0 = graph.matmul %x, %y : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

func.func @batches(%x: tensor<?x1x5x6xf32>, %y: tensor<3x6x?xf32>) -> tensor<?x3x5x?xf32> attributes {
    shapes = [[array<i64: 2, 1, 5, 6>, array<i64: 3, 6, 7>], [array<i64: 1, 1, 5, 6>, array<i64: 3, 6, 17>]]} {
  %0 = graph.matmul %x, %y : (tensor<?x1x5x6xf32>, tensor<3x6x?xf32>) -> tensor<?x3x5x?xf32>
  return %0 : tensor<?x3x5x?xf32>
}

// Columns that fill one and a half, half of, and less than a register; rows that fill blocks and leave some.
func.func @packed(%x: tensor<?x5xf32>) -> (tensor<?x3xf32>, tensor<?x8xf32>, tensor<?x24xf32>, tensor<?x40xf32>) attributes {
    shapes = [[array<i64: 1, 5>], [array<i64: 13, 5>], [array<i64: 43, 5>]]} {
  %a = graph.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0], [-1.0, -2.0, -3.0], [0.5, 0.25, 0.125]]> : tensor<5x3xf32>
  %one = graph.constant dense<1.0> : tensor<5x8xf32>
  %half = graph.constant dense<0.5> : tensor<5x24xf32>
  %third = graph.constant dense<0.3> : tensor<5x40xf32>
  %0 = graph.matmul %x, %a : (tensor<?x5xf32>, tensor<5x3xf32>) -> tensor<?x3xf32>
  %1 = graph.matmul %x, %one : (tensor<?x5xf32>, tensor<5x8xf32>) -> tensor<?x8xf32>
  %2 = graph.matmul %x, %half : (tensor<?x5xf32>, tensor<5x24xf32>) -> tensor<?x24xf32>
  %3 = graph.matmul %x, %third : (tensor<?x5xf32>, tensor<5x40xf32>) -> tensor<?x40xf32>
  return %0, %1, %2, %3 : tensor<?x3xf32>, tensor<?x8xf32>, tensor<?x24xf32>, tensor<?x40xf32>
}

// Bias, a function and a residual in the epilogue.
func.func @epilogue(%x: tensor<?x6xf32>, %r: tensor<?x20xf32>) -> tensor<?x20xf32> attributes {
    shapes = [[array<i64: 9, 6>, array<i64: 9, 20>], [array<i64: 1, 6>, array<i64: 1, 20>]]} {
  %w = graph.constant dense<0.25> : tensor<6x20xf32>
  %b = graph.constant dense<-0.125> : tensor<20xf32>
  %0 = graph.matmul %x, %w : (tensor<?x6xf32>, tensor<6x20xf32>) -> tensor<?x20xf32>
  %1 = graph.binary add %0, %b : (tensor<?x20xf32>, tensor<20xf32>) -> tensor<?x20xf32>
  %2 = graph.unary gelu %1 : (tensor<?x20xf32>) -> tensor<?x20xf32>
  %3 = graph.binary add %2, %r : (tensor<?x20xf32>, tensor<?x20xf32>) -> tensor<?x20xf32>
  return %3 : tensor<?x20xf32>
}

func.func @double(%x: tensor<3x19xf64>, %y: tensor<19x5xf64>) -> tensor<3x5xf64> attributes {shapes = [[array<i64: 3, 19>, array<i64: 19, 5>]]} {
  %0 = graph.matmul %x, %y : (tensor<3x19xf64>, tensor<19x5xf64>) -> tensor<3x5xf64>
  return %0 : tensor<3x5xf64>
}

func.func @half(%x: tensor<3x19xf16>, %y: tensor<19x5xf16>) -> tensor<3x5xf16> attributes {shapes = [[array<i64: 3, 19>, array<i64: 19, 5>]]} {
  %0 = graph.matmul %x, %y : (tensor<3x19xf16>, tensor<19x5xf16>) -> tensor<3x5xf16>
  return %0 : tensor<3x5xf16>
}

func.func @bfloat(%x: tensor<3x19xbf16>, %y: tensor<19x5xbf16>) -> tensor<3x5xbf16> attributes {shapes = [[array<i64: 3, 19>, array<i64: 19, 5>]]} {
  %0 = graph.matmul %x, %y : (tensor<3x19xbf16>, tensor<19x5xbf16>) -> tensor<3x5xbf16>
  return %0 : tensor<3x5xbf16>
}

func.func @integers(%x: tensor<2x3xi32>, %y: tensor<3x2xi32>) -> tensor<2x2xi32> attributes {
    cases = [{inputs = [dense<[[1, -2, 3], [100000, 2, 1]]> : tensor<2x3xi32>, dense<[[1, 2], [3, 4], [100000, 5]]> : tensor<3x2xi32>],
              outputs = [dense<[[299995, 9], [200006, 200013]]> : tensor<2x2xi32>]}]} {
  %0 = graph.matmul %x, %y : (tensor<2x3xi32>, tensor<3x2xi32>) -> tensor<2x2xi32>
  return %0 : tensor<2x2xi32>
}

// Pairs of products that a saturating 16-bit sum would cut: 255 * 127 * 2 > 32767.
func.func @u8s8(%x: tensor<?x8xui8>) -> tensor<?x2xi32> attributes {
    cases = [{inputs = [dense<[[255, 255, 255, 255, 255, 255, 255, 255], [1, 2, 3, 4, 5, 6, 7, 8]]> : tensor<2x8xui8>],
              outputs = [dense<[[259080, -261120], [4572, -4608]]> : tensor<2x2xi32>]}]} {
  %w = graph.constant dense<[[127, -128], [127, -128], [127, -128], [127, -128], [127, -128], [127, -128], [127, -128], [127, -128]]> : tensor<8x2xi8>
  %a = graph.constant dense<0> : tensor<ui8>
  %b = graph.constant dense<0> : tensor<i8>
  %0 = graph.matmul_integer %x, %w, %a, %b : (tensor<?x8xui8>, tensor<8x2xi8>, tensor<ui8>, tensor<i8>) -> tensor<?x2xi32>
  return %0 : tensor<?x2xi32>
}

// Σ (x - zero) (w - zero), each sign of each side, zero points known only at run time, depth 5 in groups of 4.
func.func @zero_points(%x: tensor<2x5xui8>, %y: tensor<2x5xi8>, %zx: tensor<ui8>, %zy: tensor<i8>) -> (tensor<2x2xi32>, tensor<2x2xi32>) attributes {
    cases = [{inputs = [dense<[[0, 255, 10, 20, 30], [1, 1, 1, 1, 1]]> : tensor<2x5xui8>, dense<[[-128, 127, 10, -20, 30], [1, 1, 1, 1, 1]]> : tensor<2x5xi8>,
                        dense<100> : tensor<ui8>, dense<-5> : tensor<i8>],
              outputs = [dense<[[-730, 410], [-1485, 495]]> : tensor<2x2xi32>, dense<[[301, 53], [90, -30]]> : tensor<2x2xi32>]}]} {
  %w = graph.constant dense<[[1, -1], [2, 0], [3, -1], [4, -1], [5, -2]]> : tensor<5x2xi8>
  %b = graph.constant dense<0> : tensor<i8>
  %0 = graph.matmul_integer %x, %w, %zx, %b : (tensor<2x5xui8>, tensor<5x2xi8>, tensor<ui8>, tensor<i8>) -> tensor<2x2xi32>
  %1 = graph.matmul_integer %y, %w, %zy, %b : (tensor<2x5xi8>, tensor<5x2xi8>, tensor<i8>, tensor<i8>) -> tensor<2x2xi32>
  return %0, %1 : tensor<2x2xi32>, tensor<2x2xi32>
}

// A zero point a row on the left, a column on the right.
func.func @zero_points_each(%x: tensor<2x2xui8>, %y: tensor<2x2xui8>) -> tensor<2x2xi32> attributes {
    cases = [{inputs = [dense<[[1, 2], [3, 4]]> : tensor<2x2xui8>, dense<[[5, 6], [7, 8]]> : tensor<2x2xui8>],
              outputs = [dense<[[7, 7], [3, 3]]> : tensor<2x2xi32>]}]} {
  %zx = graph.constant dense<[0, 3]> : tensor<2xui8>
  %zy = graph.constant dense<[4, 5]> : tensor<2xui8>
  %0 = graph.matmul_integer %x, %y, %zx, %zy : (tensor<2x2xui8>, tensor<2x2xui8>, tensor<2xui8>, tensor<2xui8>) -> tensor<2x2xi32>
  return %0 : tensor<2x2xi32>
}

func.func @integer_blocks(%x: tensor<?x37xui8>) -> (tensor<?x24xi32>, tensor<?x50xi32>) attributes {shapes = [[array<i64: 1, 37>], [array<i64: 17, 37>], [array<i64: 30, 37>]]} {
  %w = graph.constant dense<-7> : tensor<37x24xi8>
  %v = graph.constant dense<101> : tensor<37x50xi8>
  %a = graph.constant dense<3> : tensor<ui8>
  %b = graph.constant dense<0> : tensor<i8>
  %0 = graph.matmul_integer %x, %w, %a, %b : (tensor<?x37xui8>, tensor<37x24xi8>, tensor<ui8>, tensor<i8>) -> tensor<?x24xi32>
  %1 = graph.matmul_integer %x, %v, %a, %b : (tensor<?x37xui8>, tensor<37x50xi8>, tensor<ui8>, tensor<i8>) -> tensor<?x50xi32>
  return %0, %1 : tensor<?x24xi32>, tensor<?x50xi32>
}

func.func @channels_contradiction(%x: tensor<1x?x4x4xf32>) -> tensor<1x2x4x4xf32> attributes {
    cases = [{inputs = [dense<1.0> : tensor<1x5x4x4xf32>], error = "an input of 5 channels, not 3"}]} {
  %w = graph.constant dense<1.0> : tensor<2x3x1x1xf32>
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x?x4x4xf32>, tensor<2x3x1x1xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}
