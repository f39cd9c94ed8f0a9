#include "OnnxText.h"

#include <catch2/catch.hpp>
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace mlc::test {

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "mlc-import-XXXXXX").string();
  REQUIRE(::mkdtemp(path_.data()) != nullptr);
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

onnx::ModelProto parseModel(const std::string &text) {
  onnx::ModelProto model;
  INFO(text);
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &model));
  return model;
}

onnx::ModelProto modelOf(const std::string &graph, int opset) {
  return parseModel("ir_version: 8 opset_import { version: " + std::to_string(opset) + " } graph { name: \"g\" " +
                    graph + " }");
}

std::string node(const std::string &op, const std::string &inputs, const std::string &outputs,
                 const std::string &more) {
  std::string text = "node { op_type: \"" + op + "\"";
  auto names = [&](const std::string &field, const std::string &list) {
    std::istringstream stream(list);
    for (std::string name; stream >> name;)
      text += " " + field + ": \"" + (name == "_" ? "" : name) + "\"";
  };
  names("input", inputs);
  names("output", outputs);
  return text + " " + more + " } ";
}

std::string value(const std::string &field, const std::string &name, int type, const std::string &dims) {
  std::string text =
      field + " { name: \"" + name + "\" type { tensor_type { elem_type: " + std::to_string(type) + " shape {";
  std::istringstream stream(dims);
  for (std::string dim; stream >> dim;)
    text += std::isdigit(dim[0]) ? " dim { dim_value: " + dim + " }"
            : dim == "?"         ? std::string(" dim { }")
                                 : " dim { dim_param: \"" + dim + "\" }";
  return text + " } } } } ";
}

std::string indices(const std::string &name, const std::string &numbers) {
  std::istringstream stream(numbers);
  std::string data;
  int count = 0;
  for (std::string number; stream >> number; ++count)
    data += " int64_data: " + number;
  return "initializer { name: \"" + name + "\" data_type: 7 dims: " + std::to_string(count) + data + " } ";
}

void save(const onnx::ModelProto &model, const std::string &path) {
  std::ofstream file(path, std::ios::binary);
  REQUIRE(model.SerializeToOstream(&file));
}

Imported importFile(const std::string &path, const ImportOptions &options) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module = importModel(context, path, options);
  if (!module)
    return {"", module.error()};
  Imported imported;
  llvm::raw_string_ostream stream(imported.text);
  (*module)->print(stream);
  // MLIR prints two spaces before an enum.
  for (size_t at; (at = imported.text.find("  ", imported.text.find("graph."))) != std::string::npos;)
    imported.text.erase(at, 1);
  return imported;
}

Imported importOf(const onnx::ModelProto &model, const ImportOptions &options) {
  TemporaryFolder folder;
  save(model, folder.file("model.onnx"));
  Imported imported = importFile(folder.file("model.onnx"), options);
  // Messages name the file; its folder differs from run to run.
  if (imported.error)
    for (size_t at; (at = imported.error->message.find(folder.file(""))) != std::string::npos;)
      imported.error->message.erase(at, folder.file("").size());
  return imported;
}

bool contains(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos)
    return true;
  UNSCOPED_INFO("'" << part << "' is not in:\n" << text);
  return false;
}

} // namespace mlc::test
