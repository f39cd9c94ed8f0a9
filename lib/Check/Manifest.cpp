#include "Check/Manifest.h"

#include "Check/Json.h"
#include "Support/FileBytes.h"
#include "Support/Sha256.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

namespace mlc {

namespace fs = std::filesystem;

static constexpr int schemaVersion = 1;

Result<HashedSource> manifestSource(const std::string &path) {
  Result<std::string> hash = sha256Tree(path);
  if (!hash)
    return hash.error();
  fs::path normal = fs::path(path).lexically_normal();
  if (!normal.has_filename()) // "data/"
    normal = normal.parent_path();
  return HashedSource{normal.filename().string(), *hash};
}

Result<std::vector<OutputFile>> listOutputFiles(const std::string &directory) {
  std::vector<OutputFile> files;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name == "manifest.json" || name == "report.json" || !it->is_regular_file(error))
      continue;
    Result<std::string> hash = sha256File(it->path().string());
    if (!hash)
      return hash.error();
    files.push_back({name, int64_t(it->file_size(error)), *hash});
  }
  if (error)
    return badInput(fmt::format("cannot read the directory '{}': {}", directory, error.message()));
  std::sort(files.begin(), files.end(), [](const OutputFile &a, const OutputFile &b) { return a.name < b.name; });
  return files;
}

std::string formatManifest(const Manifest &manifest) {
  Json flags = Json::object();
  for (const auto &[flag, value] : manifest.flags)
    flags[flag] = value;
  Json json = {{"tool", "mlcompress"},
               {"schema", schemaVersion},
               {"tool_version", manifest.toolVersion},
               {"name", manifest.name},
               {"target", manifest.target},
               {"library", manifest.library},
               {"model", jsonOf(manifest.model)},
               {"calibration_data", manifest.calib ? jsonOf(*manifest.calib) : Json()},
               {"check_data", manifest.data ? jsonOf(*manifest.data) : Json()},
               {"flags", flags},
               {"inputs", jsonOf(manifest.inputs)},
               {"outputs", jsonOf(manifest.outputs)},
               {"model_bytes", manifest.modelBytes},
               {"library_bytes", manifest.libraryBytes},
               {"weight_bytes", manifest.weightBytes},
               {"files", jsonOf(manifest.files)},
               {"accuracy", jsonOf(manifest.accuracy)}};
  return textOf(json);
}

Result<void> writeManifest(const std::string &directory, const Manifest &manifest) {
  return writeFile((fs::path(directory) / "manifest.json").string(), formatManifest(manifest));
}

namespace {
DType dtypeNamed(const std::string &name) {
  for (int value = 1; value <= 16; ++value)
    if (byteSize(DType(value)) && dtypeName(DType(value)) == name)
      return DType(value);
  return DType::Undefined;
}

std::vector<TensorDescription> readTensors(const Json &array) {
  std::vector<TensorDescription> tensors;
  for (const Json &row : array) {
    TensorDescription tensor{row.at("name").get<std::string>(), dtypeNamed(row.at("dtype").get<std::string>()), {}, {}};
    for (const Json &dim : row.at("shape")) {
      tensor.shape.push_back(dim.is_number() ? dim.get<int64_t>() : -1);
      tensor.symbols.push_back(dim.is_string() ? dim.get<std::string>() : "");
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

HashedSource readSource(const Json &json) {
  return {json.at("name").get<std::string>(), json.at("sha256").get<std::string>()};
}

/// Throws the JSON library's exceptions where a key is missing or of another type.
Manifest fromJson(const Json &json) {
  Manifest manifest;
  manifest.toolVersion = json.at("tool_version").get<std::string>();
  manifest.name = json.at("name").get<std::string>();
  manifest.target = json.at("target").get<std::string>();
  manifest.library = json.at("library").get<std::string>();
  manifest.model = readSource(json.at("model"));
  if (const Json &calib = json.at("calibration_data"); !calib.is_null())
    manifest.calib = readSource(calib);
  if (const Json &data = json.at("check_data"); !data.is_null())
    manifest.data = readSource(data);
  for (const auto &[flag, value] : json.at("flags").items())
    manifest.flags[flag] = value.get<std::string>();
  manifest.inputs = readTensors(json.at("inputs"));
  manifest.outputs = readTensors(json.at("outputs"));
  manifest.modelBytes = json.at("model_bytes").get<int64_t>();
  manifest.libraryBytes = json.at("library_bytes").get<int64_t>();
  manifest.weightBytes = json.at("weight_bytes").get<int64_t>();
  for (const Json &row : json.at("files"))
    manifest.files.push_back(
        {row.at("name").get<std::string>(), row.at("bytes").get<int64_t>(), row.at("sha256").get<std::string>()});
  return manifest;
}
} // namespace

Result<Manifest> readManifest(const std::string &directory) {
  std::string path = (fs::path(directory) / "manifest.json").string();
  std::error_code error;
  if (!fs::exists(path, error))
    return badInput(fmt::format("'{}' has no manifest.json, so mlcompress did not write it", directory));
  Result<std::vector<std::byte>> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  const char *text = reinterpret_cast<const char *>(bytes->data());
  Json json = Json::parse(text, text + bytes->size(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("tool", Json()) != "mlcompress")
    return badInput(fmt::format("'{}' is not a manifest of mlcompress", path));
  if (json.value("schema", Json()) != schemaVersion)
    return badInput(fmt::format("'{}' was written by another version of mlcompress; compile the model again", path));
  try {
    return fromJson(json);
  } catch (const Json::exception &exception) {
    return badInput(fmt::format("'{}' is damaged: {}", path, exception.what()));
  }
}

} // namespace mlc
