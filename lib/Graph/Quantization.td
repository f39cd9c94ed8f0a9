// Quantization as pairs of quantize and dequantize (QDQ).
#ifndef MLC_GRAPH_QUANTIZATION
#define MLC_GRAPH_QUANTIZATION
include "Graph/GraphBase.td"

def Graph_QuantizeOp : Graph_Op<"quantize"> {
  let summary = "saturate(round_to_nearest_even(input / scale) + zero_point) in zero_point's element type";
  let description = [{
    `scale` and `zero_point` are scalars (per tensor), 1-D along `axis` (per channel), or with `block` of the operand's rank, one element
    for so many along `axis`. To float8 and float4: cast(input / scale + zero_point), `unsaturated` as in `cast`. ONNX QuantizeLinear.
  }];
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$scale, Graph_Tensor:$zero_point,
                       DefaultValuedAttr<I64Attr, "0">:$axis, DefaultValuedAttr<I64Attr, "0">:$block, UnitAttr:$unsaturated);
  let results = (outs Graph_Tensor:$output);
}

def Graph_DequantizeOp : Graph_Op<"dequantize"> {
  let summary = "(input - zero_point) * scale in scale's element type (ONNX DequantizeLinear)";
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$scale, Graph_Tensor:$zero_point,
                       DefaultValuedAttr<I64Attr, "0">:$axis, DefaultValuedAttr<I64Attr, "0">:$block);
  let results = (outs Graph_Tensor:$output);
}

def Graph_DynamicRangeOp : Graph_Op<"dynamic_range"> {
  let summary = "Scale (f32 scalar) and zero point (ui8 scalar) of the operand's range, as ONNX DynamicQuantizeLinear defines them";
  let arguments = (ins Graph_Tensor:$input);
  let results = (outs Graph_Tensor:$scale, Graph_Tensor:$zero_point);
}
#endif
