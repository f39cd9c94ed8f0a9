#include "Import/Functions.h"

#include <fmt/format.h>
#include <google/protobuf/unknown_field_set.h>

namespace mlc::importer {

// Field numbers of onnx.proto since IR version 10 (overload) and 9 (attribute_proto).
static constexpr int kNodeOverload = 8, kFunctionOverload = 13, kFunctionAttributeProto = 11;

std::string canonicalDomain(const std::string &domain) { return domain == "ai.onnx" ? "" : domain; }

static std::string unknownString(const google::protobuf::UnknownFieldSet &fields, int number) {
  std::string text;
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto &field = fields.field(i);
    if (field.number() == number && field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      text = field.length_delimited();
  }
  return text;
}

std::string overloadOf(const onnx::NodeProto &node) { return unknownString(node.unknown_fields(), kNodeOverload); }

std::string overloadOf(const onnx::FunctionProto &function) {
  return unknownString(function.unknown_fields(), kFunctionOverload);
}

std::vector<onnx::AttributeProto> attributeDefaults(const onnx::FunctionProto &function) {
  std::vector<onnx::AttributeProto> defaults;
  const auto &fields = function.unknown_fields();
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto &field = fields.field(i);
    if (field.number() != kFunctionAttributeProto ||
        field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      continue;
    onnx::AttributeProto attribute;
    if (attribute.ParseFromString(field.length_delimited()))
      defaults.push_back(std::move(attribute));
  }
  return defaults;
}

Result<FunctionLibrary> FunctionLibrary::of(const onnx::ModelProto &model) {
  FunctionLibrary library;
  for (const auto &function : model.functions()) {
    auto key = std::make_tuple(canonicalDomain(function.domain()), function.name(), overloadOf(function));
    if (!library.functions_.emplace(key, &function).second)
      return badInput(
          fmt::format("the model has two functions '{}' of domain '{}'", function.name(), function.domain()));
  }
  return library;
}

const onnx::FunctionProto *FunctionLibrary::find(const onnx::NodeProto &node) const {
  if (functions_.empty())
    return nullptr;
  auto found = functions_.find({canonicalDomain(node.domain()), node.op_type(), overloadOf(node)});
  return found == functions_.end() ? nullptr : found->second;
}

using Attributes = std::map<std::string, const onnx::AttributeProto *>;

static void substitute(onnx::NodeProto &node, const Attributes &values) {
  auto &attributes = *node.mutable_attribute();
  for (int i = 0; i < attributes.size();) {
    onnx::AttributeProto &attribute = attributes[i];
    if (!attribute.ref_attr_name().empty()) {
      auto value = values.find(attribute.ref_attr_name());
      if (value == values.end()) {
        attributes.DeleteSubrange(i, 1);
        continue;
      }
      std::string name = attribute.name();
      attribute = *value->second;
      attribute.set_name(name);
    } else {
      if (attribute.has_g())
        for (auto &inner : *attribute.mutable_g()->mutable_node())
          substitute(inner, values);
      for (auto &graph : *attribute.mutable_graphs())
        for (auto &inner : *graph.mutable_node())
          substitute(inner, values);
    }
    ++i;
  }
}

onnx::FunctionProto FunctionLibrary::bodyFor(const onnx::FunctionProto &function, const onnx::NodeProto &call) {
  std::vector<onnx::AttributeProto> defaults = attributeDefaults(function);
  Attributes values;
  for (const auto &attribute : defaults)
    values[attribute.name()] = &attribute;
  for (const auto &attribute : call.attribute())
    values[attribute.name()] = &attribute;
  onnx::FunctionProto body = function;
  for (auto &node : *body.mutable_node())
    substitute(node, values);
  return body;
}

} // namespace mlc::importer
