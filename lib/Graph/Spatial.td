// Ops on images and signals: windows and resampling.
#ifndef MLC_GRAPH_SPATIAL
#define MLC_GRAPH_SPATIAL
include "Graph/GraphBase.td"

def Graph_PoolKindEnum : Graph_KindEnum<"PoolKind", [
  I32EnumAttrCase<"Max", 0, "max">,
  I32EnumAttrCase<"Average", 1, "average">
]>;
def Graph_PoolKind : Graph_KindAttr<Graph_PoolKindEnum, "pool_kind">;
def Graph_ResizeModeEnum : Graph_KindEnum<"ResizeMode", [
  I32EnumAttrCase<"Nearest", 0, "nearest">,
  I32EnumAttrCase<"Linear", 1, "linear">,
  I32EnumAttrCase<"Cubic", 2, "cubic">
]>;
def Graph_ResizeMode : Graph_KindAttr<Graph_ResizeModeEnum, "resize_mode">;
def Graph_CoordinateModeEnum : Graph_KindEnum<"CoordinateMode", [
  I32EnumAttrCase<"HalfPixel", 0, "half_pixel">,
  I32EnumAttrCase<"HalfPixelSymmetric", 1, "half_pixel_symmetric">,
  I32EnumAttrCase<"PytorchHalfPixel", 2, "pytorch_half_pixel">,
  I32EnumAttrCase<"AlignCorners", 3, "align_corners">,
  I32EnumAttrCase<"Asymmetric", 4, "asymmetric">
]>;
def Graph_CoordinateMode : Graph_KindAttr<Graph_CoordinateModeEnum, "coordinate_mode">;
def Graph_NearestModeEnum : Graph_KindEnum<"NearestMode", [
  I32EnumAttrCase<"RoundPreferFloor", 0, "round_prefer_floor">,
  I32EnumAttrCase<"RoundPreferCeil", 1, "round_prefer_ceil">,
  I32EnumAttrCase<"Floor", 2, "floor">,
  I32EnumAttrCase<"Ceil", 3, "ceil">
]>;
def Graph_NearestMode : Graph_KindAttr<Graph_NearestModeEnum, "nearest_mode">;

def Graph_PoolOp : Graph_Op<"pool"> {
  let summary = "Maximum or average over windows; layout as in `conv`";
  let description = [{
    `pads` holds all begins, then all ends; padding never wins a maximum and counts in an average only with
    `count_include_pad`. With `ceil_mode` the output size is rounded up (a window that starts in the end padding is dropped).
  }];
  let arguments = (ins Graph_PoolKind:$kind, Graph_Tensor:$input, DenseI64ArrayAttr:$kernel,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       UnitAttr:$ceil_mode, UnitAttr:$count_include_pad, UnitAttr:$channels_last);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$kind $input attr-dict `:` functional-type(operands, results)";
}

def Graph_ResizeOp : Graph_Op<"resize"> {
  let summary = "Resampling of `axes` (ONNX Resize without antialias and tf_crop_and_resize)";
  let description = [{
    `sizes` (i64, one a dimension of `axes`) is the output size. `scales` (f32, the same length) is what the coordinate
    transformation uses; where it is absent, output size / input size. `sizes` is always given: the importer computes floor(input * scale).
  }];
  let arguments = (ins Graph_ResizeMode:$mode, Graph_Tensor:$input, Graph_IndexTensor:$sizes, Optional<Graph_Tensor>:$scales,
                       DenseI64ArrayAttr:$axes, Graph_CoordinateMode:$coordinates, Graph_NearestMode:$nearest,
                       DefaultValuedAttr<F32Attr, "-0.75f">:$cubic_coefficient, UnitAttr:$exclude_outside);
  let results = (outs Graph_Tensor:$output);
  let assemblyFormat = "$mode operands attr-dict `:` functional-type(operands, results)";
}
#endif
