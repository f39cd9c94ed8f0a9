// Control flow; regions capture values from outside.
#ifndef MLC_GRAPH_CONTROL
#define MLC_GRAPH_CONTROL
include "Graph/GraphBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Graph_YieldOp : Op<Graph_Dialect, "yield", [Pure, Terminator, ReturnLike, ParentOneOf<["IfOp", "LoopOp", "RecurrentOp"]>]> {
  let summary = "The values that a region of `if`, `loop` or `recurrent` gives";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange{}); }]>];
}

def Graph_RequireOp : Graph_Op<"require"> {
  let summary = "The value, where a bool with one element holds; else the run ends with the message";
  let arguments = (ins Graph_Tensor:$condition, Graph_Tensor:$value, StrAttr:$message);
  let results = (outs Graph_Tensor:$output);
  let hasFolder = 1;
}

def Graph_IfOp : Op<Graph_Dialect, "if", [SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects, NoRegionArguments]> {
  let summary = "One of two regions, by a bool with one element (ONNX If)";
  let arguments = (ins Graph_Tensor:$condition);
  let results = (outs Variadic<Graph_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$then_region, SizedRegion<1>:$else_region);
  let assemblyFormat = "$condition $then_region `else` $else_region attr-dict `:` functional-type(operands, results)";
}

def Graph_LoopOp : Op<Graph_Dialect, "loop", [SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects]> {
  let summary = "ONNX Loop";
  let description = [{
    Runs while fewer than `trip_count` (i64 scalar, the maximum value: no limit) iterations are done and the condition holds.
    The body's arguments are (iteration i64 scalar, condition i1 scalar, carried values…); it yields (condition,
    carried values…, scan outputs…). Results: the carried values, then each scan output stacked along a new
    first dimension whose size is the number of iterations.
  }];
  let arguments = (ins Graph_Tensor:$trip_count, Graph_Tensor:$condition, Variadic<Graph_Tensor>:$initial);
  let results = (outs Variadic<Graph_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "operands $body attr-dict `:` functional-type(operands, results)";
}
#endif
