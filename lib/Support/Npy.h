// The .npy format of numpy (NEP 1; versions 1, 2 and 3).
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <cstddef>
#include <span>
#include <string>

namespace mlc {

/// Reads a .npy file's bytes. Column-major arrays come out row-major, big-endian ones little-endian. Types that
/// have no DType (complex, strings, objects, structures) are an Error. `source` names the file in messages.
Result<Tensor> parseNpy(std::span<const std::byte> bytes, const std::string &source);

Result<Tensor> readNpy(const std::string &path);

/// The tensor as a .npy file, version 1. numpy has no code for bfloat16: it is written as float32, which holds
/// it exactly.
std::string formatNpy(const Tensor &tensor);

Result<void> writeNpy(const std::string &path, const Tensor &tensor);

} // namespace mlc
