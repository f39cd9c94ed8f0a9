// Ops on boxes that a detector proposes.
#ifndef MLC_GRAPH_DETECTION
#define MLC_GRAPH_DETECTION
include "Graph/GraphBase.td"

def Graph_NonMaxSuppressionOp : Graph_Op<"non_max_suppression"> {
  let summary = "i64[n, 3]: entry, class and index of each box that stays, by entry, class and falling score (ONNX NonMaxSuppression)";
  let description = [{
    `boxes` is f32 [N, count, 4]: two opposite corners (y, x, y, x), or with `center` (x, y, width, height); `scores` f32 [N, classes, count].
    For each entry and class, boxes with a score above `score_threshold` (f32 scalar; absent: all) are taken from the highest score on, up to
    `most` (i64 scalar), unless intersection over union with one taken before is above `overlap_threshold` (f32 scalar).
  }];
  let arguments = (ins Graph_Tensor:$boxes, Graph_Tensor:$scores, Graph_Tensor:$most, Graph_Tensor:$overlap_threshold,
                       Optional<Graph_Tensor>:$score_threshold, UnitAttr:$center);
  let results = (outs Graph_Tensor:$output);
}
#endif
