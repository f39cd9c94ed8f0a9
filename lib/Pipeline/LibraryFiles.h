// A compiled model on disk: its directory, and running it here or through an emulator.
#pragma once

#include "Runtime/LoadedModel.h"
#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <optional>
#include <string>
#include <vector>

namespace mlc {

/// The .so of a directory that mlcompress wrote, or the .so itself.
Result<std::string> findLibrary(const std::string &path);

/// NAME.h: the header that a consumer of libNAME.so includes; documents the model's inputs and outputs.
std::string libraryHeader(const std::string &name, const std::string &target,
                          const std::vector<TensorDescription> &inputs, const std::vector<TensorDescription> &outputs);

/// Runs a library in this process, or with `runner` in an emulator.
class LibraryRunner {
public:
  static Result<LibraryRunner> open(const std::string &library, const std::string &runner, int threads);

  /// In the order of the library's outputs.
  Result<std::vector<NamedTensor>> run(const std::vector<NamedTensor> &inputs);
  /// Null where an emulator runs it.
  LoadedModel *loaded() { return loaded_ ? &*loaded_ : nullptr; }

private:
  std::string library_, runner_;
  std::optional<LoadedModel> loaded_;
};

/// Latency of one inference over `seconds`, after warming up with this many runs.
constexpr int kWarmUpRuns = 3;
Result<Latency> measureLatency(LoadedModel &model, const std::vector<NamedTensor> &inputs, double seconds, int threads);

/// Peak resident memory of this process so far, bytes.
int64_t peakMemory();

} // namespace mlc
