// The graph dialect: a model as canonical ONNX operators. See Graph*.td for the ops.
#pragma once

#include "mlcompress/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <memory>

namespace mlc::graph {

class WeightStore;

bool isIndexTensor(mlir::Type type);
/// Same number of types, pairwise the same element type and compatible shapes.
bool areCompatible(mlir::TypeRange a, mlir::TypeRange b);

/// The host element type of an MLIR element type; Undefined where there is none.
DType dtypeOf(mlir::Type elementType);
/// The MLIR element type (signed integers signless, unsigned `ui`, bool `i1`); null for Undefined.
mlir::Type elementTypeOf(mlir::MLIRContext *context, DType dtype);
/// The MLIR tensor type with the shape of a host tensor.
mlir::RankedTensorType tensorTypeOf(mlir::MLIRContext *context, const Tensor &tensor);

/// numpy's broadcast of two shapes (ShapedType::kDynamic: unknown); nullopt where they contradict.
std::optional<llvm::SmallVector<int64_t>> broadcastShapes(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

/// Names of a model's parts in attributes.
inline constexpr llvm::StringLiteral kNameAttr = "graph.name";   ///< argument/result: ONNX name
inline constexpr llvm::StringLiteral kDimsAttr = "graph.dims";   ///< argument/result: array of dimension symbols
inline constexpr llvm::StringLiteral kModelAttr = "graph.model"; ///< module: the model's name
inline constexpr llvm::StringLiteral kOpsetAttr = "graph.opset"; ///< module: opset of ai.onnx (i64)

} // namespace mlc::graph

#include "Graph/GraphDialect.h.inc"
#include "Graph/GraphEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "Graph/GraphAttributes.h.inc"
#define GET_OP_CLASSES
#include "Graph/GraphOps.h.inc"
