// LowerQuantization: from QDQ pairs to integer contractions.
#ifndef MLC_PASSES_LOWER_QUANTIZATION
#define MLC_PASSES_LOWER_QUANTIZATION
include "mlir/Pass/PassBase.td"

def LowerQuantization : Pass<"lower-quantization", "::mlir::func::FuncOp"> {
  let summary = "Turns contractions of dequantized operands into integer contractions and defines their arithmetic";
  let description = [{
    After export, before lowering. The order of operations is fixed here, op by op, so that all targets agree on every bit:

    1. `conv_integer` / `matmul_integer` of the quantized operands, an exact i32; a bias in units of the accumulator is
       added to it as i32;
    2. conversion to f32, one multiplication by the scale (input's times weights', for each output channel);
    3. a bias that is f32 is added; what else the graph does follows;
    4. a `quantize` by scale s becomes `quantize(v * (1/s), 1.0)`: a multiplication by the f32 nearest to 1/s in place of
       ONNX's division, then rounding to nearest even, the zero point added as an integer, saturation.

    Where v is a product by a constant (of step 2), through relu and the addition of a constant, both
    multiplications are one, by the f32 nearest to the scales' quotient: this is the requantization
    int32 → f32 → × scale → round → + zero point. A relu before a quantize whose zero point is the smallest integer is
    the saturation, and goes.

    A transposed convolution whose windows tile the output is a matrix product and a transposition. A `quantize` of
    a `dequantize` with the same parameters is nothing, also through ops that only move elements.
  }];
  let dependentDialects = ["::mlc::graph::GraphDialect"];
}
#endif
