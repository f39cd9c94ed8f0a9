// TensorProto to an attribute of the graph.
#pragma once

#include "Graph/Graph.h"
#include "Import/ModelFile.h"

namespace mlc::importer {

/// ONNX's name of a TensorProto.DataType ("float8e4m3fn", "string", …; a number for one that is not known).
std::string dataTypeName(int32_t dataType);

/// The element type for a TensorProto.DataType; null where the graph has none.
mlir::Type elementType(mlir::MLIRContext *context, int32_t dataType);

/// The elements of a tensor as an attribute. With `steal` the tensor's raw bytes move to the weight store without a
/// copy and are gone from `tensor`; external data is mapped. Errors name the tensor: an element type that the graph
/// does not have (Unsupported), a shape that its data does not fill, external data that cannot be read.
Result<mlir::ElementsAttr> tensorAttribute(mlir::MLIRContext *context, onnx::TensorProto &tensor, bool steal,
                                           ExternalData &external);

} // namespace mlc::importer
