#include "Export/Export.h"

#include "Export/GraphExporter.h"
#include "Graph/Constants.h"
#include "Support/FileBytes.h"

#include <cstdio>
#include <filesystem>

using namespace mlir;

namespace mlc {

// protobuf cannot hold more in one message.
static constexpr int64_t kLargestModel = (int64_t(1) << 31) - 1;

static int64_t weightBytes(ModuleOp module) {
  llvm::DenseSet<Attribute> seen;
  int64_t bytes = 0;
  module.walk([&](graph::ConstantOp op) {
    if (seen.insert(op.getValue()).second)
      bytes += graph::constantBytes(op.getValue());
  });
  return bytes;
}

static Error tooLarge(int64_t bytes) {
  return unsupported("the model has " + std::to_string(bytes >> 20) +
                     " MiB; one ONNX file holds at most 2047 MiB, and models in several files are not written");
}

Result<void> exportOnnx(ModuleOp module, const std::string &path, const std::string &producerVersion) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return badInput("the module to export has no function @main");
  if (int64_t bytes = weightBytes(module); bytes > kLargestModel)
    return tooLarge(bytes);

  onnx::ModelProto model;
  model.set_ir_version(10);
  model.set_producer_name("mlcompress");
  if (!producerVersion.empty())
    model.set_producer_version(producerVersion);
  auto &opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(kExportOpset);
  auto name = module->getAttrOfType<StringAttr>(graph::kModelAttr);
  model.mutable_graph()->set_name(name ? name.str() : "main");

  exporting::GraphExporter exporter(module.getContext(), *model.mutable_graph());
  exporter.exportFunction(main);
  for (const auto &domain : exporter.domains()) {
    auto &import = *model.add_opset_import();
    import.set_domain(domain.getKey().str());
    import.set_version(1);
  }
  if (!exporter.unsupportedOps().empty()) {
    std::string message = "these nodes cannot be written as ONNX:";
    for (const std::string &line : exporter.unsupportedOps())
      message += "\n  " + line;
    return unsupported(message);
  }
  if (auto bytes = model.ByteSizeLong(); static_cast<int64_t>(bytes) > kLargestModel)
    return tooLarge(static_cast<int64_t>(bytes));

  std::string partial = path + ".partial";
  std::error_code error;
  if (auto written = writeFile(partial, model.SerializeAsString()); !written) {
    std::filesystem::remove(partial, error);
    std::string message = written.error().message;
    if (size_t at = message.find(partial); at != std::string::npos)
      message.replace(at, partial.size(), path);
    return badInput(message);
  }
  std::filesystem::rename(partial, path, error);
  if (error) {
    std::string why = error.message();
    std::filesystem::remove(partial, error);
    return badInput("cannot write '" + path + "': " + why);
  }
  return {};
}

} // namespace mlc
