// Equalize: channels between two contractions get weights of like magnitude on both sides.
#ifndef MLC_PASSES_EQUALIZE
#define MLC_PASSES_EQUALIZE
include "mlir/Pass/PassBase.td"

def Equalize : Pass<"equalize", "::mlir::func::FuncOp"> {
  let summary = "Moves scale between neighbouring layers, so that no channel is much larger than the others";
  let description = [{
    Between two contractions with constant f32 weights (`conv`, `matmul`) that only ops stand between which commute with a positive
    factor for each channel (relu, leaky relu, pooling, padding with 0, bounds, added constants), a channel that is divided
    by s in the first and multiplied by s in the second changes nothing. s = sqrt(r1 / r2) makes r1, the largest weight
    that writes the channel, and r2, the largest that reads it, equal; pairs are visited until nothing moves. Bounds (those of ReLU6) become
    one for each channel. Every link must have the next as its only reader. Results differ from before by rounding.
    M. Nagel et al., Data-Free Quantization through Weight Equalization and Bias Correction, arXiv 1906.04721.

    ```mlir
    %a = graph.conv %x, %w1 {…}   // %w1 = [[[[8.0]]], [[[2.0]]]]
    %b = graph.unary relu %a
    %y = graph.conv %b, %w2 {…}   // %w2 = [[[[0.5]], [[2.0]]]]
    // becomes
    %a = graph.conv %x, %w1 {…}   // %w1 = [[[[2.0]]], [[[2.0]]]]
    %b = graph.unary relu %a
    %y = graph.conv %b, %w2 {…}   // %w2 = [[[[2.0]], [[2.0]]]]
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let statistics = [
    Statistic<"equalized", "equalized", "Pairs of contractions whose channels were scaled">
  ];
}
#endif
