// Elementwise ops: one result element from one element of each operand, with numpy broadcasting.
#ifndef MLC_GRAPH_ELEMENTWISE
#define MLC_GRAPH_ELEMENTWISE
include "Graph/GraphBase.td"

def Graph_UnaryKindEnum : Graph_KindEnum<"UnaryKind", [
  I32EnumAttrCase<"Neg", 0, "neg">,
  I32EnumAttrCase<"Abs", 1, "abs">,
  I32EnumAttrCase<"Exp", 2, "exp">,
  I32EnumAttrCase<"Log", 3, "log">,
  I32EnumAttrCase<"Sqrt", 4, "sqrt">,
  I32EnumAttrCase<"Reciprocal", 5, "reciprocal">,
  I32EnumAttrCase<"Floor", 6, "floor">,
  I32EnumAttrCase<"Ceil", 7, "ceil">,
  I32EnumAttrCase<"Round", 8, "round">,
  I32EnumAttrCase<"Sign", 9, "sign">,
  I32EnumAttrCase<"Sin", 10, "sin">,
  I32EnumAttrCase<"Cos", 11, "cos">,
  I32EnumAttrCase<"Tan", 12, "tan">,
  I32EnumAttrCase<"Asin", 13, "asin">,
  I32EnumAttrCase<"Acos", 14, "acos">,
  I32EnumAttrCase<"Atan", 15, "atan">,
  I32EnumAttrCase<"Sinh", 16, "sinh">,
  I32EnumAttrCase<"Cosh", 17, "cosh">,
  I32EnumAttrCase<"Tanh", 18, "tanh">,
  I32EnumAttrCase<"Asinh", 19, "asinh">,
  I32EnumAttrCase<"Acosh", 20, "acosh">,
  I32EnumAttrCase<"Atanh", 21, "atanh">,
  I32EnumAttrCase<"Erf", 22, "erf">,
  I32EnumAttrCase<"Not", 23, "not">,
  I32EnumAttrCase<"BitNot", 24, "bit_not">,
  I32EnumAttrCase<"Relu", 25, "relu">,
  I32EnumAttrCase<"LeakyRelu", 26, "leaky_relu">,
  I32EnumAttrCase<"Elu", 27, "elu">,
  I32EnumAttrCase<"Selu", 28, "selu">,
  I32EnumAttrCase<"Celu", 29, "celu">,
  I32EnumAttrCase<"Sigmoid", 30, "sigmoid">,
  I32EnumAttrCase<"HardSigmoid", 31, "hard_sigmoid">,
  I32EnumAttrCase<"HardSwish", 32, "hard_swish">,
  I32EnumAttrCase<"Swish", 33, "swish">,
  I32EnumAttrCase<"Softplus", 34, "softplus">,
  I32EnumAttrCase<"Softsign", 35, "softsign">,
  I32EnumAttrCase<"Mish", 36, "mish">,
  I32EnumAttrCase<"Gelu", 37, "gelu">,
  I32EnumAttrCase<"GeluTanh", 38, "gelu_tanh">,
  I32EnumAttrCase<"ThresholdedRelu", 39, "thresholded_relu">,
  I32EnumAttrCase<"Shrink", 40, "shrink">,
  I32EnumAttrCase<"IsNan", 41, "is_nan">,
  I32EnumAttrCase<"IsInf", 42, "is_inf">
]>;
def Graph_UnaryKind : Graph_KindAttr<Graph_UnaryKindEnum, "unary_kind">;
def Graph_BinaryKindEnum : Graph_KindEnum<"BinaryKind", [
  I32EnumAttrCase<"Add", 0, "add">,
  I32EnumAttrCase<"Sub", 1, "sub">,
  I32EnumAttrCase<"Mul", 2, "mul">,
  I32EnumAttrCase<"Div", 3, "div">,
  I32EnumAttrCase<"Mod", 4, "mod">,
  I32EnumAttrCase<"Fmod", 5, "fmod">,
  I32EnumAttrCase<"Pow", 6, "pow">,
  I32EnumAttrCase<"Min", 7, "min">,
  I32EnumAttrCase<"Max", 8, "max">,
  I32EnumAttrCase<"And", 9, "and">,
  I32EnumAttrCase<"Or", 10, "or">,
  I32EnumAttrCase<"Xor", 11, "xor">,
  I32EnumAttrCase<"BitAnd", 12, "bit_and">,
  I32EnumAttrCase<"BitOr", 13, "bit_or">,
  I32EnumAttrCase<"BitXor", 14, "bit_xor">,
  I32EnumAttrCase<"ShiftLeft", 15, "shift_left">,
  I32EnumAttrCase<"ShiftRight", 16, "shift_right">
]>;
def Graph_BinaryKind : Graph_KindAttr<Graph_BinaryKindEnum, "binary_kind">;
def Graph_CompareKindEnum : Graph_KindEnum<"CompareKind", [
  I32EnumAttrCase<"Eq", 0, "eq">,
  I32EnumAttrCase<"Ne", 1, "ne">,
  I32EnumAttrCase<"Lt", 2, "lt">,
  I32EnumAttrCase<"Le", 3, "le">,
  I32EnumAttrCase<"Gt", 4, "gt">,
  I32EnumAttrCase<"Ge", 5, "ge">
]>;
def Graph_CompareKind : Graph_KindAttr<Graph_CompareKindEnum, "compare_kind">;

def Graph_RoundingKindEnum : Graph_KindEnum<"RoundingKind", [
  I32EnumAttrCase<"Up", 0, "up">,
  I32EnumAttrCase<"Down", 1, "down">,
  I32EnumAttrCase<"Nearest", 2, "nearest">
]>;
def Graph_RoundingKind : Graph_KindAttr<Graph_RoundingKindEnum, "rounding_kind">;

def Graph_UnaryOp : Graph_Op<"unary"> {
  let summary = "One elementwise function of one operand";
  let description = [{
    `alpha` and `beta` are the parameters of the kinds that have any, with ONNX's meaning: leaky_relu, elu, celu,
    swish and thresholded_relu (alpha); selu (alpha, beta = gamma); hard_sigmoid (alpha, beta);
    shrink (alpha = lambd, beta = bias); is_inf (alpha != 0: detect negative, beta != 0: detect positive).
    `round` is to nearest even. `is_nan`, `is_inf` and `not` give i1; all others the type of the operand.
  }];
  let arguments = (ins Graph_UnaryKind:$kind, Graph_Tensor:$input,
                       DefaultValuedAttr<F32Attr, "0.0f">:$alpha, DefaultValuedAttr<F32Attr, "0.0f">:$beta);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$kind $input attr-dict `:` functional-type(operands, results)";
}

def Graph_BinaryOp : Graph_Op<"binary"> {
  let summary = "One elementwise function of two operands, broadcast like numpy";
  let description = [{
    Both operands have the same element type, except for `pow`, whose exponent may differ. `div` of integers
    truncates towards zero; `mod` has the sign of the divisor (Python), `fmod` of the dividend (C).
    `min` and `max` give NaN if either operand is NaN.
  }];
  let arguments = (ins Graph_BinaryKind:$kind, Graph_Tensor:$lhs, Graph_Tensor:$rhs);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$kind $lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

def Graph_CompareOp : Graph_Op<"compare"> {
  let summary = "Elementwise comparison, broadcast like numpy; the result is i1";
  let arguments = (ins Graph_CompareKind:$kind, Graph_Tensor:$lhs, Graph_Tensor:$rhs);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$kind $lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

def Graph_SelectOp : Graph_Op<"select"> {
  let summary = "Elementwise condition ? on_true : on_false (ONNX Where), broadcast like numpy";
  let arguments = (ins Graph_Tensor:$condition, Graph_Tensor:$on_true, Graph_Tensor:$on_false);
  let results = (outs Graph_Tensor:$output);
}

def Graph_CastOp : Graph_Op<"cast"> {
  let summary = "Conversion to element type `to` with the semantics of ONNX Cast";
  let description = [{ Floats to integers truncate towards zero; to i1: x != 0; integers wrap; to narrower floats rounds to nearest even.
    What is too large for a float8 becomes its largest number, or with `unsaturated` its infinity or NaN. `rounding` is for float8e8m0 alone. }];
  let arguments = (ins Graph_Tensor:$input, TypeAttr:$to, UnitAttr:$unsaturated,
                       DefaultValuedAttr<Graph_RoundingKind, "::mlc::graph::RoundingKind::Up">:$rounding);
  let results = (outs Graph_Tensor:$output);
  let hasFolder = 1;
}

def Graph_BitCastOp : Graph_Op<"bit_cast"> {
  let summary = "The same bits as another element type of the same width (ONNX BitCast)";
  let arguments = (ins Graph_Tensor:$input, TypeAttr:$to);
  let results = (outs Graph_Tensor:$output);
}
#endif
