// BFloat16: products of bf16 operands, summed in f32.
#ifndef MLC_PASSES_BFLOAT16
#define MLC_PASSES_BFLOAT16
include "mlir/Pass/PassBase.td"

def BFloat16 : Pass<"bfloat16", "::mlir::func::FuncOp"> {
  let summary = "Marks contractions with constant weights, and those of attention, to multiply in bf16 and sum in f32";
  let description = [{
    Both products of an attention count, although no operand is constant: one kernel packs them. Convolutions that the lowering does
    in tiles (kernel.winograd) keep products in f32, and store their weights in bf16. Everything between contractions stays f32; a value that contractions alone read is stored in bf16. An odd depth stays f32:
    the instructions take two products at a time. A recurrent layer keeps its weights in bf16 and computes in f32. So do depthwise convolutions, which are bound by memory.

    ```mlir
    %y = graph.matmul %x, %w : (tensor<?x64xf32>, tensor<64x32xf32>) -> tensor<?x32xf32>
    // becomes
    %y = graph.matmul %x, %w {bf16} : (tensor<?x64xf32>, tensor<64x32xf32>) -> tensor<?x32xf32>
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let options = [
    Option<"onlyMarked", "only-marked", "bool", "false", "Take only ops that were given this precision (graph.precision)">
  ];
}
#endif
