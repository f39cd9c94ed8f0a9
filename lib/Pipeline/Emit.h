// One output directory being made: library, header, manifest.
#pragma once

#include "Check/Manifest.h"
#include "Pipeline/Pipeline.h"
#include "Support/AtomicDirectory.h"
#include "mlcompress/Compiler.h"

#include <chrono>

namespace mlc {

class Emission {
public:
  Emission(Session &session, const std::string &model, const std::string &target, const std::string &name);

  /// Finds the target and opens the directory.
  Result<void> begin(const std::string &directory, bool force);
  /// Starts a phase: reported to the user, and timed.
  void phase(const std::string &name);
  /// Compiles the graph into the directory.
  Result<void> build(mlir::OwningOpRef<mlir::ModuleOp> graph);
  /// Path of a file in the directory as it is now.
  std::string path(const std::string &file) const { return (directory_->path() / file).string(); }
  std::string libraryPath() const { return path(report_.library); }
  /// Writes the manifest and puts the directory in place. `amend` fills what the caller knows.
  Result<void> finish(const std::function<Result<void>(Manifest &)> &amend);

  CompileReport &report() { return report_; }
  const Target &target() const { return *target_; }

private:
  void endPhase();

  Session &session_;
  std::string model_, targetName_;
  std::optional<Target> target_;
  std::optional<AtomicDirectory> directory_;
  CompileReport report_;
  std::string current_;
  std::chrono::steady_clock::time_point start_, phaseStart_;
};

/// Bytes of an ONNX file with its external weights.
int64_t modelFileBytes(const std::string &path);

} // namespace mlc
