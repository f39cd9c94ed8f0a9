// Ops that sum products: what the contraction kernels of a target are for.
#ifndef MLC_GRAPH_CONTRACTION
#define MLC_GRAPH_CONTRACTION
include "Graph/GraphBase.td"

def Graph_MatmulOp : Graph_Op<"matmul"> {
  let summary = "Matrix product with numpy's rules for 1-D operands and broadcast batch dimensions";
  let description = [{
    With `bf16` the operands, f32, are rounded to bfloat16 first; their products are summed in f32. With `int8` and a right operand that is dequantized from blocks
    of 4-bit constants along K, the same blocks of the left operand may be rounded to int8 by their largest magnitudes (accuracy_level 4 of com.microsoft's MatMulNBits).
  }];
  let arguments = (ins Graph_Tensor:$lhs, Graph_Tensor:$rhs, UnitAttr:$bf16, UnitAttr:$int8);
  let results = (outs Graph_Tensor:$output);
}

def Graph_MatmulIntegerOp : Graph_Op<"matmul_integer"> {
  let summary = "Matrix product of 8-bit operands less their zero points, exact, with an i32 result";
  let description = [{
    `lhs_zero_point` is a scalar or one value a row (shape [M]), `rhs_zero_point` a scalar or one value a column
    (shape [N]), each of its operand's element type (ONNX MatMulInteger).
  }];
  let arguments = (ins Graph_Tensor:$lhs, Graph_Tensor:$rhs, Graph_Tensor:$lhs_zero_point, Graph_Tensor:$rhs_zero_point);
  let results = (outs Graph_Tensor:$output);
}

def Graph_ConvOp : Graph_Op<"conv"> {
  let summary = "Convolution with 1, 2 or 3 spatial dimensions";
  let description = [{
    `input` is [N, C, spatial…], or [N, spatial…, C] with `channels_last`; so is the result. `weights` is always
    [M, C/group, kernel…]. `pads` holds all begins, then all ends; `bias` is [M]. `bf16` as in `matmul`.
  }];
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$weights, Optional<Graph_Tensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       I64Attr:$group, UnitAttr:$channels_last, UnitAttr:$bf16);
  let results = (outs Graph_Tensor:$output);
}

def Graph_ConvIntegerOp : Graph_Op<"conv_integer"> {
  let summary = "Convolution of 8-bit operands less their zero points, exact, with an i32 result";
  let description = [{ As `conv`; padding stands for the input's zero point. `input_zero_point` is a scalar, `weights_zero_point` a scalar or [M]. }];
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$weights, Graph_Tensor:$input_zero_point,
                       Graph_Tensor:$weights_zero_point,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       I64Attr:$group, UnitAttr:$channels_last);
  let results = (outs Graph_Tensor:$output);
}

def Graph_ConvTransposeOp : Graph_Op<"conv_transpose"> {
  let summary = "Transposed convolution (ONNX ConvTranspose)";
  let description = [{
    `weights` is [C, M/group, kernel…]. Output size: (in - 1) * stride + (kernel - 1) * dilation + 1 +
    output_padding - pads. Layout of input and result as in `conv`.
  }];
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$weights, Optional<Graph_Tensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       DenseI64ArrayAttr:$output_padding, I64Attr:$group, UnitAttr:$channels_last);
  let results = (outs Graph_Tensor:$output);
}
#endif
