// The pass of QuantizeBlocks.td with a report and with weights that calibration data have rounded.
#pragma once

#include "Graph/BlockWeights.h"
#include "passes/Passes.h"
#include "passes/Precision/Layers.h"
#include "passes/Quantization/Report.h"

#include <map>
#include <string>

namespace mlc {

/// The products whose weights become 4 bits, in order: those whose left operands calibration observes.
std::vector<Layer> productsToQuantize(mlir::ModuleOp module, const QuantizeBlocksOptions &options);

/// Weights by the names of layers (layersOf).
using LayerBlockWeights = std::map<std::string, graph::BlockWeights>;

/// One entry of the report for each contraction. Layers that are not among `known` are rounded to nearest. The report
/// and the weights outlive the pass.
std::unique_ptr<mlir::Pass> createQuantizeBlocks(QuantizeBlocksOptions options, QuantizationReport *report,
                                                 const LayerBlockWeights *known = nullptr);

} // namespace mlc
