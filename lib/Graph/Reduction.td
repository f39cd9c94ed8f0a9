// Ops that reduce or normalise along dimensions.
#ifndef MLC_GRAPH_REDUCTION
#define MLC_GRAPH_REDUCTION
include "Graph/GraphBase.td"

def Graph_ReduceKindEnum : Graph_KindEnum<"ReduceKind", [
  I32EnumAttrCase<"Sum", 0, "sum">,
  I32EnumAttrCase<"Mean", 1, "mean">,
  I32EnumAttrCase<"Prod", 2, "prod">,
  I32EnumAttrCase<"Min", 3, "min">,
  I32EnumAttrCase<"Max", 4, "max">
]>;
def Graph_ReduceKind : Graph_KindAttr<Graph_ReduceKindEnum, "reduce_kind">;
def Graph_ArgReduceKindEnum : Graph_KindEnum<"ArgReduceKind", [
  I32EnumAttrCase<"Min", 0, "min">,
  I32EnumAttrCase<"Max", 1, "max">
]>;
def Graph_ArgReduceKind : Graph_KindAttr<Graph_ArgReduceKindEnum, "arg_reduce_kind">;

def Graph_ReduceOp : Graph_Op<"reduce"> {
  let summary = "Reduction over `axes` (normalised, ascending; empty: no dimension)";
  let arguments = (ins Graph_ReduceKind:$kind, Graph_Tensor:$input, DenseI64ArrayAttr:$axes, UnitAttr:$keepdims);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$kind $input attr-dict `:` functional-type(operands, results)";
}

def Graph_ArgReduceOp : Graph_Op<"arg_reduce"> {
  let summary = "Index (i64) of the extreme element along `axis`; the first of equals, or the last with `select_last`";
  let arguments = (ins Graph_ArgReduceKind:$kind, Graph_Tensor:$input, I64Attr:$axis, UnitAttr:$keepdims, UnitAttr:$select_last);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$kind $input attr-dict `:` functional-type(operands, results)";
}

def Graph_SoftmaxOp : Graph_Op<"softmax"> {
  let summary = "exp(x - max) / sum along `axis`; with `log` its logarithm";
  let arguments = (ins Graph_Tensor:$input, I64Attr:$axis, UnitAttr:$log);
  let results = (outs Graph_Tensor:$output);
}

def Graph_LayerNormOp : Graph_Op<"layer_norm"> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias over the dimensions from `axis` on";
  let description = [{ With `rms`: x / sqrt(mean(x*x) + epsilon) * scale. `scale` and `bias` broadcast against the operand. }];
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$scale, Optional<Graph_Tensor>:$bias,
                       I64Attr:$axis, F32Attr:$epsilon, UnitAttr:$rms);
  let results = (outs Graph_Tensor:$output);
}

def Graph_CumSumOp : Graph_Op<"cumsum"> {
  let summary = "Running sum along `axis`";
  let arguments = (ins Graph_Tensor:$input, I64Attr:$axis, UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs Graph_Tensor:$output);
}

def Graph_TopKOp : Graph_Op<"topk"> {
  let summary = "The k largest (or smallest) elements along `axis` and their indices; k is a scalar or i64[1]";
  let arguments = (ins Graph_Tensor:$input, Graph_IndexTensor:$k, I64Attr:$axis, UnitAttr:$smallest, UnitAttr:$unsorted);
  let results = (outs Graph_Tensor:$values, Graph_Tensor:$indices);
}
#endif
