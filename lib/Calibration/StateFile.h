// Files that hold what calibration has seen so far: written whole or not at all, checked when read.
//
// Eight bytes "MLCCALIB" and a version (u32), then pieces of up to 1 MiB: their size (u32), their hash (u64) and their
// bytes. The hash is XXH3-64 of the hash before it and the bytes, so that pieces can be neither lost nor exchanged. A
// piece of no bytes is the end. Numbers are as this machine holds them.
#pragma once

#include "Support/Unfinished.h"
#include "mlcompress/Result.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace mlc {

struct CloseFile {
  void operator()(std::FILE *file) const { std::fclose(file); }
};

class StateWriter {
public:
  /// Begins a temporary file beside `path`. No more than `limit` bytes are written.
  StateWriter(const std::string &path, int64_t limit);
  ~StateWriter();
  StateWriter(const StateWriter &) = delete;

  template <typename T> void value(const T &value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes(&value, sizeof value);
  }
  template <typename T> void values(const std::vector<T> &values) {
    static_assert(std::is_trivially_copyable_v<T>);
    value(static_cast<int64_t>(values.size()));
    bytes(values.data(), values.size() * sizeof(T));
  }

  /// Puts the file in place. An error where something could not be written, or the limit was exceeded.
  Result<void> commit();

private:
  void bytes(const void *data, size_t size);
  void flush();

  std::string path_, temporary_, failure_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  Unfinished unfinished_;
  std::vector<char> piece_; ///< begins with the hash of the piece before
  int64_t left_;
};

/// Gives back what a StateWriter was given, in the same order. Bytes that do not fit the file give zeros, and ok() is
/// false from then on.
class StateReader {
public:
  explicit StateReader(const std::string &path);

  template <typename T> T value() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    bytes(&value, sizeof value);
    return ok_ ? value : T{};
  }
  template <typename T> std::vector<T> values() {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<T> values;
    auto size = value<int64_t>();
    // In steps: a size that is wrong must not ask for all memory.
    constexpr int64_t kStep = (1 << 20) / sizeof(T);
    for (int64_t at = 0; ok_ && at < size; at += kStep) {
      values.resize(std::min(size, at + kStep));
      bytes(values.data() + at, (values.size() - at) * sizeof(T));
    }
    return values;
  }

  bool ok() const { return ok_; }
  /// Everything was read, and the file ends as it should.
  bool finished();

private:
  void bytes(void *data, size_t size);
  bool next();

  std::unique_ptr<std::FILE, CloseFile> file_;
  std::vector<char> piece_; ///< begins with the hash of the piece before
  size_t at_ = 0;
  bool ok_ = true, end_ = false;
};

} // namespace mlc
