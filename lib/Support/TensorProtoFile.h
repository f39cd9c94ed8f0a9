// Files with one onnx.TensorProto: the input_K.pb and output_K.pb of ONNX test data.
#pragma once

#include "mlcompress/Result.h"
#include "mlcompress/Tensor.h"

#include <string>

namespace mlc {

/// Reads all element types that have a DType, from raw_data or the typed fields. External data, strings, complex
/// numbers, sequences, and counts that do not fit the shape are an Error.
Result<NamedTensor> readTensorProto(const std::string &path);

/// Writes with raw_data.
Result<void> writeTensorProto(const std::string &path, const NamedTensor &tensor);

} // namespace mlc
