// Runs calibration samples through the model, compiled with the observed values as its outputs.
#pragma once

#include "Calibration/Calibrate.h"
#include "Pipeline/Pipeline.h"
#include "Runtime/LoadedModel.h"
#include "Support/DataSet.h"
#include "Support/TemporaryFile.h"

namespace mlc {

class TapRunner {
public:
  /// Compiles the module, whose weights are in use elsewhere too.
  static Result<std::unique_ptr<TapRunner>> create(Session &session, TappedModule tapped);

  /// The observed tensors of a sample, until the next.
  Result<const std::vector<Tensor> *> run(Sample sample);

private:
  TapRunner(TemporaryFile file, LoadedModel model) : file_(std::move(file)), model_(std::move(model)) {}

  TemporaryFile file_;
  LoadedModel model_;
  std::vector<Tensor> results_;
};

} // namespace mlc
