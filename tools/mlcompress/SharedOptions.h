// Options that several subcommands take, each declared once.
#pragma once

#include "Command.h"

#include <string>
#include <vector>

namespace mlc {

/// --json, -v, -q.
void addOutputOptions(CLI::App &command, Invocation &invocation);

/// FLAG D, --random SEED, --samples N.
void addDataOptions(CLI::App &command, DataSource &data, const std::string &flag, const std::string &what);

/// --preprocess FILE: one description for all the sources of data that a command has.
void addPreprocessOption(CLI::App &command, std::vector<DataSource *> images);

/// --dim NAME=SIZE, repeatable.
void addDimOption(CLI::App &command, DimSizes &dims);

/// --calib D, --calib-method NAME, and the steps of quantization; with `needs` all but the first only beside that flag.
void addInt8Options(CLI::App &command, Int8Options &options, CLI::Option *needs = nullptr);

/// --calib-cache DIR and --no-calib-cache. Call after addInt8Options.
void addCalibrationCacheOptions(CLI::App &command, CalibrationCacheOptions &options);

/// --int4 and --group N. Call after addInt8Options, whose steps do not go with it.
CLI::Option *addInt4Options(CLI::App &command, bool &int4, int64_t &group);

/// --metric, and the gates: --gate, --max-drop, --min-cosine, --max-abs, --min-top1, --max-size, --max-latency,
/// --max-memory.
void addGateOptions(CLI::App &command, std::vector<std::string> &metrics, Gates &gates);

/// A number in [least, most]; either may be infinite.
CLI::Validator between(double least, double most);

/// A flag that takes "1%" or "0.01"; its value so far is the default.
void addFraction(CLI::App &command, const std::string &flag, double &fraction, const std::string &what);
/// --include, --exclude.
void addLayerOptions(CLI::App &command, LayerSelection &layers);
/// "90s", "10min" or "1h" in seconds; throws CLI::ValidationError.
double parseSeconds(const std::string &text);
void addRunnerOption(CLI::App &command, std::string &runner);
void addThreadsOption(CLI::App &command, int &threads, const std::string &what);

/// A usage Error with "did you mean" where there is no such target.
Result<void> checkTarget(const std::string &target);

/// Calls `work` with a callback that shows its progress, which is gone when this returns.
template <typename Work> auto withProgress(const Invocation &invocation, Work work) {
  Progress progress(invocation.err, invocation.progressMode());
  return work([&progress](const PhaseEvent &event) { progress.report(event); });
}

} // namespace mlc
