// The lowered form: what linalg cannot say about the work of one kernel, and the schedule of kernels.
#ifndef MLC_KERNEL_OPS
#define MLC_KERNEL_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::mlc::kernel";
  let summary = "A model as a schedule of kernels.";
  let description = [{
    `@main` of a lowered module is the schedule: `kernel.launch`, index arithmetic, checks, control flow. What a
    kernel computes is a function of linalg ops and of the structured ops here, which linalg cannot express
    without losing what the code generator needs (packed weights, clipped windows, passes over one row).
    All of them are in destination style; activations are channels-last, but for the few channels of a model's input. `ui8` is unsigned, signless integers are signed.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}

def Kernel_Tensor : Type<CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">, "ranked tensor",
                         "::mlir::RankedTensorType">;

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

// A structured op with one destination, whose type is the result's.
class Kernel_Structured<string mnemonic, list<Trait> extra = []>
    : Kernel_Op<mnemonic, [Pure, DeclareOpInterfaceMethods<DestinationStyleOpInterface>, TypesMatchWith<"result has the destination's type", "out", "result", "$_self">] # extra> {
  let results = (outs Kernel_Tensor:$result);
  let extraClassDefinition = [{
    ::mlir::MutableOperandRange $cppClass::getDpsInitsMutable() { return getOutMutable(); }
  }];
}

def Kernel_MatmulOp : Kernel_Structured<"matmul"> {
  let summary = "out[b…, m, n] = init[n] + sum over k of lhs[b…, m, k] * rhs";
  let description = [{
    `lhs` is [batch…, M, K]. `rhs` is [batch…, K, N] (a batch dimension of 1 is broadcast), or with `packed` the constant
    [N / lanes][K / K0][lanes][K0] of the target's row, zero padded, and no batch. f32 × f32 → f32, ui8 × i8 → i32, with `packed` i16 × i8 → i32 (activations less their zero point) and bf16 × bf16 → f32.
    The sum runs over K in ascending order, one chain of fused multiply-adds for each output, from `init` or 0. With `bf16`, f32
    operands may be multiplied in bf16 by a kernel that packs both, as the one of an attention does.
  }];
  let arguments = (ins Kernel_Tensor:$lhs, Kernel_Tensor:$rhs, Optional<Kernel_Tensor>:$init, Kernel_Tensor:$out,
                       UnitAttr:$packed, UnitAttr:$bf16);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $rhs (`,` $init^)? `)` `outs` `(` $out `)` attr-dict `:`
    type($lhs) `,` type($rhs) (`,` type($init)^)? `->` type($out)
  }];
}

def Kernel_QuantizeBlocksOp : Kernel_Structured<"quantize_blocks"> {
  let summary = "Rows of f32 as i8 with a scale for each block, for products with weights of 4 bits";
  let description = [{
    `input` is [rows…, K], `out` i8 [rows…, blocks * (block + 8)]: of each block of the row, filled up with zeros, the numbers
    round(x * (127 / max |x|)) to nearest even, then max |x| / 127 as f32 and the sum of the numbers as i32.
  }];
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$out, I64Attr:$block);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $out `)` attr-dict `:` type($input) `->` type($out)";
  let extraClassDeclaration = [{
    /// Behind the numbers of a block: its scale, then their sum.
    static constexpr int64_t kScale = 0, kSum = 4, kTrailer = 8;
    static int64_t rowBytes(int64_t depth, int64_t block) { return (depth + block - 1) / block * (block + kTrailer); }
  }];
}

def Kernel_BlockMatmulOp : Kernel_Structured<"block_matmul"> {
  let summary = "Product with constant weights of 4 bits in blocks along K that share a scale";
  let description = [{
    `weights` is ui8 [N / lanes][K / 8][lanes][4], filled up to whole blocks and lanes: byte j of a column holds the codes of k = j in its low and of k = 4 + j
    in its high half. A weight is (code - zero point) * scale. `scales`, f16 or f32, and `zero_points`, ui8 (absent: 8), are
    [N / lanes][K / block][lanes].

    With `lhs` f32 [batch…, M, K] (`depth` is K) the sum is that of `matmul` with the weights in f32, to the bit. With `lhs` i8, as `quantize_blocks` makes it, each block's sum
    is exact in i32; f32 sums take the blocks in ascending order, by a fused multiply-add of it and the product of the two scales.
  }];
  let arguments = (ins Kernel_Tensor:$lhs, Kernel_Tensor:$weights, Kernel_Tensor:$scales,
                       Optional<Kernel_Tensor>:$zero_points, Kernel_Tensor:$out, I64Attr:$depth, I64Attr:$block);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $weights `,` $scales (`,` $zero_points^)? `)` `outs` `(` $out `)` attr-dict `:`
    type($lhs) `,` type($weights) `,` type($scales) (`,` type($zero_points)^)? `->` type($out)
  }];
  let extraClassDeclaration = [{
    static constexpr int64_t kMiddle = 8; ///< the zero point where none are given
    static constexpr int64_t kGroup = 8;  ///< codes of a column that stand together
    bool quantized() { return getLhs().getType().getElementType().isInteger(8); }
    int64_t blocks() { return (getDepth() + getBlock() - 1) / getBlock(); }
  }];
}

def Kernel_ConvOp : Kernel_Structured<"conv"> {
  let summary = "Two-dimensional convolution of an input that carries its padding";
  let description = [{
    `input` [N, H, W, C], or with `channels_first` [N, C, H, W] (rows with K0 = 1 only), already padded; `weights` the packed constant [group][M/group / lanes][KH][KW][C/group / K0][lanes][K0],
    zero padded; `out` [N, OH, OW, M]. Order of the sum: KH, KW, C, from `init`[M] or 0.
  }];
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$weights, Optional<Kernel_Tensor>:$init, Kernel_Tensor:$out,
                       DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, I64Attr:$group,
                       UnitAttr:$channels_first);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights (`,` $init^)? `)` `outs` `(` $out `)` attr-dict `:`
    type($input) `,` type($weights) (`,` type($init)^)? `->` type($out)
  }];
}

def Kernel_WinogradOp : Kernel_Structured<"winograd"> {
  let summary = "Convolution of 3 x 3 taps with stride 1 in tiles of 4 x 4 outputs, f32 (Winograd's minimal filtering)";
  let description = [{
    `input` [N, H, W, C] without its padding, of which `pads` holds top and left; `weights` as in `conv`, with one group and K0 = 1, in f32 or bf16: the
    kernel transforms them itself, in f32; `out` [N, OH, OW, M]. A work item is `tiles` tiles by `columns` channels of the result; its sums run over `depth` channels
    at a time. By tolerance: sums of transformed values round differently from sums of products.
    Lavin and Gray, arXiv 1509.09308, with the points 0, ±3/4, ±3/2, ∞, which lose least (after Barabasz et al., arXiv 1803.10986).
  }];
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$weights, Optional<Kernel_Tensor>:$init, Kernel_Tensor:$out,
                       DenseI64ArrayAttr:$pads, I64Attr:$tiles, I64Attr:$columns, I64Attr:$depth);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights (`,` $init^)? `)` `outs` `(` $out `)` attr-dict `:`
    type($input) `,` type($weights) (`,` type($init)^)? `->` type($out)
  }];
  let extraClassDeclaration = [{
    /// Transformed inputs, weights and sums, each [36] planes of rows; planes start a line of cache apart, so that not all
    /// of them fall into the same set of a cache.
    static constexpr int64_t kPlanes = 36, kGap = 16;
    int64_t inputRow() { return getInput().getType().getDimSize(3) + kGap; }
    int64_t inputPlane() { return getTiles() * inputRow() + kGap; }
    int64_t weightPlane() { return getDepth() * getColumns() + kGap; }
    int64_t sumPlane() { return getTiles() * getColumns() + kGap; }
    /// Bytes of scratch that each thread needs.
    int64_t scratchBytes() { return 4 * kPlanes * (inputPlane() + weightPlane() + sumPlane()); }
  }];
}

def Kernel_DepthwiseOp : Kernel_Structured<"depthwise", [AttrSizedOperandSegments]> {
  let summary = "Two-dimensional convolution of each channel by itself; windows are clipped at the border";
  let description = [{
    `input` [N, H, W, C], `weights` the constant [KH, KW, C], `out` [N, OH, OW, C]. Integers: the sum of
    (input - zero_point) * weights in i32, so that an element outside the input adds nothing, as in f32.
  }];
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$weights, Optional<Kernel_Tensor>:$init,
                       Optional<Kernel_Tensor>:$zero_point, Kernel_Tensor:$out,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weights (`,` `init` $init^)? (`,` `zero_point` $zero_point^)? `)` `outs` `(` $out `)` attr-dict `:`
    type($input) `,` type($weights) (`,` `init` type($init)^)? (`,` `zero_point` type($zero_point)^)? `->` type($out)
  }];
}

def Kernel_ConcatOp : Kernel_Structured<"concat"> {
  let summary = "Concatenation along `axis`";
  let arguments = (ins Variadic<Kernel_Tensor>:$inputs, Kernel_Tensor:$out, I64Attr:$axis);
  let assemblyFormat = "`ins` `(` $inputs `)` `outs` `(` $out `)` attr-dict `:` type($inputs) `->` type($out)";
}

def Kernel_ScatterOp : Kernel_Structured<"scatter"> {
  let summary = "A copy of `input` [N, S] in which row indices[u] takes row u of `updates` [U, S], in the order of u";
  let description = [{
    `kind` is replace, add, mul, min or max. What `indices` (i64) holds outside of [0, N) is left out. A work item is a
    piece of all rows, so that updates of one element stay in order.
  }];
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$indices, Kernel_Tensor:$updates, Kernel_Tensor:$out,
                       StrAttr:$kind);
  let assemblyFormat = [{
    $kind `ins` `(` $input `,` $indices `,` $updates `)` `outs` `(` $out `)` attr-dict `:`
    type($input) `,` type($indices) `,` type($updates) `->` type($out)
  }];
}

def Kernel_CumSumOp : Kernel_Structured<"cumsum"> {
  let summary = "Running sum along `axis`, in ascending order or with `reverse` in descending order";
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$out, I64Attr:$axis, UnitAttr:$exclusive, UnitAttr:$reverse);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $out `)` attr-dict `:` type($input) `->` type($out)";
}

def Kernel_RecurrentOp : Kernel_Structured<"recurrent", [IsolatedFromAbove, AttrSizedOperandSegments]> {
  let summary = "All steps of a recurrent layer";
  let description = [{
    `inputs` and `phases` as in `graph.recurrent`, the regions on f32 scalars with `kernel.yield` at their ends; `weights` f32, bf16 or i8, packed
    [D][H / lanes][H][G][lanes], zero padded: what a vector of hidden units needs of all gates stands together; i8 with one f32
    [D][H / lanes][1][G][lanes] of `scales` for each phase, which multiply the sums. `out` is [T + S, D, B, H]: the first state after each step,
    then the S last states, which also hold the states while the kernel runs. Sums run over H in ascending order, one chain
    of fused multiply-adds for each output, from 0. A work item is one direction of some rows of the batch.
  }];
  let arguments = (ins Kernel_Tensor:$inputs, Variadic<Kernel_Tensor>:$weights, Variadic<Kernel_Tensor>:$scales,
                       Variadic<Kernel_Tensor>:$initial, Variadic<Kernel_Tensor>:$extras, Optional<Kernel_Tensor>:$lengths,
                       Kernel_Tensor:$out, DenseBoolArrayAttr:$reversed);
  let regions = (region VariadicRegion<SizedRegion<1>>:$phases);
  let assemblyFormat = [{
    `ins` `(` $inputs `)` `weights` `(` $weights `)` (`scales` `(` $scales^ `)`)? `initial` `(` $initial `)`
    (`extras` `(` $extras^ `)`)? (`lengths` `(` $lengths^ `)`)? `outs` `(` $out `)` $phases attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// Rows of a batch that go through the steps together, at most.
    static constexpr int64_t kRows = 6;
    int64_t hidden() { return getOut().getType().getDimSize(3); }
    int64_t gates(unsigned phase) {
      return ::mlir::cast<::mlir::RankedTensorType>(getWeights()[phase].getType()).getDimSize(3);
    }
    /// What a phase gives to later ones, for each row: [1 + kept][H].
    int64_t passedOn();
    /// Bytes of scratch that each thread needs.
    int64_t scratchBytes() { return 4 * kRows * passedOn() * hidden(); }
  }];
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["RecurrentOp"]>]> {
  let summary = "What a phase of a recurrence gives";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

def Kernel_TopKOp : Kernel_Structured<"top_k"> {
  let summary = "Indices (i64) of the elements of each row with the least keys (i64), ascending; of equal ones the first";
  let description = [{ `keys` is [rows…, n], `out` [rows…, k]. Calls the run-time routine `top_k`. }];
  let arguments = (ins Kernel_Tensor:$keys, Kernel_Tensor:$out);
  let assemblyFormat = "`ins` `(` $keys `)` `outs` `(` $out `)` attr-dict `:` type($keys) `->` type($out)";
}

def Kernel_SuppressOp : Kernel_Structured<"suppress"> {
  let summary = "Greedy non-maximum suppression of boxes in the order in which they stand";
  let description = [{
    `boxes` is f32 [rows…, 4, n] (top, left, bottom, right), `eligible` and `out` i1 [rows…, n]. A row's box stays if it is eligible, fewer than
    `most` (i64 scalar) before it stayed, and its intersection with none of those is more than `threshold` (f32 scalar) of their union.
  }];
  let arguments = (ins Kernel_Tensor:$boxes, Kernel_Tensor:$eligible, Kernel_Tensor:$most, Kernel_Tensor:$threshold,
                       Kernel_Tensor:$out);
  let assemblyFormat = [{
    `ins` `(` $boxes `,` $eligible `,` $most `,` $threshold `)` `outs` `(` $out `)` attr-dict `:`
    type($boxes) `,` type($eligible) `,` type($most) `,` type($threshold) `->` type($out)
  }];
}

def Kernel_PoolOp : Kernel_Structured<"pool"> {
  let summary = "Two-dimensional maximum or average over windows clipped at the border; channels last";
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$out, StrAttr:$kind, DenseI64ArrayAttr:$kernel,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       UnitAttr:$count_include_pad);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $out `)` attr-dict `:` type($input) `->` type($out)";
}

def Kernel_SoftmaxOp : Kernel_Structured<"softmax"> {
  let summary = "Softmax (or its logarithm) along the last dimension, f32";
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$out, UnitAttr:$log);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $out `)` attr-dict `:` type($input) `->` type($out)";
}

def Kernel_LayerNormOp : Kernel_Structured<"layer_norm"> {
  let summary = "Layer (or with `rms` root mean square) normalisation along the last dimension, f32";
  let description = [{ `scale` and `bias` are [C]. The mean and the variance are taken in two passes over the row. }];
  let arguments = (ins Kernel_Tensor:$input, Kernel_Tensor:$scale, Optional<Kernel_Tensor>:$bias, Kernel_Tensor:$out,
                       F32Attr:$epsilon, UnitAttr:$rms);
  let assemblyFormat = [{
    `ins` `(` $input `,` $scale (`,` $bias^)? `)` `outs` `(` $out `)` attr-dict `:`
    type($input) `,` type($scale) (`,` type($bias)^)? `->` type($out)
  }];
}

def Kernel_LaunchOp : Kernel_Op<"launch", [Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a kernel: operands in, new tensors out";
  let description = [{
    `callee` is a function marked `kernel.body` with the arguments inputs…, scalars…, one destination for each
    result. `sizes` are the dynamic dimensions of all results, in order.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<Kernel_Tensor>:$inputs, Variadic<Index>:$scalars,
                       Variadic<Index>:$sizes);
  let results = (outs Variadic<Kernel_Tensor>:$outputs);
  let assemblyFormat = [{
    $callee `(` $inputs `)` (`scalars` `(` $scalars^ `)`)? (`sizes` `(` $sizes^ `)`)? attr-dict `:`
    functional-type($inputs, $outputs)
  }];
}

def Kernel_UnboundedOp : Kernel_Op<"unbounded", [AttrSizedOperandSegments]> {
  let summary = "A routine whose result has a size that only running it tells";
  let description = [{
    Calls the run-time routine `routine` (lib/Runtime/embedded/routines) first for the size, then for the
    values; `extent` is the dimension that was found. The result is allocated from the session's growable segment.
  }];
  let arguments = (ins StrAttr:$routine, Variadic<Kernel_Tensor>:$inputs, Variadic<Index>:$scalars);
  let results = (outs Kernel_Tensor:$output, Index:$extent);
  let assemblyFormat = [{
    $routine `(` $inputs `)` (`scalars` `(` $scalars^ `)`)? attr-dict `:` functional-type($inputs, $output)
  }];
}

def Kernel_AppendOp : Kernel_Op<"append", [Pure]> {
  let summary = "The rows of `list` and one more";
  let description = [{
    Stacks what the iterations of a loop give: `row` has the rank of `list` less one, and every row one shape, which
    the run checks. `list` is a value that a loop carries, starts without rows, and has no other use in the loop: it
    grows where it lies.
  }];
  let arguments = (ins Kernel_Tensor:$list, Kernel_Tensor:$row);
  let results = (outs Kernel_Tensor:$result);
  let assemblyFormat = "$list `,` $row attr-dict `:` type($list) `,` type($row) `->` type($result)";
}

def Kernel_CheckOp : Kernel_Op<"check"> {
  let summary = "Ends the run with an error unless the condition holds; %lld in the message stand for the values";
  let arguments = (ins I1:$condition, StrAttr:$message, Variadic<Index>:$values);
  let assemblyFormat = "$condition `,` $message (`,` $values^)? attr-dict";
}
#endif
