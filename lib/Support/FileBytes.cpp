#include "Support/FileBytes.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <sys/stat.h>

namespace mlc {

namespace {
struct Closer {
  void operator()(std::FILE *file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;
} // namespace

Result<std::vector<std::byte>> readFile(const std::string &path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0)
    return badInput(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  if (S_ISDIR(status.st_mode))
    return badInput(fmt::format("cannot read '{}': it is a directory, a file was expected", path));
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
    return badInput(fmt::format("cannot read '{}': it is a device, a file was expected", path));
  File file(std::fopen(path.c_str(), "rb"));
  if (!file)
    return badInput(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  std::vector<std::byte> bytes(size_t(status.st_size));
  size_t got = std::fread(bytes.data(), 1, bytes.size(), file.get());
  bytes.resize(got);
  // A pipe has no size, and a file may have grown since.
  std::byte chunk[65536];
  while (size_t more = std::fread(chunk, 1, sizeof chunk, file.get()))
    bytes.insert(bytes.end(), chunk, chunk + more);
  if (std::ferror(file.get()))
    return badInput(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  return bytes;
}

Result<void> writeFile(const std::string &path, std::string_view bytes) {
  File file(std::fopen(path.c_str(), "wb"));
  if (!file)
    return badInput(fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
  bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  int error = errno;
  if (std::fclose(file.release()) != 0 && written) {
    written = false;
    error = errno;
  }
  if (!written)
    return badInput(fmt::format("cannot write '{}': {}", path, std::strerror(error)));
  return {};
}

} // namespace mlc
