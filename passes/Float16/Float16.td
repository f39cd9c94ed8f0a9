// Float16: weights, and values where their ranges are known, as half floats.
#ifndef MLC_PASSES_FLOAT16
#define MLC_PASSES_FLOAT16
include "mlir/Pass/PassBase.td"

def Float16 : Pass<"float16", "::mlir::func::FuncOp"> {
  let summary = "Stores weights as float16, and with ranges also what flows between layers; sums stay in f32";
  let description = [{
    The weights of a layer (a contraction, a recurrent layer, a lookup in a table) become a constant of f16 and a cast, which kernels do as they load: half the bytes, and
    arithmetic as before. Other constants of 16 KiB and more that elementwise and shape ops read are stored so, too. Weights stay f32 where one is beyond ±65504 or not finite,
    or where more than half of those that are not 0 lie below the smallest normal number, 6.1e-5.

    ```mlir
    %w = graph.constant dense<0.5> : tensor<64x32xf32>
    %y = graph.matmul %x, %w : (tensor<?x64xf32>, tensor<64x32xf32>) -> tensor<?x32xf32>
    // becomes
    %w = graph.constant dense<0.5> : tensor<64x32xf16>
    %wide = graph.cast %w : (tensor<64x32xf16>) -> tensor<64x32xf32>
    %y = graph.matmul %x, %wide : (tensor<?x64xf32>, tensor<64x32xf32>) -> tensor<?x32xf32>
    ```

    With `values` ops whose operands and results have a calibrated range (`graph.range`) within ±32752, which leaves a factor of two to what the samples did not show, compute on f16: contractions with
    such weights, whose sums are f32 in any case, and elementwise and shape ops behind them, never one alone between others in f32. In f32 stay sums over a dimension (reduce, softmax, layer_norm, cumsum, averages),
    exp, log, pow and the like, products of two activations (one kernel makes an attention of them), interpolation, what integers are made of, and arguments and results of the function. Casts stand at the borders;
    a cast of the model to f16 is one of them.
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
  let options = [
    Option<"values", "values", "bool", "false", "Also values between ops, by their ranges">
  ];
}
#endif
