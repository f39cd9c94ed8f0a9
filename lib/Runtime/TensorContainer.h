// The file in which tensors travel to and from mlc-runner: easy to read in plain C.
//
// All numbers are little-endian; everything begins at a multiple of 8 bytes.
//   char magic[8] "MLCTENS1"; uint64 count; then for each tensor:
//   int32 dtype (onnx.TensorProto.DataType); uint32 rank; uint64 name_bytes; uint64 data_bytes;
//   int64 dims[rank]; the name, UTF-8 without a zero, padded to 8; the data, row-major, padded to 8
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <string>
#include <vector>

namespace mlc {

/// An Error that names the path where writing fails.
Result<void> writeTensorContainer(const std::string &path, const std::vector<NamedTensor> &tensors);

/// An Error that names the path where the file is missing, truncated or not of this format.
Result<std::vector<NamedTensor>> readTensorContainer(const std::string &path);

} // namespace mlc
