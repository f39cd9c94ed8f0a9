// Ops that make, move, select or re-address elements and do no arithmetic on them.
#ifndef MLC_GRAPH_SHAPE
#define MLC_GRAPH_SHAPE
include "Graph/GraphBase.td"

def Graph_PadModeEnum : Graph_KindEnum<"PadMode", [
  I32EnumAttrCase<"Constant", 0, "constant">,
  I32EnumAttrCase<"Reflect", 1, "reflect">,
  I32EnumAttrCase<"Edge", 2, "edge">,
  I32EnumAttrCase<"Wrap", 3, "wrap">
]>;
def Graph_PadMode : Graph_KindAttr<Graph_PadModeEnum, "pad_mode">;

def Graph_ScatterKindEnum : Graph_KindEnum<"ScatterKind", [
  I32EnumAttrCase<"Replace", 0, "replace">,
  I32EnumAttrCase<"Add", 1, "add">,
  I32EnumAttrCase<"Mul", 2, "mul">,
  I32EnumAttrCase<"Min", 3, "min">,
  I32EnumAttrCase<"Max", 4, "max">
]>;
def Graph_ScatterKind : Graph_KindAttr<Graph_ScatterKindEnum, "scatter_kind">;

def Graph_ConstantOp : Graph_Op<"constant", [ConstantLike]> {
  let summary = "A constant tensor";
  let description = [{ `value` is a DenseElementsAttr up to 1 KiB, above that a resource of the weight store. }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Graph_ShapeOfOp : Graph_Op<"shape_of"> {
  let summary = "The dimensions [start, end) of the operand as a 1-D i64 tensor (ONNX Shape)";
  let description = [{ `start` and `end` are normalised: 0 <= start <= end <= rank. }];
  let arguments = (ins Graph_Tensor:$input, I64Attr:$start, I64Attr:$end);
  let results = (outs Graph_IndexTensor:$output);
  let hasFolder = 1;
}

def Graph_ReshapeOp : Graph_Op<"reshape"> {
  let summary = "The same elements in row-major order under another shape (ONNX Reshape)";
  let description = [{ One element of `shape` may be -1; 0 copies the operand's dimension unless `allowzero`. }];
  let arguments = (ins Graph_Tensor:$input, Graph_IndexTensor:$shape, UnitAttr:$allowzero);
  let results = (outs Graph_Tensor:$output);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Graph_SqueezeOp : Graph_Op<"squeeze"> {
  let summary = "Drops the dimensions `axes`, each of size 1";
  let arguments = (ins Graph_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs Graph_Tensor:$output);
}

def Graph_UnsqueezeOp : Graph_Op<"unsqueeze"> {
  let summary = "Inserts dimensions of size 1 so that they stand at `axes` of the result (ascending, normalised)";
  let arguments = (ins Graph_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs Graph_Tensor:$output);
}

def Graph_TransposeOp : Graph_Op<"transpose"> {
  let summary = "Permutes dimensions: dimension i of the result is dimension perm[i] of the operand";
  let arguments = (ins Graph_Tensor:$input, DenseI64ArrayAttr:$perm);
  let results = (outs Graph_Tensor:$output);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Graph_ExpandOp : Graph_Op<"expand"> {
  let summary = "Broadcasts the operand against `shape` (ONNX Expand: both directions)";
  let arguments = (ins Graph_Tensor:$input, Graph_IndexTensor:$shape);
  let results = (outs Graph_Tensor:$output);
  let hasFolder = 1;
}

def Graph_SliceOp : Graph_Op<"slice"> {
  let summary = "Elements starts[i] to ends[i] (exclusive) by steps[i] along axes[i] (ONNX Slice)";
  let description = [{ `axes` is normalised. Starts and ends count from the end if negative and are clamped as ONNX says; steps may be negative, never 0. }];
  let arguments = (ins Graph_Tensor:$input, Graph_IndexTensor:$starts, Graph_IndexTensor:$ends,
                       Graph_IndexTensor:$steps, DenseI64ArrayAttr:$axes);
  let results = (outs Graph_Tensor:$output);
}

def Graph_ConcatOp : Graph_Op<"concat"> {
  let summary = "Concatenation along `axis`";
  let arguments = (ins Variadic<Graph_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Graph_Tensor:$output);
  let hasFolder = 1;
}

def Graph_GatherOp : Graph_Op<"gather"> {
  let summary = "Slices of `input` along `axis` at `indices` (ONNX Gather); negative indices count from the end";
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$indices, I64Attr:$axis);
  let results = (outs Graph_Tensor:$output);
}

def Graph_GatherElementsOp : Graph_Op<"gather_elements"> {
  let summary = "result[.., i, ..] = input[.., indices[.., i, ..], ..] along `axis` (ONNX GatherElements)";
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$indices, I64Attr:$axis);
  let results = (outs Graph_Tensor:$output);
}

def Graph_GatherNDOp : Graph_Op<"gather_nd"> {
  let summary = "Slices addressed by the last dimension of `indices` (ONNX GatherND)";
  let arguments = (ins Graph_Tensor:$input, Graph_Tensor:$indices, DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs Graph_Tensor:$output);
}

def Graph_ScatterOp : Graph_Op<"scatter"> {
  let summary = "A copy of `input` [N, S] in which row indices[u] takes row u of `updates` [U, S], in the order of u";
  let description = [{
    `indices` is i64[U], counted from the front. With `replace` the last of equal indices stays, else row and update are
    combined. The importer brings ONNX ScatterElements, ScatterND and their like to this form.
  }];
  let arguments = (ins Graph_ScatterKind:$kind, Graph_Tensor:$input, Graph_Tensor:$indices, Graph_Tensor:$updates);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$kind operands attr-dict `:` functional-type(operands, results)";
}

def Graph_PadOp : Graph_Op<"pad"> {
  let summary = "Pads (or with negative numbers crops): `pads` = begins of all `axes`, then ends of all";
  let description = [{ `value` is a scalar of the operand's element type, used by mode constant only. }];
  let arguments = (ins Graph_Tensor:$input, Graph_IndexTensor:$pads, Graph_Tensor:$value,
                       DenseI64ArrayAttr:$axes, Graph_PadMode:$mode);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$mode operands attr-dict `:` functional-type(operands, results)";
}

def Graph_TileOp : Graph_Op<"tile"> {
  let summary = "Repeats the operand repeats[i] times along dimension i (ONNX Tile)";
  let arguments = (ins Graph_Tensor:$input, Graph_IndexTensor:$repeats);
  let results = (outs Graph_Tensor:$output);
}

def Graph_RangeOp : Graph_Op<"range"> {
  let summary = "start, start + delta, … below limit (ONNX Range); three scalars of one type";
  let arguments = (ins Graph_Tensor:$start, Graph_Tensor:$limit, Graph_Tensor:$delta);
  let results = (outs Graph_Tensor:$output);
}

def Graph_NonZeroOp : Graph_Op<"non_zero"> {
  let summary = "Indices of the elements that are not zero: i64[rank, n], row-major order (ONNX NonZero)";
  let arguments = (ins Graph_Tensor:$input);
  let results = (outs Graph_Tensor:$output);
}
#endif
