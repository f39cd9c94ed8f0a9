#include "Pipeline/RunnableLibrary.h"
#include "Check/Manifest.h"
#include "Check/Report.h"
#include "Pipeline/HostLibrary.h"
#include "Pipeline/KernelRows.h"
#include "Pipeline/Signature.h"
#include "Support/OutputNames.h"

#include <filesystem>

using namespace mlir;

namespace mlc {

namespace fs = std::filesystem;

static TensorDescription describe(const LibraryTensor &tensor) {
  return {tensor.name, tensor.dtype, tensor.dims, tensor.symbols};
}

Result<std::unique_ptr<RunnableLibrary>> RunnableLibrary::open(Session &session, const std::string &model,
                                                               const std::string &runner, int threads) {
  std::unique_ptr<RunnableLibrary> result(new RunnableLibrary());
  fs::path path(model);
  if (path.extension() == ".onnx") {
    if (!runner.empty())
      return usageError("--runner needs a library for another CPU; an .onnx is compiled for this machine");
    session.phase("compile");
    auto graph = importGraph(session, model, {});
    if (!graph)
      return graph.error();
    auto file = compileForHost(session, std::move(*graph), modelName(model));
    if (!file)
      return file.error();
    result->kernels_ = kernelRows(file->report);
    result->file_.emplace(std::move(file->file));
    result->path_ = result->file_->path();
  } else {
    auto library = findLibrary(model);
    if (!library)
      return library.error();
    result->path_ = *library;
    result->kernels_ = readReportedKernels(fs::path(*library).parent_path().string());
  }
  auto opened = LibraryRunner::open(result->path_, runner, threads);
  if (!opened)
    return opened.error();
  result->runner_.emplace(std::move(*opened));
  if (LoadedModel *loaded = result->runner_->loaded()) {
    for (const LibraryTensor &tensor : loaded->inputs())
      result->inputs_.push_back(describe(tensor));
    for (const LibraryTensor &tensor : loaded->outputs())
      result->outputs_.push_back(describe(tensor));
    result->name_ = loaded->name();
    result->target_ = loaded->target();
    return result;
  }
  // A library of another CPU cannot be asked here; its manifest can.
  auto manifest = readManifest(fs::path(result->path_).parent_path().string());
  if (!manifest)
    return manifest.error();
  result->inputs_ = manifest->inputs;
  result->outputs_ = manifest->outputs;
  result->name_ = manifest->name;
  result->target_ = manifest->target;
  return result;
}

} // namespace mlc
