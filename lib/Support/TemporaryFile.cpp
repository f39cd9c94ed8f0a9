#include "Support/TemporaryFile.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace mlc {

Result<TemporaryFile> TemporaryFile::create(const std::string &name) {
  std::error_code code;
  std::string pattern = (std::filesystem::temp_directory_path(code) / "mlcompress-XXXXXX").string();
  if (code)
    return badInput("no temporary directory: " + code.message() + "; set TMPDIR to a directory that can be written");
  TemporaryFile file;
  int failure = 0;
  file.unfinished_ = Unfinished([&] {
    failure = mkdtemp(pattern.data()) ? 0 : errno;
    return failure ? std::string() : pattern;
  });
  if (failure)
    return badInput("cannot make a temporary directory at " + pattern + ": " + std::strerror(failure) +
                    "; set TMPDIR to a directory that can be written");
  file.directory_ = pattern;
  file.path_ = (std::filesystem::path(pattern) / name).string();
  return file;
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  if (!directory_.empty())
    std::filesystem::remove_all(directory_, ignored);
}

} // namespace mlc
