// Functions of one operand. By hand where a rule decides the value; the evaluator tells the rest.

// To nearest even, away from nothing.
func.func @rounding(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) attributes {
    cases = [{inputs = [dense<[0.5, 1.5, 2.5, -0.5, -1.5, 2.4, -2.6, 8388609.0]> : tensor<8xf32>],
              outputs = [dense<[0.0, 2.0, 2.0, -0.0, -2.0, 2.0, -3.0, 8388609.0]> : tensor<8xf32>,
                         dense<[0.0, 1.0, 2.0, -1.0, -2.0, 2.0, -3.0, 8388609.0]> : tensor<8xf32>,
                         dense<[1.0, 2.0, 3.0, -0.0, -1.0, 3.0, -2.0, 8388609.0]> : tensor<8xf32>]}]} {
  %0 = graph.unary round %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = graph.unary floor %x : (tensor<8xf32>) -> tensor<8xf32>
  %2 = graph.unary ceil %x : (tensor<8xf32>) -> tensor<8xf32>
  return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}

func.func @sign_and_magnitude(%x: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) attributes {
    cases = [{inputs = [dense<[-2.5, -0.0, 0.0, 3.0, 0xFF800000]> : tensor<5xf32>],
              outputs = [dense<[2.5, 0.0, -0.0, -3.0, 0x7F800000]> : tensor<5xf32>, dense<[2.5, 0.0, 0.0, 3.0, 0x7F800000]> : tensor<5xf32>,
                         dense<[-1.0, 0.0, 0.0, 1.0, -1.0]> : tensor<5xf32>]}]} {
  %0 = graph.unary neg %x : (tensor<5xf32>) -> tensor<5xf32>
  %1 = graph.unary abs %x : (tensor<5xf32>) -> tensor<5xf32>
  %2 = graph.unary sign %x : (tensor<5xf32>) -> tensor<5xf32>
  return %0, %1, %2 : tensor<5xf32>, tensor<5xf32>, tensor<5xf32>
}

func.func @sign_and_magnitude_integer(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xi8>, tensor<4xi8>) attributes {
    cases = [{inputs = [dense<[-128, -3, 0, 127]> : tensor<4xi8>],
              outputs = [dense<[-128, 3, 0, -127]> : tensor<4xi8>, dense<[-128, 3, 0, 127]> : tensor<4xi8>, dense<[-1, -1, 0, 1]> : tensor<4xi8>]}]} {
  %0 = graph.unary neg %x : (tensor<4xi8>) -> tensor<4xi8>
  %1 = graph.unary abs %x : (tensor<4xi8>) -> tensor<4xi8>
  %2 = graph.unary sign %x : (tensor<4xi8>) -> tensor<4xi8>
  return %0, %1, %2 : tensor<4xi8>, tensor<4xi8>, tensor<4xi8>
}

func.func @classes_of_floats(%x: tensor<5xf32>) -> (tensor<5xi1>, tensor<5xi1>, tensor<5xi1>) attributes {
    cases = [{inputs = [dense<[0x7FC00000, 0x7F800000, 0xFF800000, 1.0, 0.0]> : tensor<5xf32>],
              outputs = [dense<[true, false, false, false, false]> : tensor<5xi1>, dense<[false, true, true, false, false]> : tensor<5xi1>,
                         dense<[false, false, true, false, false]> : tensor<5xi1>]}]} {
  %0 = graph.unary is_nan %x : (tensor<5xf32>) -> tensor<5xi1>
  %1 = graph.unary is_inf %x {alpha = 1.0 : f32, beta = 1.0 : f32} : (tensor<5xf32>) -> tensor<5xi1>
  %2 = graph.unary is_inf %x {alpha = 1.0 : f32, beta = 0.0 : f32} : (tensor<5xf32>) -> tensor<5xi1>
  return %0, %1, %2 : tensor<5xi1>, tensor<5xi1>, tensor<5xi1>
}

func.func @exp_log_limits(%x: tensor<6xf32>) -> (tensor<6xf32>, tensor<6xf32>) attributes {
    cases = [{inputs = [dense<[0.0, 1.0, 0xFF800000, 0x7F800000, 200.0, -200.0]> : tensor<6xf32>],
              outputs = [dense<[1.0, 2.71828183, 0.0, 0x7F800000, 0x7F800000, 0.0]> : tensor<6xf32>,
                         dense<[0xFF800000, 0.0, 0x7FC00000, 0x7F800000, 5.29831737, 0x7FC00000]> : tensor<6xf32>]}]} {
  %0 = graph.unary exp %x : (tensor<6xf32>) -> tensor<6xf32>
  %1 = graph.unary log %x : (tensor<6xf32>) -> tensor<6xf32>
  return %0, %1 : tensor<6xf32>, tensor<6xf32>
}

// To the last bit but one over the whole range; a NaN with a payload stays one.
func.func @exp_digits(%x: tensor<7xf32>) -> tensor<7xf32> attributes {
    tolerance = 1.2e-7 : f64,
    cases = [{inputs = [dense<[0x7FC00001, 88.0, 10.0, 0.34657359, -0.34657359, -1.0, 1.0e-4]> : tensor<7xf32>],
              outputs = [dense<[0x7FC00000, 1.6516362549940018e+38, 22026.465794806718, 1.414213563719889, 0.7071067805131506, 0.36787944117144233, 1.0001000049976403]> : tensor<7xf32>]}]} {
  %0 = graph.unary exp %x : (tensor<7xf32>) -> tensor<7xf32>
  return %0 : tensor<7xf32>
}

func.func @roots(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) attributes {
    cases = [{inputs = [dense<[4.0, 0.0, -1.0, 0.25]> : tensor<4xf32>],
              outputs = [dense<[2.0, 0.0, 0x7FC00000, 0.5]> : tensor<4xf32>, dense<[0.25, 0x7F800000, -1.0, 4.0]> : tensor<4xf32>]}]} {
  %0 = graph.unary sqrt %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = graph.unary reciprocal %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

func.func @trigonometry(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) attributes {
    shapes = [[array<i64: 1>], [array<i64: 50>]],
    cases = [{inputs = [dense<[0.0, 1.0, -1.0]> : tensor<3xf32>],
              outputs = [dense<[0.0, 0.841470985, -0.841470985]> : tensor<3xf32>, dense<[1.0, 0.540302306, 0.540302306]> : tensor<3xf32>,
                         dense<[0.0, 1.55740772, -1.55740772]> : tensor<3xf32>, dense<[0.0, 1.57079633, -1.57079633]> : tensor<3xf32>,
                         dense<[1.57079633, 0.0, 3.14159265]> : tensor<3xf32>, dense<[0.0, 0.785398163, -0.785398163]> : tensor<3xf32>]}]} {
  %0 = graph.unary sin %x : (tensor<?xf32>) -> tensor<?xf32>
  %1 = graph.unary cos %x : (tensor<?xf32>) -> tensor<?xf32>
  %2 = graph.unary tan %x : (tensor<?xf32>) -> tensor<?xf32>
  %3 = graph.unary asin %x : (tensor<?xf32>) -> tensor<?xf32>
  %4 = graph.unary acos %x : (tensor<?xf32>) -> tensor<?xf32>
  %5 = graph.unary atan %x : (tensor<?xf32>) -> tensor<?xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

// Far from zero too: the argument is reduced without losing its digits.
func.func @trigonometry_large(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) attributes {
    cases = [{inputs = [dense<[100.0, -1000.0, 12345.0, 100000.0]> : tensor<4xf32>],
              outputs = [dense<[-0.506365641, -0.826879541, -0.993771639, 0.0357487980]> : tensor<4xf32>,
                         dense<[0.862318872, 0.562379076, 0.111435787, -0.999360807]> : tensor<4xf32>]}]} {
  %0 = graph.unary sin %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = graph.unary cos %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

func.func @hyperbolic(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) attributes {
    shapes = [[array<i64: 50>]],
    cases = [{inputs = [dense<[0.0, 0.5, -0.5]> : tensor<3xf32>],
              outputs = [dense<[0.0, 0.521095305, -0.521095305]> : tensor<3xf32>, dense<[1.0, 1.12762597, 1.12762597]> : tensor<3xf32>,
                         dense<[0.0, 0.462117157, -0.462117157]> : tensor<3xf32>, dense<[0.0, 0.481211825, -0.481211825]> : tensor<3xf32>,
                         dense<[0.0, 0.549306144, -0.549306144]> : tensor<3xf32>]}]} {
  %0 = graph.unary sinh %x : (tensor<?xf32>) -> tensor<?xf32>
  %1 = graph.unary cosh %x : (tensor<?xf32>) -> tensor<?xf32>
  %2 = graph.unary tanh %x : (tensor<?xf32>) -> tensor<?xf32>
  %3 = graph.unary asinh %x : (tensor<?xf32>) -> tensor<?xf32>
  %4 = graph.unary atanh %x : (tensor<?xf32>) -> tensor<?xf32>
  return %0, %1, %2, %3, %4 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

func.func @saturating(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) attributes {
    cases = [{inputs = [dense<[30.0, -30.0, 0x7F800000, 0xFF800000]> : tensor<4xf32>],
              outputs = [dense<[1.0, -1.0, 1.0, -1.0]> : tensor<4xf32>, dense<[1.0, -1.0, 1.0, -1.0]> : tensor<4xf32>,
                         dense<[1.0, 9.35762297e-14, 1.0, 0.0]> : tensor<4xf32>]}]} {
  %0 = graph.unary tanh %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = graph.unary erf %x : (tensor<4xf32>) -> tensor<4xf32>
  %2 = graph.unary sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

func.func @acosh(%x: tensor<3xf32>) -> tensor<3xf32> attributes {
    cases = [{inputs = [dense<[1.0, 2.0, 100.0]> : tensor<3xf32>], outputs = [dense<[0.0, 1.31695790, 5.29829237]> : tensor<3xf32>]}]} {
  %0 = graph.unary acosh %x : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

func.func @rectifiers(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) attributes {
    shapes = [[array<i64: 33>]],
    cases = [{inputs = [dense<[-2.0, -0.5, 0.0, 3.0]> : tensor<4xf32>],
              outputs = [dense<[0.0, 0.0, 0.0, 3.0]> : tensor<4xf32>, dense<[-0.2, -0.05, 0.0, 3.0]> : tensor<4xf32>,
                         dense<[-1.72932943, -0.786938681, 0.0, 3.0]> : tensor<4xf32>, dense<[-0.864664717, -0.393469340, 0.0, 1.5]> : tensor<4xf32>,
                         dense<[-1.26424112, -0.442398434, 0.0, 3.0]> : tensor<4xf32>, dense<[0.0, 0.0, 0.0, 3.0]> : tensor<4xf32>]}]} {
  %0 = graph.unary relu %x : (tensor<?xf32>) -> tensor<?xf32>
  %1 = graph.unary leaky_relu %x {alpha = 0.1 : f32} : (tensor<?xf32>) -> tensor<?xf32>
  %2 = graph.unary elu %x {alpha = 2.0 : f32} : (tensor<?xf32>) -> tensor<?xf32>
  %3 = graph.unary selu %x {alpha = 2.0 : f32, beta = 0.5 : f32} : (tensor<?xf32>) -> tensor<?xf32>
  %4 = graph.unary celu %x {alpha = 2.0 : f32} : (tensor<?xf32>) -> tensor<?xf32>
  %5 = graph.unary thresholded_relu %x {alpha = 1.0 : f32} : (tensor<?xf32>) -> tensor<?xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

func.func @gates(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) attributes {
    shapes = [[array<i64: 33>]],
    cases = [{inputs = [dense<[-4.0, -1.0, 0.0, 2.0]> : tensor<4xf32>],
              outputs = [dense<[0.0179862100, 0.268941421, 0.5, 0.880797078]> : tensor<4xf32>, dense<[0.0, 0.3, 0.5, 0.9]> : tensor<4xf32>,
                         dense<[0.0, -0.333333333, 0.0, 1.66666667]> : tensor<4xf32>, dense<[-0.0719448398, -0.268941421, 0.0, 1.76159416]> : tensor<4xf32>,
                         dense<[-0.8, -0.5, 0.0, 0.666666667]> : tensor<4xf32>]}]} {
  %0 = graph.unary sigmoid %x : (tensor<?xf32>) -> tensor<?xf32>
  %1 = graph.unary hard_sigmoid %x {alpha = 0.2 : f32, beta = 0.5 : f32} : (tensor<?xf32>) -> tensor<?xf32>
  %2 = graph.unary hard_swish %x : (tensor<?xf32>) -> tensor<?xf32>
  %3 = graph.unary swish %x {alpha = 1.0 : f32} : (tensor<?xf32>) -> tensor<?xf32>
  %4 = graph.unary softsign %x : (tensor<?xf32>) -> tensor<?xf32>
  return %0, %1, %2, %3, %4 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

func.func @smooth_rectifiers(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) attributes {
    shapes = [[array<i64: 33>]],
    cases = [{inputs = [dense<[-1.0, 0.0, 1.0, 3.0]> : tensor<4xf32>],
              outputs = [dense<[0.313261688, 0.693147181, 1.31326169, 3.04858735]> : tensor<4xf32>, dense<[-0.303401461, 0.0, 0.865098388, 2.98653500]> : tensor<4xf32>,
                         dense<[-0.158655254, 0.0, 0.841344746, 2.99595031]> : tensor<4xf32>, dense<[-0.158808009, 0.0, 0.841191991, 2.99636261]> : tensor<4xf32>,
                         dense<[-0.842700793, 0.0, 0.842700793, 0.999977910]> : tensor<4xf32>]}]} {
  %0 = graph.unary softplus %x : (tensor<?xf32>) -> tensor<?xf32>
  %1 = graph.unary mish %x : (tensor<?xf32>) -> tensor<?xf32>
  %2 = graph.unary gelu %x : (tensor<?xf32>) -> tensor<?xf32>
  %3 = graph.unary gelu_tanh %x : (tensor<?xf32>) -> tensor<?xf32>
  %4 = graph.unary erf %x : (tensor<?xf32>) -> tensor<?xf32>
  return %0, %1, %2, %3, %4 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}

func.func @shrink(%x: tensor<4xf32>) -> tensor<4xf32> attributes {
    cases = [{inputs = [dense<[-2.0, -0.5, 0.5, 2.0]> : tensor<4xf32>], outputs = [dense<[-1.5, 0.0, 0.0, 1.5]> : tensor<4xf32>]}]} {
  %0 = graph.unary shrink %x {alpha = 1.0 : f32, beta = 0.5 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The narrow types are computed in f32 and rounded once.
func.func @narrow(%x: tensor<21xf16>, %y: tensor<21xbf16>) -> (tensor<21xf16>, tensor<21xbf16>) attributes {shapes = [[array<i64: 21>, array<i64: 21>]]} {
  %0 = graph.unary gelu %x : (tensor<21xf16>) -> tensor<21xf16>
  %1 = graph.unary tanh %y : (tensor<21xbf16>) -> tensor<21xbf16>
  return %0, %1 : tensor<21xf16>, tensor<21xbf16>
}

func.func @double(%x: tensor<5xf64>) -> (tensor<5xf64>, tensor<5xf64>, tensor<5xf64>) attributes {
    tolerance = 1.0e-13 : f64,
    cases = [{inputs = [dense<[-1.0, 0.0, 0.5, 1.0, 10.0]> : tensor<5xf64>],
              outputs = [dense<[0.36787944117144233, 1.0, 1.6487212707001282, 2.7182818284590451, 22026.465794806718]> : tensor<5xf64>,
                         dense<[-0.76159415595576485, 0.0, 0.46211715726000973, 0.76159415595576485, 0.99999999587769273]> : tensor<5xf64>,
                         dense<[-0.84270079294971489, 0.0, 0.52049987781304652, 0.84270079294971489, 1.0]> : tensor<5xf64>]}]} {
  %0 = graph.unary exp %x : (tensor<5xf64>) -> tensor<5xf64>
  %1 = graph.unary tanh %x : (tensor<5xf64>) -> tensor<5xf64>
  %2 = graph.unary erf %x : (tensor<5xf64>) -> tensor<5xf64>
  return %0, %1, %2 : tensor<5xf64>, tensor<5xf64>, tensor<5xf64>
}
