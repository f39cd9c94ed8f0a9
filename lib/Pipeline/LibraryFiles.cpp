#include "Pipeline/LibraryFiles.h"
#include "Check/Manifest.h"
#include "Codegen/Link/Link.h"
#include "Runtime/Runner.h"
#include "Support/MissingFile.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sys/resource.h>

namespace mlc {

namespace fs = std::filesystem;

Result<std::string> findLibrary(const std::string &path) {
  std::error_code code;
  if (!fs::exists(path, code))
    return badInput(fmt::format("'{}' does not exist{}; give a directory written by mlcompress, or the .so in it", path,
                                didYouMeanFile(path)));
  if (!fs::is_directory(path, code))
    return path;
  auto manifest = readManifest(path);
  if (!manifest)
    return manifest.error();
  return (fs::path(path) / manifest->library).string();
}

static std::string comment(const TensorDescription &tensor) {
  std::string dims;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    std::string symbol = i < tensor.symbols.size() ? tensor.symbols[i] : "";
    dims += (i ? ", " : "") + (tensor.shape[i] >= 0 ? std::to_string(tensor.shape[i]) : symbol.empty() ? "?" : symbol);
  }
  // A name may hold what would end the comment.
  std::string name = tensor.name;
  for (size_t at; (at = name.find("*/")) != std::string::npos;)
    name.replace(at, 2, "*_");
  return fmt::format(" *   {}: {}[{}]\n", name, dtypeName(tensor.dtype), dims);
}

std::string libraryHeader(const std::string &name, const std::string &target,
                          const std::vector<TensorDescription> &inputs, const std::vector<TensorDescription> &outputs) {
  std::string identifier = identifierFor(name), text, guard = "MLC_MODEL_" + identifier + "_H";
  text += fmt::format("/* lib{}.so: a model compiled by mlcompress for {}.\n *\n * Inputs\n", name, target);
  for (const TensorDescription &tensor : inputs)
    text += comment(tensor);
  text += " * Outputs\n";
  for (const TensorDescription &tensor : outputs)
    text += comment(tensor);
  text += fmt::format(" *\n * How to use it: see <mlcompress/model.h>. */\n"
                      "#ifndef {0}\n#define {0}\n\n#include <mlcompress/model.h>\n\n"
                      "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n"
                      "/* The functions of this model; NULL where the library does not know the ABI version asked for\n"
                      " * (MLC_ABI_VERSION). */\nconst mlc_api *{1}(uint32_t abi_version);\n\n"
                      "#define MLC_{2}_NUM_INPUTS {3}\n#define MLC_{2}_NUM_OUTPUTS {4}\n\n"
                      "#ifdef __cplusplus\n}}\n#endif\n#endif\n",
                      guard, apiSymbolFor(name), identifier, inputs.size(), outputs.size());
  return text;
}

Result<LibraryRunner> LibraryRunner::open(const std::string &library, const std::string &runner, int threads) {
  LibraryRunner result;
  result.library_ = library;
  result.runner_ = runner;
  if (runner.empty()) {
    auto model = LoadedModel::open(library, {.threads = static_cast<uint32_t>(threads)});
    if (!model)
      return model.error();
    result.loaded_.emplace(std::move(*model));
  }
  return result;
}

Result<std::vector<NamedTensor>> LibraryRunner::run(const std::vector<NamedTensor> &inputs) {
  if (!loaded_)
    return runThroughRunner(library_, runner_, inputs);
  std::vector<Tensor> ordered;
  for (const LibraryTensor &wanted : loaded_->inputs()) {
    auto found =
        std::find_if(inputs.begin(), inputs.end(), [&](const NamedTensor &t) { return t.name == wanted.name; });
    if (found == inputs.end())
      return badInput(fmt::format("there is no data for input '{}'", wanted.name));
    ordered.push_back(found->tensor);
  }
  auto outputs = loaded_->run(ordered);
  if (!outputs)
    return outputs.error();
  std::vector<NamedTensor> named;
  for (size_t i = 0; i < outputs->size(); ++i)
    named.push_back({loaded_->outputs()[i].name, std::move((*outputs)[i])});
  return named;
}

Result<Latency> measureLatency(LoadedModel &model, const std::vector<NamedTensor> &inputs, double seconds,
                               int threads) {
  std::vector<Tensor> ordered;
  for (const LibraryTensor &wanted : model.inputs())
    for (const NamedTensor &input : inputs)
      if (input.name == wanted.name)
        ordered.push_back(input.tensor);
  // Warm up and learn how long one takes.
  auto first = model.time(ordered, kWarmUpRuns);
  if (!first)
    return first.error();
  double once = static_cast<double>(*std::min_element(first->begin(), first->end())) * 1e-9;
  int count = static_cast<int>(std::clamp(seconds / std::max(once, 1e-7), 5.0, 20000.0));
  auto times = model.time(ordered, count);
  if (!times)
    return times.error();
  std::sort(times->begin(), times->end());
  auto at = [&](double fraction) { return (*times)[static_cast<size_t>(fraction * (times->size() - 1))] * 1e-6; };
  Latency latency;
  latency.medianMs = at(0.5);
  latency.minMs = at(0);
  latency.p95Ms = at(0.95);
  latency.runs = count;
  latency.threads = threads;
  return latency;
}

int64_t peakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;
}

} // namespace mlc
