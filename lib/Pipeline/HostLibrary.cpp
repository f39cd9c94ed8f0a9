#include "Pipeline/HostLibrary.h"

using namespace mlir;

namespace mlc {

Result<TemporaryFile> compileForHost(Session &session, OwningOpRef<ModuleOp> graph, const std::string &name) {
  auto host = findTarget("host");
  if (!host)
    return host.error();
  auto file = TemporaryFile::create("model.so");
  if (!file)
    return file.error();
  LibraryOptions options;
  options.modelName = name;
  options.soname = "model.so";
  options.outputPath = file->path();
  if (auto built = compileGraph(session, std::move(graph), *host, options); !built)
    return built.error();
  return std::move(*file);
}

} // namespace mlc
