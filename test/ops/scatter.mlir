// Rows of a matrix that take rows of updates, one after the other.

func.func @replace(%x: tensor<3x2xi32>, %i: tensor<3xi64>, %u: tensor<3x2xi32>) -> tensor<3x2xi32> attributes {
    cases = [{inputs = [dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi32>, dense<[2, 0, 2]> : tensor<3xi64>, dense<[[7, 8], [9, 10], [11, 12]]> : tensor<3x2xi32>],
              outputs = [dense<[[9, 10], [3, 4], [11, 12]]> : tensor<3x2xi32>]}]} {
  %0 = graph.scatter replace %x, %i, %u : (tensor<3x2xi32>, tensor<3xi64>, tensor<3x2xi32>) -> tensor<3x2xi32>
  return %0 : tensor<3x2xi32>
}

func.func @combine(%x: tensor<2x1xf32>, %i: tensor<3xi64>, %u: tensor<3x1xf32>) -> (tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) attributes {
    cases = [{inputs = [dense<[[1.0], [2.0]]> : tensor<2x1xf32>, dense<[1, 1, 0]> : tensor<3xi64>, dense<[[3.0], [-4.0], [0.5]]> : tensor<3x1xf32>],
              outputs = [dense<[[1.5], [1.0]]> : tensor<2x1xf32>, dense<[[0.5], [-24.0]]> : tensor<2x1xf32>,
                         dense<[[0.5], [-4.0]]> : tensor<2x1xf32>, dense<[[1.0], [3.0]]> : tensor<2x1xf32>]}]} {
  %0 = graph.scatter add %x, %i, %u : (tensor<2x1xf32>, tensor<3xi64>, tensor<3x1xf32>) -> tensor<2x1xf32>
  %1 = graph.scatter mul %x, %i, %u : (tensor<2x1xf32>, tensor<3xi64>, tensor<3x1xf32>) -> tensor<2x1xf32>
  %2 = graph.scatter min %x, %i, %u : (tensor<2x1xf32>, tensor<3xi64>, tensor<3x1xf32>) -> tensor<2x1xf32>
  %3 = graph.scatter max %x, %i, %u : (tensor<2x1xf32>, tensor<3xi64>, tensor<3x1xf32>) -> tensor<2x1xf32>
  return %0, %1, %2, %3 : tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>
}

func.func @unsigned(%x: tensor<1x2xui8>, %i: tensor<1xi64>, %u: tensor<1x2xui8>) -> (tensor<1x2xui8>, tensor<1x2xui8>) attributes {
    cases = [{inputs = [dense<[[200, 3]]> : tensor<1x2xui8>, dense<0> : tensor<1xi64>, dense<[[5, 129]]> : tensor<1x2xui8>],
              outputs = [dense<[[200, 129]]> : tensor<1x2xui8>, dense<[[5, 3]]> : tensor<1x2xui8>]}]} {
  %0 = graph.scatter max %x, %i, %u : (tensor<1x2xui8>, tensor<1xi64>, tensor<1x2xui8>) -> tensor<1x2xui8>
  %1 = graph.scatter min %x, %i, %u : (tensor<1x2xui8>, tensor<1xi64>, tensor<1x2xui8>) -> tensor<1x2xui8>
  return %0, %1 : tensor<1x2xui8>, tensor<1x2xui8>
}

// Longer than a work item's piece of a row; no updates at all.
func.func @wide(%x: tensor<2x?xf32>, %u: tensor<?x?xf32>) -> tensor<2x?xf32> attributes {
    shapes = [[array<i64: 2, 2500>, array<i64: 1, 2500>], [array<i64: 2, 7>, array<i64: 1, 7>]]} {
  %i = graph.constant dense<1> : tensor<1xi64>
  %0 = graph.scatter add %x, %i, %u : (tensor<2x?xf32>, tensor<1xi64>, tensor<?x?xf32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}
