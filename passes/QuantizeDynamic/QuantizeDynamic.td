// QuantizeDynamic: QDQ pairs whose activation parameters are computed at run time.
#ifndef MLC_PASSES_QUANTIZE_DYNAMIC
#define MLC_PASSES_QUANTIZE_DYNAMIC
include "mlir/Pass/PassBase.td"

def QuantizeDynamic : Pass<"quantize-dynamic", "::mlir::func::FuncOp"> {
  let summary = "Quantizes contractions with constant weights to int8, the ranges of activations found at run time";
  let description = [{
    For use without calibration data. Weights become i8 as in quantize-static; the input of each contraction is quantized
    to ui8 by the range that it has in this run (`graph.dynamic_range`), once for all contractions that read it.
    A bias stays f32. Contractions that are quantized already are left alone.

    ```mlir
    %y = graph.matmul %x, %w : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    // becomes
    %scale, %zero_point = graph.dynamic_range %x
    %q = graph.quantize %x, %scale, %zero_point
    %d = graph.dequantize %q, %scale, %zero_point
    %v = graph.dequantize %w_i8, %w_scales, %w_zero_points {axis = 1}
    %y = graph.matmul %d, %v
    ```
  }];
  let options = [
    Option<"onlyMarked", "only-marked", "bool", "false", "Only layers that were given the precision int8 (graph.precision)">
  ];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
}
#endif
