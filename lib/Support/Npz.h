// The .npz format of numpy: a zip archive with one .npy a tensor.
#pragma once

#include "Support/ZipWriter.h"
#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <string>
#include <vector>

namespace mlc {

/// All arrays of the file, in its order, without the ".npy" that numpy puts after their names.
Result<std::vector<NamedTensor>> readNpz(const std::string &path);

/// The names alone, without reading data.
Result<std::vector<std::string>> npzNames(const std::string &path);

/// Writes the arrays in the given order; the same arrays give the same bytes. bfloat16 becomes float32, as in
/// formatNpy.
Result<void> writeNpz(const std::string &path, const std::vector<NamedTensor> &tensors,
                      ZipMethod method = ZipMethod::Deflate);

} // namespace mlc
