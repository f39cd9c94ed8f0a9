#include "Support/Npz.h"

#include "Support/Npy.h"
#include "Support/ZipReader.h"

#include <fmt/format.h>
#include <set>

namespace mlc {

static std::string arrayName(const std::string &entry) {
  return entry.ends_with(".npy") ? entry.substr(0, entry.size() - 4) : entry;
}

Result<std::vector<NamedTensor>> readNpz(const std::string &path) {
  Result<ZipReader> zip = ZipReader::open(path);
  if (!zip)
    return zip.error();
  std::vector<NamedTensor> tensors;
  std::set<std::string> names;
  for (const ZipEntry &entry : zip->entries()) {
    Result<std::vector<std::byte>> bytes = zip->read(entry);
    if (!bytes)
      return bytes.error();
    Result<Tensor> tensor = parseNpy(*bytes, fmt::format("{}:{}", path, entry.name));
    if (!tensor)
      return tensor.error();
    std::string name = arrayName(entry.name);
    if (!names.insert(name).second)
      return badInput(fmt::format("'{}' holds two arrays of the name '{}'", path, name));
    tensors.push_back({std::move(name), std::move(*tensor)});
  }
  return tensors;
}

Result<std::vector<std::string>> npzNames(const std::string &path) {
  Result<ZipReader> zip = ZipReader::open(path);
  if (!zip)
    return zip.error();
  std::vector<std::string> names;
  for (const ZipEntry &entry : zip->entries())
    names.push_back(arrayName(entry.name));
  return names;
}

Result<void> writeNpz(const std::string &path, const std::vector<NamedTensor> &tensors, ZipMethod method) {
  Result<ZipWriter> zip = ZipWriter::create(path);
  if (!zip)
    return zip.error();
  for (const NamedTensor &tensor : tensors)
    if (auto result = zip->add(tensor.name + ".npy", formatNpy(tensor.tensor), method); !result)
      return result;
  return zip->finish();
}

} // namespace mlc
