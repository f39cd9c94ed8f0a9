#include "Pipeline/HostLibrary.h"

using namespace mlir;

namespace mlc {

Result<HostLibrary> compileForHost(Session &session, OwningOpRef<ModuleOp> graph, const std::string &name) {
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
  auto built = compileGraph(session, std::move(graph), *host, options);
  if (!built)
    return built.error();
  return HostLibrary{std::move(*file), std::move(*built)};
}

} // namespace mlc
