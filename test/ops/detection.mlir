// Boxes that stay, by class and falling score: one that an earlier covers goes, and so do those beyond the most.

func.func @non_max_suppression(%b: tensor<1x4x4xf32>, %s: tensor<1x2x4xf32>, %m: tensor<i64>) -> (tensor<?x3xi64>, tensor<?x3xi64>) attributes {
    cases = [{inputs = [dense<[[[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.1], [5.0, 6.0, 4.0, 5.0], [0.0, 0.0, 0.0, 1.0]]]> : tensor<1x4x4xf32>,
                        dense<[[[0.5, 0.75, 0.6, 0.7], [0.9, 0.1, 0.9, 0.3]]]> : tensor<1x2x4xf32>, dense<3> : tensor<i64>],
              outputs = [dense<[[0, 0, 1], [0, 0, 3], [0, 0, 2], [0, 1, 0], [0, 1, 2]]> : tensor<5x3xi64>,
                         dense<[[0, 0, 1], [0, 0, 3], [0, 0, 2], [0, 1, 0], [0, 1, 2], [0, 1, 3]]> : tensor<6x3xi64>]}]} {
  %o = graph.constant dense<0.5> : tensor<f32>
  %t = graph.constant dense<0.4> : tensor<f32>
  %0 = graph.non_max_suppression %b, %s, %m, %o, %t : (tensor<1x4x4xf32>, tensor<1x2x4xf32>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<?x3xi64>
  %1 = graph.non_max_suppression %b, %s, %m, %o : (tensor<1x4x4xf32>, tensor<1x2x4xf32>, tensor<i64>, tensor<f32>) -> tensor<?x3xi64>
  return %0, %1 : tensor<?x3xi64>, tensor<?x3xi64>
}

func.func @centres(%b: tensor<1x?x4xf32>, %s: tensor<1x1x?xf32>, %m: tensor<i64>) -> tensor<?x3xi64> attributes {
    cases = [{inputs = [dense<[[[1.0, 1.0, 2.0, 2.0], [1.1, 1.0, 2.0, 2.0], [9.0, 9.0, 2.0, 4.0]]]> : tensor<1x3x4xf32>,
                        dense<[[[0.5, 0.75, 0.25]]]> : tensor<1x1x3xf32>, dense<9> : tensor<i64>],
              outputs = [dense<[[0, 0, 1], [0, 0, 2]]> : tensor<2x3xi64>]},
             {inputs = [dense<[[[1.0, 1.0, 2.0, 2.0]]]> : tensor<1x1x4xf32>, dense<0.5> : tensor<1x1x1xf32>, dense<0> : tensor<i64>],
              outputs = [dense<> : tensor<0x3xi64>]}]} {
  %o = graph.constant dense<0.5> : tensor<f32>
  %0 = graph.non_max_suppression %b, %s, %m, %o {center} : (tensor<1x?x4xf32>, tensor<1x1x?xf32>, tensor<i64>, tensor<f32>) -> tensor<?x3xi64>
  return %0 : tensor<?x3xi64>
}
