// ChannelsLast: activations of images and signals lie with their channels innermost.
#ifndef MLC_PASSES_CHANNELS_LAST
#define MLC_PASSES_CHANNELS_LAST
include "mlir/Pass/PassBase.td"

def ChannelsLast : Pass<"channels-last", "::mlir::func::FuncOp"> {
  let summary = "Lays activations out channels-last and moves the transposes that this needs out of the way";
  let description = [{
    Every convolution and pooling becomes `channels_last` between two transposes. In one sweep in program order, a transpose
    that such a rewrite made moves below each op that can work on the other layout: elementwise ops, cast,
    quantize, concat, pad, slice, resize, reductions, normalisations, squeeze, unsqueeze, gather, and reshapes that
    split or merge neighbours only. It meets the next convolution's opposite and both vanish.
    What is left stands at the model's border, or where an op mixes channels with positions. A transpose that moves only
    dimensions of size 1 becomes a squeeze and an unsqueeze, which copy nothing. Transposes of the model itself are not moved,
    only combined. Weights keep ONNX's layout.

    ```mlir
    %y = graph.conv %x, %w {…} : (tensor<1x8x4x4xf32>, tensor<8x8x1x1xf32>) -> tensor<1x8x4x4xf32>
    %z = graph.unary relu %y : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
    // becomes
    %a = graph.transpose %x {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x8x4x4xf32>) -> tensor<1x4x4x8xf32>
    %b = graph.conv %a, %w {channels_last, …} : (tensor<1x4x4x8xf32>, tensor<8x8x1x1xf32>) -> tensor<1x4x4x8xf32>
    %c = graph.unary relu %b : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
    %z = graph.transpose %c {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x4x4x8xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
}
#endif
