// Writing .zip archives; the same entries give the same bytes (no times, no owners).
#pragma once

#include "mlcompress/Result.h"

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace mlc {

enum class ZipMethod : uint16_t { Stored = 0, Deflate = 8 };

/// Writes entries as they come; zip64 records where sizes or offsets need them. finish() must be called.
class ZipWriter {
public:
  static Result<ZipWriter> create(const std::string &path);

  Result<void> add(const std::string &name, std::string_view contents, ZipMethod method);
  Result<void> finish();

private:
  Result<void> write(std::string_view bytes);

  std::string path_;
  std::ofstream file_;
  std::string directory_;
  uint64_t offset_ = 0;
  uint64_t count_ = 0;
};

} // namespace mlc
