// Elementwise arithmetic: values that need thought given by hand, everything else beside the evaluator.

// Integers wrap at the width of their type.
func.func @add_wraps(%x: tensor<3xui8>, %y: tensor<3xui8>) -> tensor<3xui8> attributes {
    cases = [{inputs = [dense<[250, 1, 255]> : tensor<3xui8>, dense<[10, 2, 1]> : tensor<3xui8>],
              outputs = [dense<[4, 3, 0]> : tensor<3xui8>]}]} {
  %0 = graph.binary add %x, %y : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xui8>
  return %0 : tensor<3xui8>
}

func.func @mul_wraps(%x: tensor<2xi16>, %y: tensor<2xi16>) -> tensor<2xi16> attributes {
    cases = [{inputs = [dense<[300, -300]> : tensor<2xi16>, dense<[300, 3]> : tensor<2xi16>],
              outputs = [dense<[24464, -900]> : tensor<2xi16>]}]} {
  %0 = graph.binary mul %x, %y : (tensor<2xi16>, tensor<2xi16>) -> tensor<2xi16>
  return %0 : tensor<2xi16>
}

// Towards zero; mod has the sign of the divisor, fmod that of the dividend.
func.func @integer_division(%x: tensor<4xi32>, %y: tensor<4xi32>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) attributes {
    cases = [{inputs = [dense<[7, -7, 7, -7]> : tensor<4xi32>, dense<[2, 2, -2, -2]> : tensor<4xi32>],
              outputs = [dense<[3, -3, -3, 3]> : tensor<4xi32>, dense<[1, 1, -1, -1]> : tensor<4xi32>,
                         dense<[1, -1, 1, -1]> : tensor<4xi32>]}]} {
  %0 = graph.binary div %x, %y : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %1 = graph.binary mod %x, %y : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %2 = graph.binary fmod %x, %y : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %0, %1, %2 : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>
}

func.func @unsigned_division(%x: tensor<2xui8>, %y: tensor<2xui8>) -> (tensor<2xui8>, tensor<2xui8>) attributes {
    cases = [{inputs = [dense<[250, 7]> : tensor<2xui8>, dense<[7, 250]> : tensor<2xui8>],
              outputs = [dense<[35, 0]> : tensor<2xui8>, dense<[5, 7]> : tensor<2xui8>]}]} {
  %0 = graph.binary div %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %1 = graph.binary mod %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  return %0, %1 : tensor<2xui8>, tensor<2xui8>
}

func.func @float_remainder(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> attributes {
    cases = [{inputs = [dense<[5.5, -5.5, 5.5, -5.5]> : tensor<4xf32>, dense<[2.0, 2.0, -2.0, -2.0]> : tensor<4xf32>],
              outputs = [dense<[1.5, -1.5, 1.5, -1.5]> : tensor<4xf32>]}]} {
  %0 = graph.binary fmod %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A NaN on either side wins.
func.func @min_max_nan(%x: tensor<3xf32>, %y: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) attributes {
    cases = [{inputs = [dense<[0x7FC00000, 1.0, -1.0]> : tensor<3xf32>, dense<[1.0, 0x7FC00000, 2.0]> : tensor<3xf32>],
              outputs = [dense<[0x7FC00000, 0x7FC00000, -1.0]> : tensor<3xf32>, dense<[0x7FC00000, 0x7FC00000, 2.0]> : tensor<3xf32>]}]} {
  %0 = graph.binary min %x, %y : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %1 = graph.binary max %x, %y : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

func.func @min_max_unsigned(%x: tensor<2xui8>, %y: tensor<2xui8>) -> (tensor<2xui8>, tensor<2xui8>) attributes {
    cases = [{inputs = [dense<[200, 3]> : tensor<2xui8>, dense<[100, 130]> : tensor<2xui8>],
              outputs = [dense<[100, 3]> : tensor<2xui8>, dense<[200, 130]> : tensor<2xui8>]}]} {
  %0 = graph.binary min %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %1 = graph.binary max %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  return %0, %1 : tensor<2xui8>, tensor<2xui8>
}

func.func @pow(%x: tensor<5xf32>, %y: tensor<5xf32>) -> tensor<5xf32> attributes {
    cases = [{inputs = [dense<[2.0, -2.0, 9.0, 0.0, 5.0]> : tensor<5xf32>, dense<[10.0, 3.0, 0.5, 2.0, 0.0]> : tensor<5xf32>],
              outputs = [dense<[1024.0, -8.0, 3.0, 0.0, 1.0]> : tensor<5xf32>]}]} {
  %0 = graph.binary pow %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

func.func @pow_mixed(%x: tensor<3xf32>, %y: tensor<3xi64>) -> tensor<3xf32> attributes {
    cases = [{inputs = [dense<[2.0, -3.0, 0.5]> : tensor<3xf32>, dense<[3, 2, -2]> : tensor<3xi64>],
              outputs = [dense<[8.0, 9.0, 4.0]> : tensor<3xf32>]}]} {
  %0 = graph.binary pow %x, %y : (tensor<3xf32>, tensor<3xi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

func.func @logic(%x: tensor<4xi1>, %y: tensor<4xi1>) -> (tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>) attributes {
    cases = [{inputs = [dense<[true, true, false, false]> : tensor<4xi1>, dense<[true, false, true, false]> : tensor<4xi1>],
              outputs = [dense<[true, false, false, false]> : tensor<4xi1>, dense<[true, true, true, false]> : tensor<4xi1>,
                         dense<[false, true, true, false]> : tensor<4xi1>, dense<[false, false, true, true]> : tensor<4xi1>]}]} {
  %0 = graph.binary and %x, %y : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %1 = graph.binary or %x, %y : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %2 = graph.binary xor %x, %y : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %3 = graph.unary not %x : (tensor<4xi1>) -> tensor<4xi1>
  return %0, %1, %2, %3 : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>
}

func.func @bits(%x: tensor<2xui8>, %y: tensor<2xui8>) -> (tensor<2xui8>, tensor<2xui8>, tensor<2xui8>, tensor<2xui8>) attributes {
    cases = [{inputs = [dense<[12, 255]> : tensor<2xui8>, dense<[10, 15]> : tensor<2xui8>],
              outputs = [dense<[8, 15]> : tensor<2xui8>, dense<[14, 255]> : tensor<2xui8>,
                         dense<[6, 240]> : tensor<2xui8>, dense<[243, 0]> : tensor<2xui8>]}]} {
  %0 = graph.binary bit_and %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %1 = graph.binary bit_or %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %2 = graph.binary bit_xor %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %3 = graph.unary bit_not %x : (tensor<2xui8>) -> tensor<2xui8>
  return %0, %1, %2, %3 : tensor<2xui8>, tensor<2xui8>, tensor<2xui8>, tensor<2xui8>
}

func.func @shifts(%x: tensor<3xui16>, %y: tensor<3xui16>) -> (tensor<3xui16>, tensor<3xui16>) attributes {
    cases = [{inputs = [dense<[1, 65535, 40000]> : tensor<3xui16>, dense<[4, 1, 15]> : tensor<3xui16>],
              outputs = [dense<[16, 65534, 0]> : tensor<3xui16>, dense<[0, 32767, 1]> : tensor<3xui16>]}]} {
  %0 = graph.binary shift_left %x, %y : (tensor<3xui16>, tensor<3xui16>) -> tensor<3xui16>
  %1 = graph.binary shift_right %x, %y : (tensor<3xui16>, tensor<3xui16>) -> tensor<3xui16>
  return %0, %1 : tensor<3xui16>, tensor<3xui16>
}

// Numpy's broadcasting: missing and unit dimensions, on either side.
func.func @broadcast(%x: tensor<2x1x3xf32>, %y: tensor<4x1xf32>) -> tensor<2x4x3xf32> attributes {
    shapes = [[array<i64: 2, 1, 3>, array<i64: 4, 1>]]} {
  %0 = graph.binary sub %x, %y : (tensor<2x1x3xf32>, tensor<4x1xf32>) -> tensor<2x4x3xf32>
  return %0 : tensor<2x4x3xf32>
}

// Dimensions that may be 1 at run time, sizes that fill no whole vector, and no element at all.
func.func @broadcast_dynamic(%x: tensor<?x?xf32>, %y: tensor<?x?xf32>) -> tensor<?x?xf32> attributes {
    shapes = [[array<i64: 3, 19>, array<i64: 3, 19>], [array<i64: 3, 1>, array<i64: 1, 33>], [array<i64: 1, 1>, array<i64: 5, 16>],
              [array<i64: 0, 4>, array<i64: 1, 4>]]} {
  %0 = graph.binary add %x, %y : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

func.func @broadcast_contradiction(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> attributes {
    cases = [{inputs = [dense<1.0> : tensor<2xf32>, dense<1.0> : tensor<3xf32>], error = "2"}]} {
  %0 = graph.binary add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

func.func @scalar_operand(%x: tensor<?x7xf32>, %y: tensor<f32>) -> (tensor<?x7xf32>, tensor<?x7xf32>) attributes {
    shapes = [[array<i64: 1, 7>, array<i64>], [array<i64: 9, 7>, array<i64>]]} {
  %0 = graph.binary div %x, %y : (tensor<?x7xf32>, tensor<f32>) -> tensor<?x7xf32>
  %1 = graph.binary mul %y, %x : (tensor<f32>, tensor<?x7xf32>) -> tensor<?x7xf32>
  return %0, %1 : tensor<?x7xf32>, tensor<?x7xf32>
}

// Every float type, with the rounding of its own width after each op.
func.func @half(%x: tensor<37xf16>, %y: tensor<37xf16>) -> tensor<37xf16> attributes {shapes = [[array<i64: 37>, array<i64: 37>]]} {
  %0 = graph.binary mul %x, %y : (tensor<37xf16>, tensor<37xf16>) -> tensor<37xf16>
  %1 = graph.binary add %0, %x : (tensor<37xf16>, tensor<37xf16>) -> tensor<37xf16>
  return %1 : tensor<37xf16>
}

func.func @bfloat(%x: tensor<37xbf16>, %y: tensor<37xbf16>) -> tensor<37xbf16> attributes {shapes = [[array<i64: 37>, array<i64: 37>]]} {
  %0 = graph.binary mul %x, %y : (tensor<37xbf16>, tensor<37xbf16>) -> tensor<37xbf16>
  %1 = graph.binary add %0, %x : (tensor<37xbf16>, tensor<37xbf16>) -> tensor<37xbf16>
  return %1 : tensor<37xbf16>
}

func.func @double(%x: tensor<9xf64>, %y: tensor<9xf64>) -> tensor<9xf64> attributes {shapes = [[array<i64: 9>, array<i64: 9>]]} {
  %0 = graph.binary mul %x, %y : (tensor<9xf64>, tensor<9xf64>) -> tensor<9xf64>
  %1 = graph.binary sub %0, %x : (tensor<9xf64>, tensor<9xf64>) -> tensor<9xf64>
  return %1 : tensor<9xf64>
}

func.func @wide_integers(%x: tensor<2xi64>, %y: tensor<2xi64>) -> (tensor<2xi64>, tensor<2xi64>) attributes {
    cases = [{inputs = [dense<[9007199254740993, -5]> : tensor<2xi64>, dense<[2, 7]> : tensor<2xi64>],
              outputs = [dense<[9007199254740995, 2]> : tensor<2xi64>, dense<[18014398509481986, -35]> : tensor<2xi64>]}]} {
  %0 = graph.binary add %x, %y : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  %1 = graph.binary mul %x, %y : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %0, %1 : tensor<2xi64>, tensor<2xi64>
}
