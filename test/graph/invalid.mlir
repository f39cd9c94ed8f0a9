// What the verifier says of ops whose types or attributes contradict.
// RUN: mlc-opt %s -split-input-file -verify-diagnostics

func.func @matmul(%a: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error @+2 {{inner dimensions of matmul differ}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.matmul %a, %a : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @element_types(%a: tensor<2xf32>, %b: tensor<2xi64>) -> tensor<2xf32> {
  // expected-error @+2 {{operands have different element types: 'f32' and 'i64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.binary add %a, %b : (tensor<2xf32>, tensor<2xi64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @broadcast(%a: tensor<2xf32>, %b: tensor<3xf32>) -> tensor<2xf32> {
  // expected-error @+2 {{shapes cannot be broadcast: tensor<2xf32> and tensor<3xf32>}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.binary mul %a, %b : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @contradiction(%a: tensor<2xf32>) -> tensor<3xf32> {
  // expected-error @+2 {{incompatible with return type(s) of operation}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.unary exp %a : (tensor<2xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @axis(%a: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error @+2 {{axis 2 is out of range for rank 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.reduce sum %a {axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @index_tensor(%a: tensor<6xf32>, %s: tensor<2xi32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{must be i64 tensor of rank 0 or 1}}
  %0 = graph.reshape %a, %s : (tensor<6xf32>, tensor<2xi32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @channels(%x: tensor<1x3x8x8xf32>, %w: tensor<4x2x3x3xf32>) -> tensor<1x4x6x6xf32> {
  // expected-error @+2 {{the input has 3 channels, the weights are for 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = graph.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x8x8xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}
