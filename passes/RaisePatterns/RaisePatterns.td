// RaisePatterns: what exporters decompose becomes one op again.
#ifndef MLC_PASSES_RAISE_PATTERNS
#define MLC_PASSES_RAISE_PATTERNS
include "mlir/Pass/PassBase.td"

def RaisePatterns : Pass<"raise-patterns", "::mlir::ModuleOp"> {
  let summary = "Recognises layer normalisation and activations that are written as several ops";
  let description = [{
    | written as | becomes |
    |---|---|
    | d = x - mean(x); d / sqrt(mean(d * d) + epsilon), also `pow 2`, and a reciprocal or `pow -0.5` for the division | `layer_norm` |
    | x / sqrt(mean(x * x) + epsilon) | `layer_norm` with `rms` |
    | these times a scale and plus a bias along the normalised dimensions | the scale and bias of the `layer_norm` |
    | 0.5 x (1 + erf(x / sqrt 2)) | `gelu` |
    | 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) | `gelu_tanh` |
    | x sigmoid(a x) | `swish` with alpha a |
    | x tanh(softplus(x)) | `mish` |
    | x hard_sigmoid(x) with 1/6 and 0.5, x min(max(x + 3, 0), 6) / 6 | `hard_swish` |
    | x / c, c a power of two | x * (1 / c), the same to the last bit |
    | transpose(dequantize(constant)) | dequantize(transpose(constant)), which folds |

    Activations are compared as polynomials in x and the inner function, so that the order of factors and the place of the
    constants do not matter; constants may differ by 2e-5 of their size (2e-3 for 16-bit floats). Means are over the last
    dimensions with `keepdims`. Intermediate values that have other users stay.

    ```mlir
    %s = graph.unary sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
    %y = graph.binary mul %x, %s : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    // becomes
    %y = graph.unary swish %x {alpha = 1.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
}
#endif
