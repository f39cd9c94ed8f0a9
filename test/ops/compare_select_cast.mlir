// Comparisons, choice and conversions.

// Nothing compares with a NaN but "not equal".
func.func @compare_floats(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>) attributes {
    cases = [{inputs = [dense<[1.0, 2.0, 0x7FC00000, -0.0]> : tensor<4xf32>, dense<[2.0, 2.0, 1.0, 0.0]> : tensor<4xf32>],
              outputs = [dense<[false, true, false, true]> : tensor<4xi1>, dense<[true, false, true, false]> : tensor<4xi1>,
                         dense<[true, false, false, false]> : tensor<4xi1>, dense<[true, true, false, true]> : tensor<4xi1>,
                         dense<[false, false, false, false]> : tensor<4xi1>, dense<[false, true, false, true]> : tensor<4xi1>]}]} {
  %0 = graph.compare eq %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %1 = graph.compare ne %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %2 = graph.compare lt %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %3 = graph.compare le %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %4 = graph.compare gt %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %5 = graph.compare ge %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  return %0, %1, %2, %3, %4, %5 : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>
}

// The top bit is a sign only where the type has one.
func.func @compare_signs(%x: tensor<2xi8>, %y: tensor<2xi8>, %u: tensor<2xui8>, %v: tensor<2xui8>) -> (tensor<2xi1>, tensor<2xi1>) attributes {
    cases = [{inputs = [dense<[-1, 1]> : tensor<2xi8>, dense<[1, -128]> : tensor<2xi8>, dense<[255, 1]> : tensor<2xui8>, dense<[1, 128]> : tensor<2xui8>],
              outputs = [dense<[true, false]> : tensor<2xi1>, dense<[false, true]> : tensor<2xi1>]}]} {
  %0 = graph.compare lt %x, %y : (tensor<2xi8>, tensor<2xi8>) -> tensor<2xi1>
  %1 = graph.compare lt %u, %v : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xi1>
  return %0, %1 : tensor<2xi1>, tensor<2xi1>
}

func.func @compare_broadcast(%x: tensor<?x1xi64>, %y: tensor<?xi64>) -> tensor<?x?xi1> attributes {
    shapes = [[array<i64: 5, 1>, array<i64: 18>], [array<i64: 1, 1>, array<i64: 1>]]} {
  %0 = graph.compare eq %x, %y : (tensor<?x1xi64>, tensor<?xi64>) -> tensor<?x?xi1>
  return %0 : tensor<?x?xi1>
}

func.func @select(%c: tensor<2x1xi1>, %x: tensor<3xf32>, %y: tensor<f32>) -> tensor<2x3xf32> attributes {
    cases = [{inputs = [dense<[[true], [false]]> : tensor<2x1xi1>, dense<[1.0, 2.0, 3.0]> : tensor<3xf32>, dense<-1.0> : tensor<f32>],
              outputs = [dense<[[1.0, 2.0, 3.0], [-1.0, -1.0, -1.0]]> : tensor<2x3xf32>]}]} {
  %0 = graph.select %c, %x, %y : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

func.func @select_dynamic(%c: tensor<?x?xi1>, %x: tensor<?x?xi32>, %y: tensor<?x?xi32>) -> tensor<?x?xi32> attributes {
    shapes = [[array<i64: 4, 21>, array<i64: 4, 1>, array<i64: 1, 21>], [array<i64: 1, 1>, array<i64: 2, 2>, array<i64: 2, 2>]]} {
  %0 = graph.select %c, %x, %y : (tensor<?x?xi1>, tensor<?x?xi32>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %0 : tensor<?x?xi32>
}

// Floats to integers towards zero; to bool anything but zero, a NaN too.
func.func @cast_from_float(%x: tensor<5xf32>) -> (tensor<5xi32>, tensor<5xi1>) attributes {
    cases = [{inputs = [dense<[1.9, -1.9, 0.4, -0.0, 0x7FC00000]> : tensor<5xf32>],
              outputs = [dense<[1, -1, 0, 0, 0]> : tensor<5xi32>, dense<[true, true, true, false, true]> : tensor<5xi1>]}]} {
  %0 = graph.cast %x {to = i32} : (tensor<5xf32>) -> tensor<5xi32>
  %1 = graph.cast %x {to = i1} : (tensor<5xf32>) -> tensor<5xi1>
  return %0, %1 : tensor<5xi32>, tensor<5xi1>
}

// Integers wrap, and keep their sign on the way to wider ones.
func.func @cast_integers(%x: tensor<4xi64>) -> (tensor<4xi8>, tensor<4xui8>, tensor<4xi16>) attributes {
    cases = [{inputs = [dense<[300, -1, 128, 70000]> : tensor<4xi64>],
              outputs = [dense<[44, -1, -128, 112]> : tensor<4xi8>, dense<[44, 255, 128, 112]> : tensor<4xui8>,
                         dense<[300, -1, 128, 4464]> : tensor<4xi16>]}]} {
  %0 = graph.cast %x {to = i8} : (tensor<4xi64>) -> tensor<4xi8>
  %1 = graph.cast %x {to = ui8} : (tensor<4xi64>) -> tensor<4xui8>
  %2 = graph.cast %x {to = i16} : (tensor<4xi64>) -> tensor<4xi16>
  return %0, %1, %2 : tensor<4xi8>, tensor<4xui8>, tensor<4xi16>
}

func.func @cast_widen(%x: tensor<3xi8>, %y: tensor<3xui8>, %z: tensor<2xi1>) -> (tensor<3xi64>, tensor<3xi64>, tensor<3xf32>, tensor<2xf32>) attributes {
    cases = [{inputs = [dense<[-128, -1, 127]> : tensor<3xi8>, dense<[128, 255, 1]> : tensor<3xui8>, dense<[true, false]> : tensor<2xi1>],
              outputs = [dense<[-128, -1, 127]> : tensor<3xi64>, dense<[128, 255, 1]> : tensor<3xi64>, dense<[128.0, 255.0, 1.0]> : tensor<3xf32>,
                         dense<[1.0, 0.0]> : tensor<2xf32>]}]} {
  %0 = graph.cast %x {to = i64} : (tensor<3xi8>) -> tensor<3xi64>
  %1 = graph.cast %y {to = i64} : (tensor<3xui8>) -> tensor<3xi64>
  %2 = graph.cast %y {to = f32} : (tensor<3xui8>) -> tensor<3xf32>
  %3 = graph.cast %z {to = f32} : (tensor<2xi1>) -> tensor<2xf32>
  return %0, %1, %2, %3 : tensor<3xi64>, tensor<3xi64>, tensor<3xf32>, tensor<2xf32>
}

// To the nearest of the narrower type, ties to even; too large becomes infinite.
func.func @cast_narrow_floats(%x: tensor<4xf32>) -> (tensor<4xf16>, tensor<4xbf16>) attributes {
    cases = [{inputs = [dense<[1.00048828125, 1.00146484375, 100000.0, 1.00390625]> : tensor<4xf32>],
              outputs = [dense<[1.0, 1.001953125, 0x7C00, 1.00390625]> : tensor<4xf16>, dense<[1.0, 1.0, 99840.0, 1.0]> : tensor<4xbf16>]}]} {
  %0 = graph.cast %x {to = f16} : (tensor<4xf32>) -> tensor<4xf16>
  %1 = graph.cast %x {to = bf16} : (tensor<4xf32>) -> tensor<4xbf16>
  return %0, %1 : tensor<4xf16>, tensor<4xbf16>
}

func.func @cast_vectors(%x: tensor<37xf32>, %y: tensor<37xf16>, %z: tensor<37xbf16>, %w: tensor<37xf64>) -> (tensor<37xf64>, tensor<37xf32>, tensor<37xf32>, tensor<37xf16>, tensor<37xbf16>) attributes {
    shapes = [[array<i64: 37>, array<i64: 37>, array<i64: 37>, array<i64: 37>]]} {
  %0 = graph.cast %x {to = f64} : (tensor<37xf32>) -> tensor<37xf64>
  %1 = graph.cast %y {to = f32} : (tensor<37xf16>) -> tensor<37xf32>
  %2 = graph.cast %z {to = f32} : (tensor<37xbf16>) -> tensor<37xf32>
  %3 = graph.cast %w {to = f16} : (tensor<37xf64>) -> tensor<37xf16>
  %4 = graph.cast %y {to = bf16} : (tensor<37xf16>) -> tensor<37xbf16>
  return %0, %1, %2, %3, %4 : tensor<37xf64>, tensor<37xf32>, tensor<37xf32>, tensor<37xf16>, tensor<37xbf16>
}

// Every kind of float8 and float4 there and back: halves to even, the largest number, subnormals, and what is too large.
func.func @narrow_floats(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) attributes {
    cases = [{inputs = [dense<[0.0, 1.0625, -1.1875, 500.0, 0.001, -70000.0, 7.0, 0.01]> : tensor<8xf32>],
              outputs = [dense<[0.0, 1.0, -1.25, 448.0, 0.001953125, -448.0, 7.0, 0.009765625]> : tensor<8xf32>,
                         dense<[0.0, 1.0, -1.25, 240.0, 0.0009765625, -240.0, 7.0, 0.009765625]> : tensor<8xf32>,
                         dense<[0.0, 1.0, -1.25, 512.0, 0.0009765625, -57344.0, 7.0, 0.009765625]> : tensor<8xf32>,
                         dense<[0.0, 1.0, -1.25, 512.0, 0.0009765625, -57344.0, 7.0, 0.009765625]> : tensor<8xf32>,
                         dense<[0.0, 1.0, -1.0, 6.0, 0.0, -6.0, 6.0, 0.0]> : tensor<8xf32>,
                         dense<[0.0, 1.0, -1.25, 512.0, 0.0009765625, 0xFF800000, 7.0, 0.009765625]> : tensor<8xf32>]}]} {
  %a = graph.cast %x {to = f8E4M3FN} : (tensor<8xf32>) -> tensor<8xf8E4M3FN>
  %b = graph.cast %x {to = f8E4M3FNUZ} : (tensor<8xf32>) -> tensor<8xf8E4M3FNUZ>
  %c = graph.cast %x {to = f8E5M2} : (tensor<8xf32>) -> tensor<8xf8E5M2>
  %d = graph.cast %x {to = f8E5M2FNUZ} : (tensor<8xf32>) -> tensor<8xf8E5M2FNUZ>
  %e = graph.cast %x {to = f4E2M1FN} : (tensor<8xf32>) -> tensor<8xf4E2M1FN>
  %f = graph.cast %x {to = f8E5M2, unsaturated} : (tensor<8xf32>) -> tensor<8xf8E5M2>
  %0 = graph.cast %a {to = f32} : (tensor<8xf8E4M3FN>) -> tensor<8xf32>
  %1 = graph.cast %b {to = f32} : (tensor<8xf8E4M3FNUZ>) -> tensor<8xf32>
  %2 = graph.cast %c {to = f32} : (tensor<8xf8E5M2>) -> tensor<8xf32>
  %3 = graph.cast %d {to = f32} : (tensor<8xf8E5M2FNUZ>) -> tensor<8xf32>
  %4 = graph.cast %e {to = f32} : (tensor<8xf4E2M1FN>) -> tensor<8xf32>
  %5 = graph.cast %f {to = f32} : (tensor<8xf8E5M2>) -> tensor<8xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

func.func @powers_of_two(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) attributes {
    cases = [{inputs = [dense<[1.0, 1.25, 1.5, 3.5]> : tensor<4xf32>],
              outputs = [dense<[1.0, 2.0, 2.0, 4.0]> : tensor<4xf32>, dense<[1.0, 1.0, 1.0, 2.0]> : tensor<4xf32>,
                         dense<[1.0, 1.0, 2.0, 4.0]> : tensor<4xf32>]}]} {
  %a = graph.cast %x {to = f8E8M0FNU} : (tensor<4xf32>) -> tensor<4xf8E8M0FNU>
  %b = graph.cast %x {to = f8E8M0FNU, rounding = #graph<rounding_kind down>} : (tensor<4xf32>) -> tensor<4xf8E8M0FNU>
  %c = graph.cast %x {to = f8E8M0FNU, rounding = #graph<rounding_kind nearest>} : (tensor<4xf32>) -> tensor<4xf8E8M0FNU>
  %0 = graph.cast %a {to = f32} : (tensor<4xf8E8M0FNU>) -> tensor<4xf32>
  %1 = graph.cast %b {to = f32} : (tensor<4xf8E8M0FNU>) -> tensor<4xf32>
  %2 = graph.cast %c {to = f32} : (tensor<4xf8E8M0FNU>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// Low bits stay, signed ones are extended.
func.func @narrow_integers(%x: tensor<5xi32>) -> (tensor<5xi32>, tensor<5xi32>, tensor<5xi32>, tensor<5xi32>) attributes {
    cases = [{inputs = [dense<[0, 7, 8, -1, 301]> : tensor<5xi32>],
              outputs = [dense<[0, 7, -8, -1, -3]> : tensor<5xi32>, dense<[0, 7, 8, 15, 13]> : tensor<5xi32>,
                         dense<[0, -1, 0, -1, 1]> : tensor<5xi32>, dense<[0, 3, 0, 3, 1]> : tensor<5xi32>]}]} {
  %a = graph.cast %x {to = i4} : (tensor<5xi32>) -> tensor<5xi4>
  %b = graph.cast %x {to = ui4} : (tensor<5xi32>) -> tensor<5xui4>
  %c = graph.cast %x {to = i2} : (tensor<5xi32>) -> tensor<5xi2>
  %d = graph.cast %x {to = ui2} : (tensor<5xi32>) -> tensor<5xui2>
  %0 = graph.cast %a {to = i32} : (tensor<5xi4>) -> tensor<5xi32>
  %1 = graph.cast %b {to = i32} : (tensor<5xui4>) -> tensor<5xi32>
  %2 = graph.cast %c {to = i32} : (tensor<5xi2>) -> tensor<5xi32>
  %3 = graph.cast %d {to = i32} : (tensor<5xui2>) -> tensor<5xi32>
  return %0, %1, %2, %3 : tensor<5xi32>, tensor<5xi32>, tensor<5xi32>, tensor<5xi32>
}

func.func @bit_cast(%x: tensor<3xf32>, %y: tensor<2xi8>) -> (tensor<3xi32>, tensor<2xui8>) attributes {
    cases = [{inputs = [dense<[0.0, 1.0, -2.0]> : tensor<3xf32>, dense<[-1, 5]> : tensor<2xi8>],
              outputs = [dense<[0, 1065353216, -1073741824]> : tensor<3xi32>, dense<[255, 5]> : tensor<2xui8>]}]} {
  %0 = graph.bit_cast %x {to = i32} : (tensor<3xf32>) -> tensor<3xi32>
  %1 = graph.bit_cast %y {to = ui8} : (tensor<2xi8>) -> tensor<2xui8>
  return %0, %1 : tensor<3xi32>, tensor<2xui8>
}
