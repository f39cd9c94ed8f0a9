#include "Graph/Graph.h"
#include "Graph/Constants.h"
#include "Graph/WeightStore.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "Graph/GraphDialect.cpp.inc"
#include "Graph/GraphEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "Graph/GraphAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "Graph/GraphOps.cpp.inc"

namespace mlc::graph {

void GraphDialect::initialize() {
  weightStore = std::make_shared<WeightStore>();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "Graph/GraphOps.cpp.inc"
      >();
}

void GraphDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "Graph/GraphAttributes.cpp.inc"
      >();
}

Operation *GraphDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, type, elements);
}

bool isIndexTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() <= 1 && tensor.getElementType().isSignlessInteger(64);
}

bool areCompatible(TypeRange a, TypeRange b) {
  if (a.size() != b.size())
    return false;
  for (auto [x, y] : llvm::zip(a, b)) {
    auto s = dyn_cast<ShapedType>(x), t = dyn_cast<ShapedType>(y);
    if (!s || !t || s.getElementType() != t.getElementType() || failed(verifyCompatibleShape(s, t)))
      return false;
  }
  return true;
}

DType dtypeOf(Type type) {
  if (type.isF32())
    return DType::Float32;
  if (type.isF16())
    return DType::Float16;
  if (type.isBF16())
    return DType::BFloat16;
  if (type.isF64())
    return DType::Float64;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return llvm::TypeSwitch<Type, DType>(type)
        .Case([](Float8E4M3FNType) { return DType::Float8E4M3FN; })
        .Case([](Float8E4M3FNUZType) { return DType::Float8E4M3FNUZ; })
        .Case([](Float8E5M2Type) { return DType::Float8E5M2; })
        .Case([](Float8E5M2FNUZType) { return DType::Float8E5M2FNUZ; })
        .Case([](Float4E2M1FNType) { return DType::Float4E2M1; })
        .Case([](Float8E8M0FNUType) { return DType::Float8E8M0; })
        .Default(DType::Undefined);
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 2:
    return isUnsigned ? DType::UInt2 : DType::Int2;
  case 4:
    return isUnsigned ? DType::UInt4 : DType::Int4;
  case 1:
    return DType::Bool;
  case 8:
    return isUnsigned ? DType::UInt8 : DType::Int8;
  case 16:
    return isUnsigned ? DType::UInt16 : DType::Int16;
  case 32:
    return isUnsigned ? DType::UInt32 : DType::Int32;
  case 64:
    return isUnsigned ? DType::UInt64 : DType::Int64;
  default:
    return DType::Undefined;
  }
}

Type elementTypeOf(MLIRContext *context, DType dtype) {
  auto integer = [&](unsigned width, bool isUnsigned) -> Type {
    return IntegerType::get(context, width, isUnsigned ? IntegerType::Unsigned : IntegerType::Signless);
  };
  switch (dtype) {
  case DType::Float32:
    return Float32Type::get(context);
  case DType::Float16:
    return Float16Type::get(context);
  case DType::BFloat16:
    return BFloat16Type::get(context);
  case DType::Float64:
    return Float64Type::get(context);
  case DType::Bool:
    return integer(1, false);
  case DType::Int8:
    return integer(8, false);
  case DType::UInt8:
    return integer(8, true);
  case DType::Int16:
    return integer(16, false);
  case DType::UInt16:
    return integer(16, true);
  case DType::Int32:
    return integer(32, false);
  case DType::UInt32:
    return integer(32, true);
  case DType::Int64:
    return integer(64, false);
  case DType::UInt64:
    return integer(64, true);
  case DType::Float8E4M3FN:
    return Float8E4M3FNType::get(context);
  case DType::Float8E4M3FNUZ:
    return Float8E4M3FNUZType::get(context);
  case DType::Float8E5M2:
    return Float8E5M2Type::get(context);
  case DType::Float8E5M2FNUZ:
    return Float8E5M2FNUZType::get(context);
  case DType::Float4E2M1:
    return Float4E2M1FNType::get(context);
  case DType::Float8E8M0:
    return Float8E8M0FNUType::get(context);
  case DType::Int4:
    return integer(4, false);
  case DType::UInt4:
    return integer(4, true);
  case DType::Int2:
    return integer(2, false);
  case DType::UInt2:
    return integer(2, true);
  case DType::Undefined:
    return {};
  }
  return {};
}

RankedTensorType tensorTypeOf(MLIRContext *context, const Tensor &tensor) {
  return RankedTensorType::get(tensor.shape, elementTypeOf(context, tensor.dtype));
}

std::optional<SmallVector<int64_t>> broadcastShapes(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  size_t rank = std::max(a.size(), b.size());
  SmallVector<int64_t> result(rank);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i + a.size() < rank ? 1 : a[i + a.size() - rank];
    int64_t y = i + b.size() < rank ? 1 : b[i + b.size() - rank];
    if (x == 1)
      result[i] = y;
    else if (y == 1 || x == y)
      result[i] = x;
    else if (ShapedType::isDynamic(x))
      result[i] = y;
    else if (ShapedType::isDynamic(y))
      result[i] = x;
    else
      return std::nullopt;
  }
  return result;
}

} // namespace mlc::graph
