// Whatever the user names as a model to run: a library, a directory with one, or an .onnx compiled on the way.
#pragma once

#include "Pipeline/LibraryFiles.h"
#include "Pipeline/Pipeline.h"
#include "Support/TemporaryFile.h"

#include <memory>

namespace mlc {

class RunnableLibrary {
public:
  static Result<std::unique_ptr<RunnableLibrary>> open(Session &session, const std::string &model,
                                                       const std::string &runner, int threads);

  const std::vector<TensorDescription> &inputs() const { return inputs_; }
  const std::vector<TensorDescription> &outputs() const { return outputs_; }
  const std::string &name() const { return name_; }
  const std::string &target() const { return target_; }
  const std::string &path() const { return path_; }
  /// What the schedule launches, in order; without node names where only the library is there, without its report.
  const std::vector<KernelRow> &kernels() const { return kernels_; }
  Result<std::vector<NamedTensor>> run(const std::vector<NamedTensor> &inputs) { return runner_->run(inputs); }
  LoadedModel *loaded() { return runner_->loaded(); }

private:
  RunnableLibrary() = default;
  std::optional<TemporaryFile> file_;
  std::optional<LibraryRunner> runner_;
  std::vector<TensorDescription> inputs_, outputs_;
  std::string name_, target_, path_;
  std::vector<KernelRow> kernels_;
};

} // namespace mlc
