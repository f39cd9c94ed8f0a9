// Models written as protobuf text, saved to a file, and imported.
#pragma once

#include "Import/Import.h"

#include <onnx/onnx_pb.h>

#include <string>

namespace mlc::test {

/// A folder that is gone at the end of a test.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(const std::string &name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

/// The message in protobuf's text format; a mistake in the text fails the test.
onnx::ModelProto parseModel(const std::string &text);

/// A model of IR version 8 with this opset around the text of its graph's fields. `N("Op", "a, b", "y", attributes)`
/// lines come from `node`.
onnx::ModelProto modelOf(const std::string &graph, int opset = 17);
/// `node { op_type: … input: … output: … }`; names are separated by spaces, "_" is an operand left out.
std::string node(const std::string &op, const std::string &inputs, const std::string &outputs,
                 const std::string &more = "");
/// An input or output: `value("input", "x", 1, "batch 3 ?")`.
std::string value(const std::string &field, const std::string &name, int type, const std::string &dims);
/// An i64 initializer of rank 1.
std::string indices(const std::string &name, const std::string &numbers);

void save(const onnx::ModelProto &model, const std::string &path);

/// What importing gives: the module printed without locations, or the error's code and message.
struct Imported {
  std::string text;
  std::optional<Error> error;
};
Imported importOf(const onnx::ModelProto &model, const ImportOptions &options = {});
Imported importFile(const std::string &path, const ImportOptions &options = {});

/// True where `text` holds the part; prints both where it does not.
bool contains(const std::string &text, const std::string &part);

} // namespace mlc::test
