// Branches and loops.

func.func @if(%c: tensor<i1>, %x: tensor<?xf32>) -> tensor<?xf32> attributes {
    cases = [{inputs = [dense<true> : tensor<i1>, dense<[1.0, 2.0]> : tensor<2xf32>], outputs = [dense<[-1.0, -2.0]> : tensor<2xf32>]},
             {inputs = [dense<false> : tensor<i1>, dense<[1.0, 2.0]> : tensor<2xf32>], outputs = [dense<[1.0, 2.0, 1.0, 2.0]> : tensor<4xf32>]}]} {
  %0 = graph.if %c {
    %1 = graph.unary neg %x : (tensor<?xf32>) -> tensor<?xf32>
    graph.yield %1 : tensor<?xf32>
  } else {
    %1 = graph.concat %x, %x {axis = 0 : i64} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    graph.yield %1 : tensor<?xf32>
  } : (tensor<i1>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Ends by its count or by its condition; stacks what each iteration gives.
func.func @loop(%n: tensor<i64>, %limit: tensor<i64>) -> (tensor<i64>, tensor<?xi64>) attributes {
    cases = [{inputs = [dense<4> : tensor<i64>, dense<100> : tensor<i64>], outputs = [dense<16> : tensor<i64>, dense<[1, 2, 4, 8]> : tensor<4xi64>]},
             {inputs = [dense<9> : tensor<i64>, dense<5> : tensor<i64>], outputs = [dense<8> : tensor<i64>, dense<[1, 2, 4]> : tensor<3xi64>]},
             {inputs = [dense<0> : tensor<i64>, dense<5> : tensor<i64>], outputs = [dense<1> : tensor<i64>, dense<> : tensor<0xi64>]}]} {
  %true = graph.constant dense<true> : tensor<i1>
  %one = graph.constant dense<1> : tensor<i64>
  %0, %1 = graph.loop %n, %true, %one {
  ^body(%i: tensor<i64>, %c: tensor<i1>, %x: tensor<i64>):
    %2 = graph.binary add %x, %x : (tensor<i64>, tensor<i64>) -> tensor<i64>
    %go = graph.compare lt %2, %limit : (tensor<i64>, tensor<i64>) -> tensor<i1>
    graph.yield %go, %2, %x : tensor<i1>, tensor<i64>, tensor<i64>
  } : (tensor<i64>, tensor<i1>, tensor<i64>) -> (tensor<i64>, tensor<?xi64>)
  return %0, %1 : tensor<i64>, tensor<?xi64>
}

// A branch in a loop in a branch.
func.func @nested(%c: tensor<i1>, %n: tensor<i64>, %x: tensor<3xf32>) -> tensor<3xf32> attributes {
    cases = [{inputs = [dense<true> : tensor<i1>, dense<3> : tensor<i64>, dense<[1.0, 2.0, 3.0]> : tensor<3xf32>], outputs = [dense<[3.0, 6.0, 9.0]> : tensor<3xf32>]},
             {inputs = [dense<false> : tensor<i1>, dense<3> : tensor<i64>, dense<[1.0, 2.0, 3.0]> : tensor<3xf32>], outputs = [dense<[1.0, 2.0, 3.0]> : tensor<3xf32>]}]} {
  %0 = graph.if %c {
    %true = graph.constant dense<true> : tensor<i1>
    %one = graph.constant dense<1> : tensor<i64>
    %1 = graph.loop %n, %true, %x {
    ^body(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<3xf32>):
      %odd = graph.compare eq %i, %one : (tensor<i64>, tensor<i64>) -> tensor<i1>
      %2 = graph.if %odd {
        graph.yield %v : tensor<3xf32>
      } else {
        %3 = graph.binary add %v, %x : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
        graph.yield %3 : tensor<3xf32>
      } : (tensor<i1>) -> tensor<3xf32>
      graph.yield %go, %2 : tensor<i1>, tensor<3xf32>
    } : (tensor<i64>, tensor<i1>, tensor<3xf32>) -> tensor<3xf32>
    graph.yield %1 : tensor<3xf32>
  } else {
    graph.yield %x : tensor<3xf32>
  } : (tensor<i1>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
