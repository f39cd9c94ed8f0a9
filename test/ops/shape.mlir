// Ops that rename, move and make elements.

func.func @shape_of(%x: tensor<?x3x?xf32>) -> (tensor<3xi64>, tensor<1xi64>) attributes {
    cases = [{inputs = [dense<0.0> : tensor<2x3x5xf32>], outputs = [dense<[2, 3, 5]> : tensor<3xi64>, dense<5> : tensor<1xi64>]}]} {
  %0 = graph.shape_of %x {start = 0 : i64, end = 3 : i64} : (tensor<?x3x?xf32>) -> tensor<3xi64>
  %1 = graph.shape_of %x {start = 2 : i64, end = 3 : i64} : (tensor<?x3x?xf32>) -> tensor<1xi64>
  return %0, %1 : tensor<3xi64>, tensor<1xi64>
}

// 0 copies a dimension, -1 takes what is left.
func.func @reshape(%x: tensor<?x6xf32>) -> tensor<?x?x2xf32> attributes {shapes = [[array<i64: 4, 6>], [array<i64: 1, 6>]]} {
  %s = graph.constant dense<[0, -1, 2]> : tensor<3xi64>
  %0 = graph.reshape %x, %s : (tensor<?x6xf32>, tensor<3xi64>) -> tensor<?x?x2xf32>
  return %0 : tensor<?x?x2xf32>
}

// The same where only a run knows the shape.
func.func @reshape_runtime(%x: tensor<?x?xf32>, %s: tensor<3xi64>) -> tensor<?x?x?xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[3, 2, 1]> : tensor<3xi64>],
              outputs = [dense<[[[1.0], [2.0]], [[3.0], [4.0]], [[5.0], [6.0]]]> : tensor<3x2x1xf32>]},
             {inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[1, 0, -1]> : tensor<3xi64>],
              outputs = [dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]> : tensor<1x3x2xf32>]},
             {inputs = [dense<1.0> : tensor<2x3xf32>, dense<[4, 2, 1]> : tensor<3xi64>], error = "reshape of 6 elements to a shape of 8"},
             {inputs = [dense<1.0> : tensor<2x3xf32>, dense<[-2, -3, 1]> : tensor<3xi64>], error = "dimension of -2"}]} {
  %0 = graph.reshape %x, %s : (tensor<?x?xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
  return %0 : tensor<?x?x?xf32>
}

func.func @squeeze_unsqueeze(%x: tensor<1x?x1x3xi16>) -> (tensor<?x3xi16>, tensor<1x1x?x1x3xi16>) attributes {shapes = [[array<i64: 1, 5, 1, 3>]]} {
  %0 = graph.squeeze %x {axes = array<i64: 0, 2>} : (tensor<1x?x1x3xi16>) -> tensor<?x3xi16>
  %1 = graph.unsqueeze %x {axes = array<i64: 1>} : (tensor<1x?x1x3xi16>) -> tensor<1x1x?x1x3xi16>
  return %0, %1 : tensor<?x3xi16>, tensor<1x1x?x1x3xi16>
}

func.func @transpose(%x: tensor<2x3xi32>) -> tensor<3x2xi32> attributes {
    cases = [{inputs = [dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>], outputs = [dense<[[1, 4], [2, 5], [3, 6]]> : tensor<3x2xi32>]}]} {
  %0 = graph.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xi32>) -> tensor<3x2xi32>
  return %0 : tensor<3x2xi32>
}

func.func @transpose_dynamic(%x: tensor<?x?x?x?xf32>, %y: tensor<?x?xui8>) -> (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?xui8>) attributes {
    shapes = [[array<i64: 2, 3, 5, 7>, array<i64: 17, 33>], [array<i64: 1, 17, 1, 18>, array<i64: 1, 3>]]} {
  %0 = graph.transpose %x {perm = array<i64: 0, 2, 3, 1>} : (tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %1 = graph.transpose %x {perm = array<i64: 3, 0, 2, 1>} : (tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %2 = graph.transpose %y {perm = array<i64: 1, 0>} : (tensor<?x?xui8>) -> tensor<?x?xui8>
  return %0, %1, %2 : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?xui8>
}

// Both directions: a 1 in the shape keeps the operand's size.
func.func @expand(%x: tensor<3x1xi32>) -> tensor<2x3x2xi32> attributes {
    cases = [{inputs = [dense<[[1], [2], [3]]> : tensor<3x1xi32>],
              outputs = [dense<[[[1, 1], [2, 2], [3, 3]], [[1, 1], [2, 2], [3, 3]]]> : tensor<2x3x2xi32>]}]} {
  %s = graph.constant dense<[2, 1, 2]> : tensor<3xi64>
  %0 = graph.expand %x, %s : (tensor<3x1xi32>, tensor<3xi64>) -> tensor<2x3x2xi32>
  return %0 : tensor<2x3x2xi32>
}

func.func @expand_runtime(%x: tensor<?x1xf32>, %s: tensor<2xi64>) -> tensor<?x?xf32> attributes {
    cases = [{inputs = [dense<[[1.0], [2.0]]> : tensor<2x1xf32>, dense<[1, 3]> : tensor<2xi64>],
              outputs = [dense<[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]> : tensor<2x3xf32>]},
             {inputs = [dense<[[1.0], [2.0]]> : tensor<2x1xf32>, dense<[2, 1]> : tensor<2xi64>], outputs = [dense<[[1.0], [2.0]]> : tensor<2x1xf32>]}]} {
  %0 = graph.expand %x, %s : (tensor<?x1xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

func.func @concat(%x: tensor<2x1xi32>, %y: tensor<2x2xi32>) -> (tensor<2x3xi32>, tensor<4x1xi32>) attributes {
    cases = [{inputs = [dense<[[1], [2]]> : tensor<2x1xi32>, dense<[[3, 4], [5, 6]]> : tensor<2x2xi32>],
              outputs = [dense<[[1, 3, 4], [2, 5, 6]]> : tensor<2x3xi32>, dense<[[1], [2], [1], [2]]> : tensor<4x1xi32>]}]} {
  %0 = graph.concat %x, %y {axis = 1 : i64} : (tensor<2x1xi32>, tensor<2x2xi32>) -> tensor<2x3xi32>
  %1 = graph.concat %x, %x {axis = 0 : i64} : (tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<4x1xi32>
  return %0, %1 : tensor<2x3xi32>, tensor<4x1xi32>
}

func.func @concat_dynamic(%x: tensor<?x?x5xf32>, %y: tensor<?x?x5xf32>, %z: tensor<?x3x5xf32>) -> tensor<?x?x5xf32> attributes {
    shapes = [[array<i64: 2, 4, 5>, array<i64: 2, 1, 5>, array<i64: 2, 3, 5>], [array<i64: 1, 0, 5>, array<i64: 1, 7, 5>, array<i64: 1, 3, 5>]]} {
  %0 = graph.concat %x, %y, %z {axis = 1 : i64} : (tensor<?x?x5xf32>, tensor<?x?x5xf32>, tensor<?x3x5xf32>) -> tensor<?x?x5xf32>
  return %0 : tensor<?x?x5xf32>
}

func.func @tile(%x: tensor<1x2xi32>) -> tensor<2x6xi32> attributes {
    cases = [{inputs = [dense<[[1, 2]]> : tensor<1x2xi32>], outputs = [dense<[[1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2]]> : tensor<2x6xi32>]}]} {
  %r = graph.constant dense<[2, 3]> : tensor<2xi64>
  %0 = graph.tile %x, %r : (tensor<1x2xi32>, tensor<2xi64>) -> tensor<2x6xi32>
  return %0 : tensor<2x6xi32>
}

func.func @tile_runtime(%x: tensor<?x3xf32>, %r: tensor<2xi64>) -> tensor<?x?xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>, dense<[2, 2]> : tensor<2xi64>],
              outputs = [dense<[[1.0, 2.0, 3.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]]> : tensor<2x6xf32>]}]} {
  %0 = graph.tile %x, %r : (tensor<?x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

func.func @range(%a: tensor<i64>, %b: tensor<i64>, %c: tensor<i64>) -> tensor<?xi64> attributes {
    cases = [{inputs = [dense<2> : tensor<i64>, dense<9> : tensor<i64>, dense<3> : tensor<i64>], outputs = [dense<[2, 5, 8]> : tensor<3xi64>]},
             {inputs = [dense<5> : tensor<i64>, dense<0> : tensor<i64>, dense<-2> : tensor<i64>], outputs = [dense<[5, 3, 1]> : tensor<3xi64>]},
             {inputs = [dense<5> : tensor<i64>, dense<0> : tensor<i64>, dense<2> : tensor<i64>], outputs = [dense<> : tensor<0xi64>]},
             {inputs = [dense<5> : tensor<i64>, dense<0> : tensor<i64>, dense<0> : tensor<i64>], error = "0"}]} {
  %0 = graph.range %a, %b, %c : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

// Counted up from nothing to a limit below nothing: no element.
func.func @range_limit(%b: tensor<i64>) -> tensor<?xi64> attributes {
    cases = [{inputs = [dense<3> : tensor<i64>], outputs = [dense<[0, 1, 2]> : tensor<3xi64>]},
             {inputs = [dense<-3> : tensor<i64>], outputs = [dense<> : tensor<0xi64>]}]} {
  %a = graph.constant dense<0> : tensor<i64>
  %c = graph.constant dense<1> : tensor<i64>
  %0 = graph.range %a, %b, %c : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

func.func @range_float(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<f32>) -> tensor<?xf32> attributes {
    cases = [{inputs = [dense<1.0> : tensor<f32>, dense<2.1> : tensor<f32>, dense<0.5> : tensor<f32>], outputs = [dense<[1.0, 1.5, 2.0]> : tensor<3xf32>]}]} {
  %0 = graph.range %a, %b, %c : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

func.func @range_bfloat(%a: tensor<bf16>, %b: tensor<bf16>, %c: tensor<bf16>) -> tensor<?xbf16> attributes {
    cases = [{inputs = [dense<1.0> : tensor<bf16>, dense<5.0> : tensor<bf16>, dense<2.0> : tensor<bf16>], outputs = [dense<[1.0, 3.0]> : tensor<2xbf16>]}]} {
  %0 = graph.range %a, %b, %c : (tensor<bf16>, tensor<bf16>, tensor<bf16>) -> tensor<?xbf16>
  return %0 : tensor<?xbf16>
}

func.func @squeeze_contradiction(%x: tensor<?x3xf32>) -> tensor<3xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>], outputs = [dense<[1.0, 2.0, 3.0]> : tensor<3xf32>]},
             {inputs = [dense<1.0> : tensor<2x3xf32>], error = "a dimension of 2 elements cannot be dropped"}]} {
  %0 = graph.squeeze %x {axes = array<i64: 0>} : (tensor<?x3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

func.func @concat_contradiction(%x: tensor<?x2xf32>, %y: tensor<?x2xf32>) -> tensor<?x4xf32> attributes {
    cases = [{inputs = [dense<1.0> : tensor<2x2xf32>, dense<1.0> : tensor<3x2xf32>], error = "a concatenation of 2 elements with 3"}]} {
  %0 = graph.concat %x, %y {axis = 1 : i64} : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
