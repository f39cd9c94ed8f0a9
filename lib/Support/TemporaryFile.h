// A file in a private temporary directory, gone with the object.
#pragma once

#include "Support/Unfinished.h"
#include "mlcompress/Result.h"

#include <string>

namespace mlc {

class TemporaryFile {
public:
  /// A path for a file of this name in a new directory that only this user can read. The file itself is not made.
  static Result<TemporaryFile> create(const std::string &name);
  TemporaryFile(TemporaryFile &&other) noexcept
      : directory_(std::move(other.directory_)), path_(std::move(other.path_)),
        unfinished_(std::move(other.unfinished_)) {
    other.directory_.clear();
  }
  TemporaryFile &operator=(TemporaryFile &&) = delete;
  ~TemporaryFile();

  const std::string &path() const { return path_; }

private:
  TemporaryFile() = default;
  std::string directory_, path_;
  Unfinished unfinished_;
};

} // namespace mlc
