// An output directory that appears as a whole or not at all.
#pragma once

#include "Support/Unfinished.h"
#include "mlcompress/Result.h"

#include <filesystem>
#include <string>

namespace mlc {

/// Files go to path(), a hidden directory beside the destination; commit() renames it to the destination. Without
/// a commit nothing is left, created parent directories included (nor where removeUnfinished() ends the program).
class AtomicDirectory {
public:
  /// An existing destination is accepted where it is an empty directory, or one in which every file is listed in
  /// a manifest.json that mlcompress wrote; any other directory only with `force`. The working directory, those above
  /// it, and files are never replaced.
  static Result<AtomicDirectory> create(const std::string &destination, bool force);

  AtomicDirectory(AtomicDirectory &&other) noexcept;
  AtomicDirectory &operator=(AtomicDirectory &&) = delete;
  ~AtomicDirectory();

  const std::filesystem::path &path() const { return temporary_; }
  const std::filesystem::path &destination() const { return destination_; }

  /// Puts the directory in place. An existing one is exchanged in one step where the file system can, and then
  /// deleted.
  Result<void> commit();

private:
  AtomicDirectory() = default;

  std::filesystem::path destination_;
  std::filesystem::path temporary_;     ///< empty once committed or moved from
  std::filesystem::path createdParent_; ///< the topmost parent directory that create() made, or empty
  Unfinished unfinished_;
};

} // namespace mlc
