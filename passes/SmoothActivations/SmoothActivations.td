// SmoothActivations: outliers of activations move into the weights that multiply them.
#ifndef MLC_PASSES_SMOOTH_ACTIVATIONS
#define MLC_PASSES_SMOOTH_ACTIVATIONS
include "mlir/Pass/PassBase.td"

def SmoothActivations : Pass<"smooth-activations", "::mlir::func::FuncOp"> {
  let summary = "Divides a contraction's activations by a factor for each channel, and multiplies its weights by it";
  let description = [{
    Reads the attribute `graph.smoothing` (array<f32>, a factor for each channel of the activations) of a `matmul` with constant f32
    weights of rank 2, or of a `conv` of one group or of one for each channel, and drops it. Where few channels of the activations are much larger than the others, one scale for
    the tensor leaves the others few steps; weights have a scale for each column and are more even. Results differ
    from before by rounding. Products that read the same tensor with the same factors share the division.
    G. Xiao et al., SmoothQuant, arXiv 2211.10438.

    ```mlir
    %y = graph.matmul %x, %w {graph.smoothing = array<f32: 4.0, 1.0>}   // %w = [[1.0], [2.0]]
    // becomes
    %s = graph.binary mul %x, %r                                        // %r = [0.25, 1.0]
    %y = graph.matmul %s, %v                                            // %v = [[4.0], [2.0]]
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
}
#endif
