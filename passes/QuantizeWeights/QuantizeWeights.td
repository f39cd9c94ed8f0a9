// QuantizeWeights: tables that are only looked up, and the matrices of recurrent layers, become i8.
#ifndef MLC_PASSES_QUANTIZE_WEIGHTS
#define MLC_PASSES_QUANTIZE_WEIGHTS
include "mlir/Pass/PassBase.td"

def QuantizeWeights : Pass<"quantize-weights", "::mlir::func::FuncOp"> {
  let summary = "Stores embedding tables as i8, one symmetric scale a row, or as i4 in blocks, and weights of recurrent layers as i8";
  let description = [{
    A `gather` along the first axis of a constant f32 table of at least `minBytes` reads i8 rows and their scales instead;
    the arithmetic is on the gathered rows only.

    ```mlir
    %y = graph.gather %table, %i {axis = 0} : (tensor<100x64xf32>, tensor<?xi64>) -> tensor<?x64xf32>
    // becomes
    %rows = graph.gather %table_i8, %i {axis = 0} : (tensor<100x64xi8>, tensor<?xi64>) -> tensor<?x64xi8>
    %scales = graph.gather %row_scales, %i {axis = 0} : (tensor<100x1xf32>, tensor<?xi64>) -> tensor<?x1xf32>
    %f = graph.cast %rows {to = f32}
    %y = graph.binary mul %f, %scales
    ```

    The matrices of a `recurrent` of at least `minBytes` become dequantize(i8 constant) with a symmetric scale for each column of
    each direction (Graph/GateWeights.h); its kernel multiplies sums by it, and activations stay f32.

    With `block`, tables whose rows are whole blocks hold i4 with a scale for each block of a row, and what is gathered of both is dequantized.
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let options = [
    Option<"minBytes", "min-bytes", "int64_t", "4096", "Smaller tables and recurrent layers stay f32">,
    Option<"block", "block", "int64_t", "0", "Elements of a row that share a scale, as 4-bit integers; 0: i8, one scale a row">
  ];
}
#endif
