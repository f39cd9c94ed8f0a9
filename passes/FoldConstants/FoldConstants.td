// FoldConstants: what depends on constants alone is computed now.
#ifndef MLC_PASSES_FOLD_CONSTANTS
#define MLC_PASSES_FOLD_CONSTANTS
include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"fold-constants", "::mlir::ModuleOp"> {
  let summary = "Replaces ops whose operands are all constants by their results";
  let description = [{
    Every pure op with constant operands only is evaluated by the reference evaluator; a `graph.if` with a constant
    condition becomes the region it takes; ops that nothing uses are erased; then the weight store gives back the bytes
    that no constant of the module refers to any more.

    An op stays where its results would make the model larger by more than `maxGrowth` bytes a result, counted
    against the constant operands that nothing else uses. An op that cannot be evaluated stays as well: what is wrong
    with it is reported where it is compiled or run.

    `dequantize` is never folded: a quantized weight stays quantized. `quantize` of a constant is: its result is the
    smaller one and, QDQ being exact, the model's meaning is the same. With `keepHalf` casts of constants from f16 or bf16
    to f32 stay, too: weights are stored so.

    ```mlir
    %a = graph.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %b = graph.unary exp %a : (tensor<2xf32>) -> tensor<2xf32>
    %y = graph.binary add %x, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    // becomes
    %b = graph.constant dense<[2.71828175, 7.3890562]> : tensor<2xf32>
    %y = graph.binary add %x, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let options = [
    Option<"maxGrowth", "max-growth", "int64_t", "65536", "Bytes by which one folded result may enlarge the model">,
    Option<"keepHalf", "keep-half", "bool", "false", "Leave casts of constants from f16 or bf16 to f32">
  ];
  let statistics = [
    Statistic<"folded", "folded", "Ops replaced by constants">
  ];
}
#endif
