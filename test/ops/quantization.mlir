// Quantization: rounding, saturation, and the exact integer results of quantized contractions.

// Half to even; the ends of the type.
func.func @quantize(%x: tensor<8xf32>) -> (tensor<8xui8>, tensor<8xi8>) attributes {
    cases = [{inputs = [dense<[0.25, 0.75, 1.25, -0.25, 1000.0, -1000.0, 0x7FC00000, 63.0]> : tensor<8xf32>],
              outputs = [dense<[10, 12, 12, 10, 255, 0, 0, 136]> : tensor<8xui8>, dense<[0, 2, 2, 0, 127, -128, -128, 126]> : tensor<8xi8>]}]} {
  %s = graph.constant dense<0.5> : tensor<f32>
  %z = graph.constant dense<10> : tensor<ui8>
  %z0 = graph.constant dense<0> : tensor<i8>
  %0 = graph.quantize %x, %s, %z : (tensor<8xf32>, tensor<f32>, tensor<ui8>) -> tensor<8xui8>
  %1 = graph.quantize %x, %s, %z0 : (tensor<8xf32>, tensor<f32>, tensor<i8>) -> tensor<8xi8>
  return %0, %1 : tensor<8xui8>, tensor<8xi8>
}

func.func @quantize_wide(%x: tensor<3xf32>) -> (tensor<3xui16>, tensor<3xi16>) attributes {
    cases = [{inputs = [dense<[1.0, 1.0e9, -1.0e9]> : tensor<3xf32>],
              outputs = [dense<[5, 65535, 0]> : tensor<3xui16>, dense<[4, 32767, -32768]> : tensor<3xi16>]}]} {
  %s = graph.constant dense<0.25> : tensor<f32>
  %z = graph.constant dense<1> : tensor<ui16>
  %z0 = graph.constant dense<0> : tensor<i16>
  %0 = graph.quantize %x, %s, %z : (tensor<3xf32>, tensor<f32>, tensor<ui16>) -> tensor<3xui16>
  %1 = graph.quantize %x, %s, %z0 : (tensor<3xf32>, tensor<f32>, tensor<i16>) -> tensor<3xi16>
  return %0, %1 : tensor<3xui16>, tensor<3xi16>
}

func.func @per_channel(%x: tensor<2x2xf32>) -> (tensor<2x2xi8>, tensor<2x2xf32>) attributes {
    cases = [{inputs = [dense<[[1.0, -3.0], [1.0, -3.0]]> : tensor<2x2xf32>],
              outputs = [dense<[[1, -3], [9, 1]]> : tensor<2x2xi8>, dense<[[1.0, -3.0], [1.0, -3.0]]> : tensor<2x2xf32>]}]} {
  %s = graph.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %z = graph.constant dense<[0, 7]> : tensor<2xi8>
  %0 = graph.quantize %x, %s, %z {axis = 0 : i64} : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x2xi8>
  %1 = graph.dequantize %0, %s, %z {axis = 0 : i64} : (tensor<2x2xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x2xf32>
  return %0, %1 : tensor<2x2xi8>, tensor<2x2xf32>
}

// One scale or one a channel: which of the two only a run knows.
func.func @scales_runtime(%x: tensor<2x3xf32>, %s: tensor<?xf32>, %z: tensor<?xui8>) -> tensor<2x3xui8> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[0.5]> : tensor<1xf32>, dense<[1]> : tensor<1xui8>],
              outputs = [dense<[[3, 5, 7], [9, 11, 13]]> : tensor<2x3xui8>]},
             {inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[0.5, 1.0, 2.0]> : tensor<3xf32>, dense<[0, 1, 2]> : tensor<3xui8>],
              outputs = [dense<[[2, 3, 4], [8, 6, 5]]> : tensor<2x3xui8>]}]} {
  %0 = graph.quantize %x, %s, %z {axis = 1 : i64} : (tensor<2x3xf32>, tensor<?xf32>, tensor<?xui8>) -> tensor<2x3xui8>
  return %0 : tensor<2x3xui8>
}

func.func @dequantize(%x: tensor<3xui8>, %y: tensor<2xi32>) -> (tensor<3xf32>, tensor<2xf32>) attributes {
    cases = [{inputs = [dense<[0, 128, 255]> : tensor<3xui8>, dense<[-1000, 70000]> : tensor<2xi32>],
              outputs = [dense<[-32.0, 0.0, 31.75]> : tensor<3xf32>, dense<[-250.0, 17500.0]> : tensor<2xf32>]}]} {
  %s = graph.constant dense<0.25> : tensor<f32>
  %z = graph.constant dense<128> : tensor<ui8>
  %z0 = graph.constant dense<0> : tensor<i32>
  %0 = graph.dequantize %x, %s, %z : (tensor<3xui8>, tensor<f32>, tensor<ui8>) -> tensor<3xf32>
  %1 = graph.dequantize %y, %s, %z0 : (tensor<2xi32>, tensor<f32>, tensor<i32>) -> tensor<2xf32>
  return %0, %1 : tensor<3xf32>, tensor<2xf32>
}

// The range is widened to hold 0.
func.func @dynamic_range(%x: tensor<?xf32>) -> (tensor<f32>, tensor<ui8>) attributes {
    cases = [{inputs = [dense<[-1.0, 0.5, 1.55]> : tensor<3xf32>], outputs = [dense<0.01> : tensor<f32>, dense<100> : tensor<ui8>]},
             {inputs = [dense<[1.0, 2.55]> : tensor<2xf32>], outputs = [dense<0.01> : tensor<f32>, dense<0> : tensor<ui8>]},
             {inputs = [dense<[-2.55, -1.0]> : tensor<2xf32>], outputs = [dense<0.01> : tensor<f32>, dense<255> : tensor<ui8>]}]} {
  %0:2 = graph.dynamic_range %x : (tensor<?xf32>) -> (tensor<f32>, tensor<ui8>)
  return %0#0, %0#1 : tensor<f32>, tensor<ui8>
}

// QDQ around a matrix product: (x - 2) / 2 times w, in quarters.
func.func @quantized_matmul(%x: tensor<1x2xf32>) -> tensor<1x2xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 3.2]]> : tensor<1x2xf32>], outputs = [dense<[[1.25, 0.25]]> : tensor<1x2xf32>]}]} {
  %sx = graph.constant dense<0.5> : tensor<f32>
  %zx = graph.constant dense<2> : tensor<ui8>
  %w = graph.constant dense<[[1, -2], [3, 1]]> : tensor<2x2xi8>
  %sw = graph.constant dense<[0.125, 0.25]> : tensor<2xf32>
  %zw = graph.constant dense<0> : tensor<2xi8>
  %sy = graph.constant dense<0.25> : tensor<f32>
  %zy = graph.constant dense<100> : tensor<ui8>
  %0 = graph.quantize %x, %sx, %zx : (tensor<1x2xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2xui8>
  %1 = graph.dequantize %0, %sx, %zx : (tensor<1x2xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2xf32>
  %2 = graph.dequantize %w, %sw, %zw {axis = 1 : i64} : (tensor<2x2xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x2xf32>
  %3 = graph.matmul %1, %2 : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %4 = graph.quantize %3, %sy, %zy : (tensor<1x2xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2xui8>
  %5 = graph.dequantize %4, %sy, %zy : (tensor<1x2xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2xf32>
  return %5 : tensor<1x2xf32>
}

// One scale for two neighbours along the last dimension.
func.func @blocks(%x: tensor<2x4xf32>, %s: tensor<2x2xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) attributes {
    cases = [{inputs = [dense<[[1.0, -3.0, 10.0, 100.0], [0.3, 0.5, 0.0, -0.25]]> : tensor<2x4xf32>, dense<[[1.0, 2.0], [0.25, 0.5]]> : tensor<2x2xf32>],
              outputs = [dense<[[1.0, -3.0, 10.0, 14.0], [0.25, 0.5, 0.0, 0.0]]> : tensor<2x4xf32>,
                         dense<[[1.0, -3.0, 10.0, 96.0], [0.3125, 0.5, 0.0, -0.25]]> : tensor<2x4xf32>]}]} {
  %z = graph.constant dense<0> : tensor<2x2xi4>
  %f = graph.constant dense<0.0> : tensor<2x2xf8E4M3FN>
  %q = graph.quantize %x, %s, %z {axis = 1 : i64, block = 2 : i64} : (tensor<2x4xf32>, tensor<2x2xf32>, tensor<2x2xi4>) -> tensor<2x4xi4>
  %0 = graph.dequantize %q, %s, %z {axis = 1 : i64, block = 2 : i64} : (tensor<2x4xi4>, tensor<2x2xf32>, tensor<2x2xi4>) -> tensor<2x4xf32>
  %p = graph.quantize %x, %s, %f {axis = 1 : i64, block = 2 : i64} : (tensor<2x4xf32>, tensor<2x2xf32>, tensor<2x2xf8E4M3FN>) -> tensor<2x4xf8E4M3FN>
  %1 = graph.dequantize %p, %s, %f {axis = 1 : i64, block = 2 : i64} : (tensor<2x4xf8E4M3FN>, tensor<2x2xf32>, tensor<2x2xf8E4M3FN>) -> tensor<2x4xf32>
  return %0, %1 : tensor<2x4xf32>, tensor<2x4xf32>
}
