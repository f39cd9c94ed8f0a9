#include "Check/Limits.h"
#include "Pipeline/Profile.h"
#include "Pipeline/RunnableLibrary.h"
#include "Support/DataSet.h"
#include "mlcompress/Compiler.h"

#include <filesystem>

namespace mlc {

// The least time of a launch, in nanoseconds. Data that fits into the caches does not wait for memory; what is not a
// contraction is measured against memory all the same, and may then exceed it.
static double leastTime(const KernelProfile &row, const MachineLimits &limits) {
  constexpr double kCached = 4 << 20;
  const std::string &precision = row.kernel.precision;
  double arithmetic = precision == "int8" ? limits.int8 : precision == "bfloat16" ? limits.bf16 : limits.f32;
  bool contraction = row.kernel.instructionSet != "generic" && !row.kernel.instructionSet.empty();
  double least = arithmetic > 0 ? row.operations / arithmetic : 0;
  if (!contraction || row.bytes > kCached)
    least = std::max(least, row.bytes / limits.memory);
  return least;
}

Result<BenchReport> bench(const BenchOptions &options) {
  Session session(options.onPhase);
  if (!options.runner.empty())
    return usageError("bench measures on this machine; an emulator's times say nothing");
  auto runnable = RunnableLibrary::open(session, options.model, "", options.threads);
  if (!runnable)
    return runnable.error();
  DataSource source = options.inputs;
  if (!source.given())
    source.seed = 0;
  auto data = DataSet::open(source, (*runnable)->inputs(), {}, options.dims);
  if (!data)
    return data.error();
  auto sample = data->sample(0);
  if (!sample)
    return sample.error();
  session.phase("bench");
  auto latency = measureLatency(*(*runnable)->loaded(), sample->inputs, options.seconds, options.threads);
  if (!latency)
    return latency.error();
  BenchReport report;
  report.name = (*runnable)->name();
  report.target = (*runnable)->target();
  report.latency = *latency;
  std::vector<std::vector<int64_t>> shapes;
  for (const NamedTensor &input : sample->inputs) {
    report.inputs.push_back({input.name, input.tensor.dtype, input.tensor.shape, {}});
    shapes.push_back(input.tensor.shape);
  }
  std::error_code code;
  report.libraryBytes = static_cast<int64_t>(std::filesystem::file_size((*runnable)->path(), code));
  if (auto bytes = (*runnable)->loaded()->workspaceBytes(shapes))
    report.workspaceBytes = static_cast<int64_t>(*bytes);
  if (options.profile) {
    session.phase("bench", -1, "what this machine does at most");
    report.limits = measureLimits();
    session.phase("bench", -1, "kernel by kernel");
    auto profile =
        profileLibrary((*runnable)->path(), (*runnable)->kernels(), sample->inputs, options.threads, options.seconds);
    if (!profile)
      return profile.error();
    report.profile = std::move(*profile);
    for (KernelProfile &row : report.profile)
      if (row.milliseconds > 0)
        row.limitFraction = leastTime(row, *report.limits) / (row.milliseconds * 1e6) / options.threads;
  }
  return report;
}

} // namespace mlc
