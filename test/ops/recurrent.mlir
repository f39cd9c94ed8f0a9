// Recurrent layers: a step is a product of the state with a matrix, and what its phases make of it.

// A sum of inputs and doubled states, in both directions.
func.func @both_directions(%x: tensor<3x1x2xf32>, %h: tensor<2x1x1xf32>) -> (tensor<3x2x1x1xf32>, tensor<2x1x1xf32>) attributes {
    cases = [{inputs = [dense<[[[1.0, 10.0]], [[2.0, 20.0]], [[3.0, 30.0]]]> : tensor<3x1x2xf32>, dense<[[[1.0]], [[0.0]]]> : tensor<2x1x1xf32>],
              outputs = [dense<[[[[3.0]], [[170.0]]], [[[8.0]], [[80.0]]], [[[19.0]], [[30.0]]]]> : tensor<3x2x1x1xf32>,
                         dense<[[[19.0]], [[170.0]]]> : tensor<2x1x1xf32>]}]} {
  %w = graph.constant dense<[[[2.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %0, %1 = graph.recurrent %x weights(%w) initial(%h) {
  ^phase(%a: tensor<f32>, %p: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %2 : tensor<f32>
  } {reversed = array<i1: false, true>} : (tensor<3x1x2xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>) -> (tensor<3x2x1x1xf32>, tensor<2x1x1xf32>)
  return %0, %1 : tensor<3x2x1x1xf32>, tensor<2x1x1xf32>
}

// Two gates, two states, a vector of the layer's own, lengths; more units than a vector has lanes, and some of one; more
// rows than a kernel takes at once, and one.
func.func @lengths(%x: tensor<?x?x38xf32>, %h: tensor<1x?x19xf32>, %c: tensor<1x?x19xf32>) -> (tensor<?x1x?x19xf32>, tensor<1x?x19xf32>, tensor<1x?x19xf32>) attributes {
    shapes = [[array<i64: 3, 9, 38>, array<i64: 1, 9, 19>, array<i64: 1, 9, 19>], [array<i64: 1, 1, 38>, array<i64: 1, 1, 19>, array<i64: 1, 1, 19>],
              [array<i64: 0, 2, 38>, array<i64: 1, 2, 19>, array<i64: 1, 2, 19>]]} {
  %w = graph.constant dense<0.03> : tensor<1x19x38xf32>
  %e = graph.constant dense<[[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8]]> : tensor<1x19xf32>
  %zero = graph.constant dense<0> : tensor<i64>
  %one = graph.constant dense<1> : tensor<1xi64>
  %two = graph.constant dense<2> : tensor<i64>
  %shape = graph.shape_of %x {start = 0 : i64, end = 3 : i64} : (tensor<?x?x38xf32>) -> tensor<3xi64>
  %b = graph.gather %shape, %one {axis = 0 : i64} : (tensor<3xi64>, tensor<1xi64>) -> tensor<1xi64>
  %l = graph.expand %two, %b : (tensor<i64>, tensor<1xi64>) -> tensor<?xi64>
  %0, %1, %2 = graph.recurrent %x weights(%w) initial(%h, %c) extras(%e) lengths(%l) {
  ^phase(%xa: tensor<f32>, %xb: tensor<f32>, %pa: tensor<f32>, %pb: tensor<f32>, %s: tensor<f32>, %t: tensor<f32>, %v: tensor<f32>):
    %3 = graph.binary add %xa, %pa : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %4 = graph.unary sigmoid %3 : (tensor<f32>) -> tensor<f32>
    %5 = graph.binary mul %pb, %v : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %6 = graph.binary add %xb, %5 : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %7 = graph.binary mul %4, %t : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %8 = graph.binary add %7, %6 : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %4, %8 : tensor<f32>, tensor<f32>
  } {reversed = array<i1: true>} : (tensor<?x?x38xf32>, tensor<1x19x38xf32>, tensor<1x?x19xf32>, tensor<1x?x19xf32>, tensor<1x19xf32>, tensor<?xi64>) -> (tensor<?x1x?x19xf32>, tensor<1x?x19xf32>, tensor<1x?x19xf32>)
  return %0, %1, %2 : tensor<?x1x?x19xf32>, tensor<1x?x19xf32>, tensor<1x?x19xf32>
}

// The second product takes what the first phase makes, and the second phase a value besides.
func.func @two_phases(%x: tensor<?x?x51xf32>, %h: tensor<1x?x17xf32>) -> tensor<?x1x?x17xf32> attributes {
    shapes = [[array<i64: 4, 8, 51>, array<i64: 1, 8, 17>], [array<i64: 2, 1, 51>, array<i64: 1, 1, 17>]]} {
  %w = graph.constant dense<0.05> : tensor<1x17x34xf32>
  %u = graph.constant dense<-0.04> : tensor<1x17x17xf32>
  %0, %1 = graph.recurrent %x weights(%w, %u) initial(%h) {
  ^phase(%xa: tensor<f32>, %xb: tensor<f32>, %pa: tensor<f32>, %pb: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %xa, %pa : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %3 = graph.binary add %xb, %pb : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %4 = graph.binary mul %3, %s : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %4, %2 : tensor<f32>, tensor<f32>
  }, {
  ^phase(%xc: tensor<f32>, %pc: tensor<f32>, %s: tensor<f32>, %z: tensor<f32>):
    %2 = graph.binary mul %z, %pc : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %3 = graph.binary add %2, %xc : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %4 = graph.unary tanh %3 : (tensor<f32>) -> tensor<f32>
    graph.yield %4 : tensor<f32>
  } {reversed = array<i1: false>} : (tensor<?x?x51xf32>, tensor<1x17x34xf32>, tensor<1x17x17xf32>, tensor<1x?x17xf32>) -> (tensor<?x1x?x17xf32>, tensor<1x?x17xf32>)
  return %0 : tensor<?x1x?x17xf32>
}

// Weights rounded to bfloat16: 1.00390625 becomes 1.
func.func @narrow_weights(%x: tensor<2x1x1xf32>, %h: tensor<1x1x1xf32>) -> tensor<2x1x1x1xf32> attributes {
    cases = [{inputs = [dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>, dense<4.0> : tensor<1x1x1xf32>],
              outputs = [dense<[[[[5.0]]], [[[7.0]]]]> : tensor<2x1x1x1xf32>]}]} {
  %w = graph.constant dense<1.00390625> : tensor<1x1x1xf32>
  %0, %1 = graph.recurrent %x weights(%w) initial(%h) {
  ^phase(%a: tensor<f32>, %p: tensor<f32>, %s: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %2 : tensor<f32>
  } {bf16, reversed = array<i1: false>} : (tensor<2x1x1xf32>, tensor<1x1x1xf32>, tensor<1x1x1xf32>) -> (tensor<2x1x1x1xf32>, tensor<1x1x1xf32>)
  return %0 : tensor<2x1x1x1xf32>
}

// Int8 weights with a scale for each column of each direction: 4 * 0.5 and 4 * 0.25.
func.func @int8_weights(%x: tensor<3x1x2xf32>, %h: tensor<2x1x1xf32>) -> (tensor<3x2x1x1xf32>, tensor<2x1x1xf32>) attributes {
    cases = [{inputs = [dense<[[[1.0, 10.0]], [[2.0, 20.0]], [[3.0, 30.0]]]> : tensor<3x1x2xf32>, dense<[[[1.0]], [[4.0]]]> : tensor<2x1x1xf32>],
              outputs = [dense<[[[[3.0]], [[64.0]]], [[[8.0]], [[54.0]]], [[[19.0]], [[34.0]]]]> : tensor<3x2x1x1xf32>,
                         dense<[[[19.0]], [[64.0]]]> : tensor<2x1x1xf32>]}]} {
  %k = graph.constant dense<4> : tensor<2x1x1xi8>
  %s = graph.constant dense<[[[0.5]], [[0.25]]]> : tensor<2x1x1xf32>
  %z = graph.constant dense<0> : tensor<2x1x1xi8>
  %w = graph.dequantize %k, %s, %z {axis = 1 : i64, block = 1 : i64} : (tensor<2x1x1xi8>, tensor<2x1x1xf32>, tensor<2x1x1xi8>) -> tensor<2x1x1xf32>
  %0, %1 = graph.recurrent %x weights(%w) initial(%h) {
  ^phase(%a: tensor<f32>, %p: tensor<f32>, %t: tensor<f32>):
    %2 = graph.binary add %a, %p : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %2 : tensor<f32>
  } {reversed = array<i1: false, true>} : (tensor<3x1x2xf32>, tensor<2x1x1xf32>, tensor<2x1x1xf32>) -> (tensor<3x2x1x1xf32>, tensor<2x1x1xf32>)
  return %0, %1 : tensor<3x2x1x1xf32>, tensor<2x1x1xf32>
}

// Two phases, several gates, more units than a vector has lanes, several rows and one.
func.func @int8_phases(%x: tensor<?x?x51xf32>, %h: tensor<1x?x17xf32>) -> tensor<?x1x?x17xf32> attributes {
    shapes = [[array<i64: 4, 8, 51>, array<i64: 1, 8, 17>], [array<i64: 2, 1, 51>, array<i64: 1, 1, 17>]]} {
  %k = graph.constant dense<-100> : tensor<1x17x34xi8>
  %s = graph.constant dense<0.0007> : tensor<1x1x34xf32>
  %z = graph.constant dense<0> : tensor<1x1x34xi8>
  %w = graph.dequantize %k, %s, %z {axis = 1 : i64, block = 17 : i64} : (tensor<1x17x34xi8>, tensor<1x1x34xf32>, tensor<1x1x34xi8>) -> tensor<1x17x34xf32>
  %l = graph.constant dense<45> : tensor<1x17x17xi8>
  %t = graph.constant dense<0.001> : tensor<1x1x17xf32>
  %y = graph.constant dense<0> : tensor<1x1x17xi8>
  %u = graph.dequantize %l, %t, %y {axis = 1 : i64, block = 17 : i64} : (tensor<1x17x17xi8>, tensor<1x1x17xf32>, tensor<1x1x17xi8>) -> tensor<1x17x17xf32>
  %0, %1 = graph.recurrent %x weights(%w, %u) initial(%h) {
  ^phase(%xa: tensor<f32>, %xb: tensor<f32>, %pa: tensor<f32>, %pb: tensor<f32>, %v: tensor<f32>):
    %2 = graph.binary add %xa, %pa : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %3 = graph.binary add %xb, %pb : (tensor<f32>, tensor<f32>) -> tensor<f32>
    graph.yield %3, %2 : tensor<f32>, tensor<f32>
  }, {
  ^phase(%xc: tensor<f32>, %pc: tensor<f32>, %v: tensor<f32>, %g: tensor<f32>):
    %2 = graph.binary mul %g, %pc : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %3 = graph.binary add %2, %xc : (tensor<f32>, tensor<f32>) -> tensor<f32>
    %4 = graph.unary tanh %3 : (tensor<f32>) -> tensor<f32>
    graph.yield %4 : tensor<f32>
  } {reversed = array<i1: false>} : (tensor<?x?x51xf32>, tensor<1x17x34xf32>, tensor<1x17x17xf32>, tensor<1x?x17xf32>) -> (tensor<?x1x?x17xf32>, tensor<1x?x17xf32>)
  return %0 : tensor<?x1x?x17xf32>
}
