#include "Pipeline/Emit.h"
#include "Import/Import.h"
#include "Pipeline/KernelRows.h"
#include "Pipeline/LibraryFiles.h"
#include "Pipeline/Signature.h"
#include "Support/MissingFile.h"
#include "Support/OutputNames.h"

#include <filesystem>
#include <fstream>

using namespace mlir;

namespace mlc {

namespace fs = std::filesystem;

int64_t modelFileBytes(const std::string &path) {
  std::error_code code;
  auto size = fs::file_size(path, code);
  int64_t total = code ? 0 : static_cast<int64_t>(size);
  auto contents = inspectModel(path);
  return contents ? std::max(total, contents->fileBytes) : total;
}

Emission::Emission(Session &session, const std::string &model, const std::string &target, const std::string &name)
    : session_(session), model_(model), targetName_(target), start_(std::chrono::steady_clock::now()) {
  report_.name = name.empty() ? modelName(model) : name;
  report_.library = "lib" + report_.name + ".so";
}

Result<void> Emission::begin(const std::string &directory, bool force) {
  auto target = findTarget(targetName_);
  if (!target)
    return target.error();
  target_ = *target;
  report_.target = target_->name;
  // A model that is not there is said before an output directory is thought about.
  std::error_code code;
  if (!fs::exists(model_, code))
    return badInput("cannot read '" + model_ + "': No such file or directory" + didYouMeanFile(model_));
  auto made = AtomicDirectory::create(directory, force);
  if (!made)
    return made.error();
  directory_.emplace(std::move(*made));
  report_.directory = directory;
  return {};
}

void Emission::endPhase() {
  if (current_.empty())
    return;
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - phaseStart_;
  report_.phases.push_back({current_, elapsed.count()});
  current_.clear();
}

void Emission::phase(const std::string &name) {
  endPhase();
  current_ = name;
  phaseStart_ = std::chrono::steady_clock::now();
  session_.phase(name);
}

Result<void> Emission::build(OwningOpRef<ModuleOp> graph) {
  report_.inputs = inputsOf(*graph);
  report_.outputs = outputsOf(*graph);
  phase("compile");
  LibraryOptions options;
  options.modelName = report_.name;
  options.soname = report_.library;
  options.outputPath = libraryPath();
  options.toolVersion = version();
  options.progress = [this](double done) { session_.phase("compile", done); };
  auto built = compileGraph(session_, std::move(graph), *target_, options);
  if (!built)
    return built.error();
  report_.kernels = kernelRows(*built);
  report_.weightBytes = built->weightBytes;
  std::error_code code;
  report_.libraryBytes = static_cast<int64_t>(fs::file_size(libraryPath(), code));
  report_.modelBytes = modelFileBytes(model_);
  std::ofstream header(path(report_.name + ".h"), std::ios::binary);
  header << libraryHeader(report_.name, target_->name, report_.inputs, report_.outputs);
  header.close();
  if (!header)
    return badInput("cannot write " + path(report_.name + ".h"));
  report_.peakMemoryBytes = peakMemory();
  endPhase();
  return {};
}

Result<void> Emission::finish(const std::function<Result<void>(Manifest &)> &amend) {
  endPhase();
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  report_.seconds = elapsed.count();
  Manifest manifest;
  manifest.toolVersion = version();
  manifest.name = report_.name;
  manifest.target = report_.target;
  manifest.library = report_.library;
  auto source = manifestSource(model_);
  if (!source)
    return source.error();
  manifest.model = *source;
  manifest.inputs = report_.inputs;
  manifest.outputs = report_.outputs;
  manifest.modelBytes = report_.modelBytes;
  manifest.libraryBytes = report_.libraryBytes;
  manifest.weightBytes = report_.weightBytes;
  if (amend)
    if (auto amended = amend(manifest); !amended)
      return amended.error();
  auto files = listOutputFiles(directory_->path().string());
  if (!files)
    return files.error();
  manifest.files = *files;
  report_.files = *files;
  if (auto written = writeManifest(directory_->path().string(), manifest); !written)
    return written.error();
  return directory_->commit();
}

} // namespace mlc
