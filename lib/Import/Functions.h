// ONNX functions of a model: which node calls which, and a function's body for one call.
#pragma once

#include "mlcompress/Result.h"

#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace mlc::importer {

/// "ai.onnx" and "" are the same domain: "".
std::string canonicalDomain(const std::string &domain);
/// NodeProto.overload, a field newer than the protobuf that mlcompress is built with.
std::string overloadOf(const onnx::NodeProto &node);
/// FunctionProto.overload, likewise.
std::string overloadOf(const onnx::FunctionProto &function);
/// FunctionProto.attribute_proto: the attributes with default values, likewise newer.
std::vector<onnx::AttributeProto> attributeDefaults(const onnx::FunctionProto &function);

class FunctionLibrary {
public:
  /// Errors: two functions of one (domain, name, overload).
  static Result<FunctionLibrary> of(const onnx::ModelProto &model);

  /// The function that the node calls; null where it is an operator.
  const onnx::FunctionProto *find(const onnx::NodeProto &node) const;

  /// The function's nodes with every attribute reference replaced by the call's attribute, or its default; a
  /// reference to an attribute that has neither is dropped.
  static onnx::FunctionProto bodyFor(const onnx::FunctionProto &function, const onnx::NodeProto &call);

private:
  std::map<std::tuple<std::string, std::string, std::string>, const onnx::FunctionProto *> functions_;
};

} // namespace mlc::importer
