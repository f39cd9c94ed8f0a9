#include "Pipeline/RunnableLibrary.h"
#include "Support/DataSet.h"
#include "Support/Npz.h"
#include "Support/TensorProtoFile.h"
#include "mlcompress/Compiler.h"

#include <chrono>
#include <filesystem>

namespace mlc {

namespace fs = std::filesystem;

static Result<std::vector<std::string>> writeOutputs(const std::vector<NamedTensor> &outputs, const std::string &sample,
                                                     const RunOptions &options, bool protobuf) {
  std::vector<std::string> files;
  std::error_code code;
  if (protobuf) {
    fs::path folder = fs::path(options.outputs) / sample;
    fs::create_directories(folder, code);
    for (size_t i = 0; i < outputs.size(); ++i) {
      std::string file = (folder / ("output_" + std::to_string(i) + ".pb")).string();
      if (auto written = writeTensorProto(file, outputs[i]); !written)
        return written.error();
      files.push_back(file);
    }
    return files;
  }
  fs::path file = options.outputs;
  if (file.extension() != ".npz") {
    fs::create_directories(file, code);
    file /= sample + ".npz";
  }
  if (auto written = writeNpz(file.string(), outputs); !written)
    return written.error();
  files.push_back(file.string());
  return files;
}

Result<RunReport> run(const RunOptions &options) {
  auto start = std::chrono::steady_clock::now();
  Session session(options.onPhase);
  auto runnable = RunnableLibrary::open(session, options.model, options.runner, options.threads);
  if (!runnable)
    return runnable.error();
  auto data = DataSet::open(options.inputs, (*runnable)->inputs(), (*runnable)->outputs(), options.dims);
  if (!data)
    return data.error();
  if (fs::path(options.outputs).extension() == ".npz" && data->size() > 1)
    return usageError("--outputs names one .npz, but there are " + std::to_string(data->size()) +
                      " samples; give a folder instead");
  RunReport report;
  for (size_t i = 0; i < data->size(); ++i) {
    session.phase("run", static_cast<double>(i) / data->size());
    auto sample = data->sample(i);
    if (!sample)
      return sample.error();
    auto outputs = (*runnable)->run(sample->inputs);
    if (!outputs)
      return outputs.error();
    if (i == 0)
      for (const NamedTensor &output : *outputs)
        report.outputs.push_back({output.name, output.tensor.dtype, output.tensor.shape, {}});
    auto files = writeOutputs(*outputs, sample->name, options, data->format() == DataSet::Format::OnnxTestData);
    if (!files)
      return files.error();
    report.files.insert(report.files.end(), files->begin(), files->end());
    ++report.samples;
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

} // namespace mlc
