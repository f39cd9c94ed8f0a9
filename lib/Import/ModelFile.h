// Reading of an ONNX model's file and of the files it refers to.
#pragma once

#include "mlcompress/Result.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <string>

namespace mlc::importer {

/// Parses the file. Errors: missing or unreadable file, truncated file, not a protobuf, not a model.
Result<std::unique_ptr<onnx::ModelProto>> readModelFile(const std::string &path);

/// The files beside the model that hold large tensors, each mapped once.
class ExternalData {
public:
  explicit ExternalData(const std::string &modelPath);

  struct Bytes {
    llvm::ArrayRef<char> data;
    std::shared_ptr<const void> owner;
  };
  /// The bytes that the tensor's `external_data` names. Errors name the tensor and the file: a path that leaves the
  /// model's folder, a file that is missing or too short.
  Result<Bytes> find(const onnx::TensorProto &tensor, int64_t expectedBytes);

private:
  std::string folder_;
  std::map<std::string, std::shared_ptr<llvm::MemoryBuffer>> files_;
};

} // namespace mlc::importer
