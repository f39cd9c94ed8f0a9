// Recurrences over time.
#ifndef MLC_GRAPH_RECURRENT
#define MLC_GRAPH_RECURRENT
include "Graph/GraphBase.td"

def Graph_RecurrentOp : Graph_Op<"recurrent", [IsolatedFromAbove, AttrSizedOperandSegments,
                                               SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "A recurrent layer: each step multiplies the state with a matrix; all else is elementwise";
  let description = [{
    Sizes: T steps, B batch, D directions, H hidden units. A step runs through phases, one for each of `weights`, f32
    [D, H, G * H] with G gates of the phase: it multiplies a left operand [B, H], the first state in the first phase, with the
    direction's matrix, and its region gives what comes next. A region computes on scalars, those of one
    hidden unit: elementwise ops on tensors of rank 0. Its arguments are

    - of each gate of the phase, its part of `inputs`, f32 [T, B, D * (sum of all G) * H], in the order of the phases;
    - of each gate of the phase, its part of the product;
    - the states before the step;
    - what earlier phases gave beyond the left operand;
    - one element of each of `extras`, [D, H].

    It yields, in the last phase, the states after the step, and before that the left operand of the next phase, then what
    later phases read besides. `initial` holds the states [D, B, H]. `reversed` says which directions run from the
    last step to the first. With `lengths`, i64 [B], steps from that number on leave a row's states as they are and
    give 0. With `bf16`, weights are rounded to bfloat16; products and states stay f32. Weights that are dequantized (Graph/GateWeights.h) stay int8 in the library. Results: the first state after each step [T, D, B, H], then the last states, each [D, B, H].
  }];
  let arguments = (ins Graph_Tensor:$inputs, Variadic<Graph_Tensor>:$weights, Variadic<Graph_Tensor>:$initial,
                       Variadic<Graph_Tensor>:$extras, Optional<Graph_Tensor>:$lengths, DenseBoolArrayAttr:$reversed,
                       UnitAttr:$bf16);
  let results = (outs Graph_Tensor:$output, Variadic<Graph_Tensor>:$last);
  let regions = (region VariadicRegion<SizedRegion<1>>:$phases);
  let assemblyFormat = [{
    $inputs `weights` `(` $weights `)` `initial` `(` $initial `)` (`extras` `(` $extras^ `)`)? (`lengths` `(` $lengths^ `)`)?
    $phases attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = baseDeclaration # [{
    int64_t hidden();                ///< H
    int64_t directions() { return getReversed().size(); }
    int64_t gates(unsigned phase);   ///< G of the phase
    int64_t allGates();
  }];
  let hasVerifier = 1;
}
#endif
