// InferShapes: as much of every shape as can be known before the model runs.
#ifndef MLC_PASSES_INFER_SHAPES
#define MLC_PASSES_INFER_SHAPES
include "mlir/Pass/PassBase.td"

def InferShapes : Pass<"infer-shapes", "::mlir::ModuleOp"> {
  let summary = "Infers result types and folds arithmetic on shapes until neither changes anything";
  let description = [{
    In the order of the program, each op's result types are inferred again from its operands; a result keeps whatever
    either type knows (where they contradict, that is an error at the op). An integer tensor of rank 0 or 1 whose
    elements are all known, followed through `shape_of`, concat, slice, gather and arithmetic, becomes a constant. The
    results of `if` take what both branches agree on, the carried values of `loop` what the initial value and the
    body agree on. Functions get the types of what they return, and `graph.dims` loses the symbols of dimensions that
    became known.

    The shape operand of a reshape is replaced by a constant where all dimensions but one are known or copied from the
    same position of the operand; a reshape or expand that changes nothing goes.

    ```mlir
    %s = graph.shape_of %x {start = 0, end = 1} : (tensor<?x8xf32>) -> tensor<1xi64>
    %t = graph.concat %s, %c {axis = 0} : (tensor<1xi64>, tensor<2xi64>) -> tensor<3xi64>
    %y = graph.reshape %x, %t : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
    // with %c = [2, 4] becomes
    %t = graph.constant dense<[0, 2, 4]> : tensor<3xi64>
    %y = graph.reshape %x, %t : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let statistics = [
    Statistic<"refined", "refined", "Result types that became more precise">,
    Statistic<"folded", "folded", "Integer tensors replaced by constants">
  ];
}
#endif
