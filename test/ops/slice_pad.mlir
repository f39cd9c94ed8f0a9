// Parts of tensors, and tensors with a border.

// Negative numbers count from the end; bounds beyond the ends are clamped; steps may go back.
func.func @slice(%x: tensor<6xi32>) -> (tensor<2xi32>, tensor<3xi32>, tensor<6xi32>, tensor<0xi32>) attributes {
    cases = [{inputs = [dense<[0, 1, 2, 3, 4, 5]> : tensor<6xi32>],
              outputs = [dense<[3, 4]> : tensor<2xi32>, dense<[0, 2, 4]> : tensor<3xi32>, dense<[5, 4, 3, 2, 1, 0]> : tensor<6xi32>,
                         dense<> : tensor<0xi32>]}]} {
  %m3 = graph.constant dense<-3> : tensor<1xi64>
  %m1 = graph.constant dense<-1> : tensor<1xi64>
  %zero = graph.constant dense<0> : tensor<1xi64>
  %one = graph.constant dense<1> : tensor<1xi64>
  %two = graph.constant dense<2> : tensor<1xi64>
  %far = graph.constant dense<100> : tensor<1xi64>
  %mfar = graph.constant dense<-100> : tensor<1xi64>
  %0 = graph.slice %x, %m3, %m1, %one {axes = array<i64: 0>} : (tensor<6xi32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2xi32>
  %1 = graph.slice %x, %mfar, %far, %two {axes = array<i64: 0>} : (tensor<6xi32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xi32>
  %2 = graph.slice %x, %far, %mfar, %m1 {axes = array<i64: 0>} : (tensor<6xi32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<6xi32>
  %3 = graph.slice %x, %two, %zero, %one {axes = array<i64: 0>} : (tensor<6xi32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<0xi32>
  return %0, %1, %2, %3 : tensor<2xi32>, tensor<3xi32>, tensor<6xi32>, tensor<0xi32>
}

func.func @slice_runtime(%x: tensor<?x?xf32>, %s: tensor<2xi64>, %e: tensor<2xi64>) -> tensor<?x?xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[0, 1]> : tensor<2xi64>, dense<[1, 3]> : tensor<2xi64>],
              outputs = [dense<[[2.0, 3.0]]> : tensor<1x2xf32>]},
             {inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[-1, -2]> : tensor<2xi64>, dense<[9, -1]> : tensor<2xi64>],
              outputs = [dense<[[5.0]]> : tensor<1x1xf32>]},
             {inputs = [dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>, dense<[2, 0]> : tensor<2xi64>, dense<[1, 2]> : tensor<2xi64>],
              outputs = [dense<> : tensor<0x2xf32>]}]} {
  %one = graph.constant dense<1> : tensor<2xi64>
  %0 = graph.slice %x, %s, %e, %one {axes = array<i64: 0, 1>} : (tensor<?x?xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

func.func @slice_inner(%x: tensor<?x40x3xf32>) -> tensor<?x19x3xf32> attributes {shapes = [[array<i64: 3, 40, 3>], [array<i64: 1, 40, 3>]]} {
  %s = graph.constant dense<1> : tensor<1xi64>
  %e = graph.constant dense<39> : tensor<1xi64>
  %t = graph.constant dense<2> : tensor<1xi64>
  %0 = graph.slice %x, %s, %e, %t {axes = array<i64: 1>} : (tensor<?x40x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x19x3xf32>
  return %0 : tensor<?x19x3xf32>
}

// Begins of all axes, then ends. Reflect does not repeat the edge, wrap goes on at the other side.
func.func @pad(%x: tensor<3xi32>) -> (tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>) attributes {
    cases = [{inputs = [dense<[1, 2, 3]> : tensor<3xi32>],
              outputs = [dense<[9, 9, 1, 2, 3, 9]> : tensor<6xi32>, dense<[3, 2, 1, 2, 3, 2]> : tensor<6xi32>,
                         dense<[1, 1, 1, 2, 3, 3]> : tensor<6xi32>, dense<[2, 3, 1, 2, 3, 1]> : tensor<6xi32>]}]} {
  %p = graph.constant dense<[2, 1]> : tensor<2xi64>
  %v = graph.constant dense<9> : tensor<i32>
  %0 = graph.pad constant %x, %p, %v {axes = array<i64: 0>} : (tensor<3xi32>, tensor<2xi64>, tensor<i32>) -> tensor<6xi32>
  %1 = graph.pad reflect %x, %p, %v {axes = array<i64: 0>} : (tensor<3xi32>, tensor<2xi64>, tensor<i32>) -> tensor<6xi32>
  %2 = graph.pad edge %x, %p, %v {axes = array<i64: 0>} : (tensor<3xi32>, tensor<2xi64>, tensor<i32>) -> tensor<6xi32>
  %3 = graph.pad wrap %x, %p, %v {axes = array<i64: 0>} : (tensor<3xi32>, tensor<2xi64>, tensor<i32>) -> tensor<6xi32>
  return %0, %1, %2, %3 : tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>
}

// Negative numbers crop.
func.func @pad_runtime(%x: tensor<?x?xf32>, %p: tensor<4xi64>, %v: tensor<f32>) -> tensor<?x?xf32> attributes {
    cases = [{inputs = [dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>, dense<[0, 1, 1, 0]> : tensor<4xi64>, dense<7.0> : tensor<f32>],
              outputs = [dense<[[7.0, 1.0, 2.0], [7.0, 3.0, 4.0], [7.0, 7.0, 7.0]]> : tensor<3x3xf32>]},
             {inputs = [dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>, dense<[-1, 0, 0, 1]> : tensor<4xi64>, dense<7.0> : tensor<f32>],
              outputs = [dense<[[3.0, 4.0, 7.0]]> : tensor<1x3xf32>]}]} {
  %0 = graph.pad constant %x, %p, %v {axes = array<i64: 0, 1>} : (tensor<?x?xf32>, tensor<4xi64>, tensor<f32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

func.func @pad_image(%x: tensor<?x?x?x20xf32>) -> tensor<?x?x?x20xf32> attributes {shapes = [[array<i64: 1, 4, 5, 20>], [array<i64: 2, 3, 3, 20>]]} {
  %p = graph.constant dense<[1, 2, 0, 1]> : tensor<4xi64>
  %v = graph.constant dense<0.0> : tensor<f32>
  %0 = graph.pad reflect %x, %p, %v {axes = array<i64: 1, 2>} : (tensor<?x?x?x20xf32>, tensor<4xi64>, tensor<f32>) -> tensor<?x?x?x20xf32>
  return %0 : tensor<?x?x?x20xf32>
}

func.func @pad_rows(%x: tensor<?x2xf32>) -> tensor<?x2xf32> attributes {
    cases = [{inputs = [dense<1.0> : tensor<1x2xf32>], outputs = [dense<[[0.0, 0.0], [1.0, 1.0]]> : tensor<2x2xf32>]}]} {
  %p = graph.constant dense<[1, 0]> : tensor<2xi64>
  %v = graph.constant dense<0.0> : tensor<f32>
  %0 = graph.pad constant %x, %p, %v {axes = array<i64: 0>} : (tensor<?x2xf32>, tensor<2xi64>, tensor<f32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
