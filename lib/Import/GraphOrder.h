// The nodes of a graph in an order in which every value is made before it is read.
#pragma once

#include "mlcompress/Result.h"

#include "llvm/ADT/StringSet.h"
#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace mlc::importer {

/// "'name' (Op)", or for a nameless node "Op that gives 'first output'".
std::string nodeLabel(const onnx::NodeProto &node);
/// The name, or for a nameless node "Op:first output".
std::string nodeName(const onnx::NodeProto &node);

/// Names that the nodes of a graph (or function body) read and do not make themselves, subgraphs included.
llvm::StringSet<> freeNames(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
                            const llvm::StringSet<> &defined);

/// Indices of `nodes`, sorted; those that are in order already keep their order. `given` are the names that exist
/// before the first node, `outer` those of the surrounding graphs. Errors name the nodes: a value made twice, a value
/// read that nothing makes, a cycle.
Result<std::vector<int>> sortNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
                                   const llvm::StringSet<> &given, const std::vector<const llvm::StringSet<> *> &outer);

} // namespace mlc::importer
