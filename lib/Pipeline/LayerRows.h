// The layers of a model as the report lists them.
#pragma once

#include "Pipeline/Pipeline.h"
#include "mlcompress/Reports.h"

namespace mlc {

/// A row for each layer of an f32 graph, with what its weights tell.
std::vector<LayerRow> layerRows(mlir::ModuleOp graph);

/// Writes what became of the layers into their rows, and the bytes of their weights in that precision.
void addDecisions(std::vector<LayerRow> &rows, const QuantizationReport &decisions);

/// Runs the original and the compressed form of a calibrated graph side by side, on at most `samples` samples, and
/// writes the signal to noise of each layer's output into its row: where it alone is compressed, and in the compressed
/// model.
Result<void> addSensitivity(Session &session, std::vector<LayerRow> &rows, mlir::ModuleOp graph,
                            const Calibration &calibration, const DataSource &data, const DimSizes &dims,
                            int64_t samples);

} // namespace mlc
