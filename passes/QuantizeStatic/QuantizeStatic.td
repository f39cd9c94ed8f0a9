// QuantizeStatic: QDQ pairs with constant parameters.
#ifndef MLC_PASSES_QUANTIZE_STATIC
#define MLC_PASSES_QUANTIZE_STATIC
include "mlir/Pass/PassBase.td"

def QuantizeStatic : Pass<"quantize-static", "::mlir::ModuleOp"> {
  let summary = "Quantizes contractions with constant weights to int8, from calibrated ranges";
  let description = [{
    Reads the attribute `graph.range` of values (lib/Calibration) and drops it. Each conv, conv_transpose and matmul
    with constant weights gets

    - its weights as i8, symmetric, one scale an output channel;
    - its input as ui8, asymmetric, one scale a tensor. Ops that only move elements (transpose, concat, max pool, …) between
      the place where a tensor is computed and the contraction work on ui8; all tensors so joined have one scale, but a
      part of a concat that would lose more than a bit for another contraction keeps its own and is requantized;
    - a conv's constant bias as i32 in units of the accumulator. Where a contraction carries the means of its input's channels
      (`graph.input_means`), what the rounding of its weights adds to the mean of each output is taken from its bias first.

    A contraction of control flow whose input has no range, because it stands in a loop or calibration never took its branch,
    is quantized as QuantizeDynamic does it; so is one whose input has less than a quarter of that range in a sample on
    average (`graph.sample_range`). A contraction that was given another precision (`graph.precision`, passes/Precision) is left alone.

    A tensor is quantized once, and arithmetic that also reads it reads the dequantized one, so that only ui8 is
    stored; results of the model stay f32. A matmul of two activations stays f32: it has a small part of the products,
    no packed operand, and softmax, which commonly feeds it, suffers most from 8 bits.

    ```mlir
    %y = graph.matmul %x, %w : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    // becomes
    %q = graph.quantize %x, %scale, %zero_point
    %d = graph.dequantize %q, %scale, %zero_point
    %v = graph.dequantize %w_i8, %w_scales, %w_zero_points {axis = 1}
    %y = graph.matmul %d, %v
    ```
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let options = [
    Option<"skipDepthwise", "skip-depthwise", "bool", "false", "Keep depthwise convolutions f32">,
    Option<"shareQuantized", "share-quantized", "bool", "true",
           "Arithmetic that also reads a quantized tensor reads the dequantized one">
  ];
}
#endif
