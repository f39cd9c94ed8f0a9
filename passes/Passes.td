// Every pass over the graph. One umbrella gives declarations, registration and documentation at once.
#ifndef MLC_PASSES
#define MLC_PASSES
include "mlir/Pass/PassBase.td"

// In the order of the pipeline.
include "passes/InferShapes/InferShapes.td"
include "passes/FoldConstants/FoldConstants.td"
include "passes/RaisePatterns/RaisePatterns.td"
include "passes/FoldAffine/FoldAffine.td"
include "passes/Equalize/Equalize.td"
include "passes/SmoothActivations/SmoothActivations.td"
include "passes/QuantizeStatic/QuantizeStatic.td"
include "passes/QuantizeDynamic/QuantizeDynamic.td"
include "passes/QuantizeBlocks/QuantizeBlocks.td"
include "passes/QuantizeWeights/QuantizeWeights.td"
include "passes/BFloat16/BFloat16.td"
include "passes/Float16/Float16.td"
include "passes/LowerQuantization/LowerQuantization.td"
include "passes/ChannelsLast/ChannelsLast.td"
#endif
