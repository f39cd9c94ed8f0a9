// FoldAffine: constant factors and terms go into the weights and biases before them.
#ifndef MLC_PASSES_FOLD_AFFINE
#define MLC_PASSES_FOLD_AFFINE
include "mlir/Pass/PassBase.td"

def FoldAffine : Pass<"fold-affine", "::mlir::ModuleOp"> {
  let summary = "Folds constant multiplications and additions into weights and biases";
  let description = [{
    Constants that `binary` ops multiply, divide, add or subtract after a `conv`, `conv_transpose` or `matmul` with constant
    weights, one value for each output channel or one for all (what batch normalisation is in a trained model), are
    folded into its weights and its bias, a whole chain of them at once; a convolution without a bias gets one. A `matmul`
    has no bias: one `add` stays behind it. Every link of the chain must be the only user of the one before, and of the
    weights. Other chains of constant factors, or of constant terms, with one element each, become one.

    The new values are computed in double and rounded once. They are folded only where all of them are finite and
    no factor is 0. Element types f16, f32 and f64; results differ from the unfolded ones by rounding.

    ```mlir
    %a = graph.conv %x, %w {…} : (tensor<1x3x8x8xf32>, tensor<2x3x1x1xf32>) -> tensor<1x2x8x8xf32>
    %s = graph.constant dense<[[[2.0]], [[3.0]]]> : tensor<2x1x1xf32>
    %y = graph.binary mul %a, %s : (tensor<1x2x8x8xf32>, tensor<2x1x1xf32>) -> tensor<1x2x8x8xf32>
    // becomes
    %y = graph.conv %x, %scaled {…} : (tensor<1x3x8x8xf32>, tensor<2x3x1x1xf32>) -> tensor<1x2x8x8xf32>
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let statistics = [
    Statistic<"folded", "folded", "Ops folded into weights, biases or other constants">
  ];
}
#endif
