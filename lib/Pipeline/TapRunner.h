// Runs calibration samples through the model, compiled with the observed values as extra outputs.
#pragma once

#include "Calibration/Calibrate.h"
#include "Pipeline/Pipeline.h"
#include "Runtime/LoadedModel.h"
#include "Support/DataSet.h"
#include "Support/TemporaryFile.h"

namespace mlc {

class TapRunner {
public:
  static Result<std::unique_ptr<TapRunner>> create(Session &session, mlir::ModuleOp graph,
                                                   mlir::ArrayRef<mlir::Value> taps, const DataSource &source,
                                                   const DimSizes &dims);

  /// The observed tensors of the next sample; nullopt after the last.
  Result<std::optional<std::vector<Tensor>>> next();
  int64_t samples() const { return static_cast<int64_t>(at_); }

private:
  TapRunner(Session &session, TemporaryFile file, LoadedModel model, DataSet data, size_t outputs)
      : session_(session), file_(std::move(file)), model_(std::move(model)), data_(std::move(data)), outputs_(outputs) {
  }

  Session &session_;
  TemporaryFile file_;
  LoadedModel model_;
  DataSet data_;
  size_t outputs_; ///< the model's own, which come first
  size_t at_ = 0;
};

} // namespace mlc
