// What only a run knows to hold.

func.func @require(%c: tensor<i1>, %x: tensor<2xf32>) -> tensor<2xf32> attributes {
    cases = [{inputs = [dense<true> : tensor<i1>, dense<[1.0, -2.0]> : tensor<2xf32>], outputs = [dense<[1.0, -2.0]> : tensor<2xf32>]}]} {
  %0 = graph.require %c, %x {message = "no"} : (tensor<i1>, tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
