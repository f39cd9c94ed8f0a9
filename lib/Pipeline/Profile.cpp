#include "Pipeline/Profile.h"

namespace mlc {

Result<std::vector<KernelProfile>> profileLibrary(const std::string &library, const std::vector<KernelRow> &kernels,
                                                  const std::vector<NamedTensor> &inputs, int threads, double seconds) {
  SessionOptions session;
  session.threads = static_cast<uint32_t>(threads);
  session.profile = true;
  auto model = LoadedModel::open(library, session);
  if (!model)
    return model.error();
  if (auto warm = measureLatency(*model, inputs, seconds / 10, threads); !warm)
    return warm.error();
  model->resetProfile();
  auto latency = measureLatency(*model, inputs, seconds / 2, threads);
  if (!latency)
    return latency.error();
  double runs = static_cast<double>(latency->runs + kWarmUpRuns);
  std::vector<KernelProfile> profile;
  std::vector<KernelTime> times = model->profile();
  for (size_t i = 0; i < times.size(); ++i) {
    KernelProfile row;
    if (kernels.size() == times.size())
      row.kernel = kernels[i];
    row.kernel.kernel = times[i].name;
    row.milliseconds = static_cast<double>(times[i].nanoseconds) * 1e-6 / runs;
    row.operations = static_cast<double>(times[i].operations) / runs;
    row.bytes = static_cast<double>(times[i].bytes) / runs;
    profile.push_back(std::move(row));
  }
  return profile;
}

} // namespace mlc
