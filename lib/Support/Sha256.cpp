#include "Support/Sha256.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SHA256.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <vector>

namespace mlc {

static std::string hex(llvm::SHA256 &hash) { return llvm::toHex(hash.final(), /*LowerCase=*/true); }

std::string sha256(std::string_view bytes) {
  llvm::SHA256 hash;
  hash.update(llvm::StringRef(bytes.data(), bytes.size()));
  return hex(hash);
}

Result<std::string> sha256File(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return badInput(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  llvm::SHA256 hash;
  std::vector<char> chunk(1 << 20);
  while (file) {
    file.read(chunk.data(), std::streamsize(chunk.size()));
    hash.update(llvm::StringRef(chunk.data(), size_t(file.gcount())));
  }
  if (file.bad() || !file.eof())
    return badInput(fmt::format("cannot read '{}'", path));
  return hex(hash);
}

Result<std::string> sha256Tree(const std::string &path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error))
    return sha256File(path);
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error))
      files.push_back(it->path().lexically_relative(path).generic_string());
  if (error)
    return badInput(fmt::format("cannot read '{}': {}", path, error.message()));
  std::sort(files.begin(), files.end());
  std::string list;
  for (const std::string &file : files) {
    Result<std::string> hash = sha256File((fs::path(path) / file).string());
    if (!hash)
      return hash.error();
    list += fmt::format("{}  {}\n", *hash, file);
  }
  return sha256(list);
}

} // namespace mlc
