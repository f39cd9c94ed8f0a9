#include "Pipeline/RunnableLibrary.h"
#include "Support/DataSet.h"
#include "mlcompress/Compiler.h"

#include <filesystem>

namespace mlc {

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
  return report;
}

} // namespace mlc
