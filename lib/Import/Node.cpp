#include "Import/Node.h"
#include "Graph/ShapeValues.h"
#include "Import/GraphImporter.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

OpBuilder &Node::builder() const { return importer.builder(); }

Value Node::require(size_t i) const {
  Value value = input(i);
  if (!value)
    invalid(fmt::format("operand {} is missing", i));
  return value;
}

std::optional<int64_t> Node::declaredRank(int i) const {
  return wantsOutput(i) ? importer.declaredRank(proto.output(i)) : std::nullopt;
}

// ---- attributes ------------------------------------------------------------------------------

const onnx::AttributeProto *Node::attribute(StringRef name) const {
  for (const auto &attribute : proto.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

// Files of IR version 1 have no attribute type; all newer ones must.
static const onnx::AttributeProto *typed(const Node &node, StringRef name, onnx::AttributeProto::AttributeType type) {
  const onnx::AttributeProto *attribute = node.attribute(name);
  if (attribute && attribute->has_type() && attribute->type() != type)
    node.invalid(fmt::format("attribute '{}' has the wrong type", name.str()));
  return attribute;
}

int64_t Node::integer(StringRef name, int64_t otherwise) const {
  const auto *attribute = typed(*this, name, onnx::AttributeProto::INT);
  return attribute ? attribute->i() : otherwise;
}

float Node::number(StringRef name, float otherwise) const {
  const auto *attribute = typed(*this, name, onnx::AttributeProto::FLOAT);
  return attribute ? attribute->f() : otherwise;
}

std::string Node::text(StringRef name, StringRef otherwise) const {
  const auto *attribute = typed(*this, name, onnx::AttributeProto::STRING);
  return attribute ? attribute->s() : otherwise.str();
}

std::optional<SmallVector<int64_t>> Node::integers(StringRef name) const {
  const auto *attribute = typed(*this, name, onnx::AttributeProto::INTS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::optional<SmallVector<float>> Node::numbers(StringRef name) const {
  const auto *attribute = typed(*this, name, onnx::AttributeProto::FLOATS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<float>(attribute->floats().begin(), attribute->floats().end());
}

SmallVector<std::string> Node::texts(StringRef name) const {
  const auto *attribute = typed(*this, name, onnx::AttributeProto::STRINGS);
  if (!attribute)
    return {};
  return SmallVector<std::string>(attribute->strings().begin(), attribute->strings().end());
}

const onnx::GraphProto &Node::subgraph(StringRef name) const {
  const auto *attribute = typed(*this, name, onnx::AttributeProto::GRAPH);
  if (!attribute || !attribute->has_g())
    invalid(fmt::format("attribute '{}' is missing", name.str()));
  return attribute->g();
}

ElementsAttr Node::tensor(const onnx::TensorProto &tensor) const { return importer.tensor(tensor); }

Type Node::elementType(int64_t dataType) const {
  Type type = importer::elementType(builder().getContext(), static_cast<int32_t>(dataType));
  if (!type)
    unsupported("element type " + dataTypeName(static_cast<int32_t>(dataType)));
  return type;
}

int64_t Node::axis(int64_t axis, int64_t rank) const {
  if (axis < -rank || axis >= rank)
    invalid(fmt::format("axis {} is out of range for rank {}", axis, rank));
  return axis < 0 ? axis + rank : axis;
}

SmallVector<int64_t> Node::axes(ArrayRef<int64_t> axes, int64_t rank) const {
  SmallVector<int64_t> result;
  for (int64_t a : axes)
    result.push_back(axis(a, rank));
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    invalid("an axis is given twice");
  return result;
}

// ---- known values ----------------------------------------------------------------------------

std::optional<SmallVector<int64_t>> Node::knownIntegers(Value value) const {
  if (auto elements = shapeValues(value)) {
    SmallVector<int64_t> result;
    for (const ShapeElement &element : *elements) {
      if (!element.isConstant())
        return std::nullopt;
      result.push_back(element.constant);
    }
    return result;
  }
  return constantIntegers(value);
}

SmallVector<int64_t> Node::requireIntegers(Value value, StringRef what) const {
  auto known = knownIntegers(value);
  if (!known)
    unsupported(fmt::format("{} must be known when compiling", what.str()));
  return *known;
}

// ---- building --------------------------------------------------------------------------------

void Node::checkInferred(bool inferred, ArrayRef<Type> types) const {
  std::string diagnostic = importer.takeDiagnostic();
  if (!inferred)
    invalid(diagnostic.empty() ? "operand types do not fit" : diagnostic);
  for (Type type : types) {
    int64_t elements = 1;
    for (int64_t size : mlir::cast<RankedTensorType>(type).getShape()) {
      if (ShapedType::isDynamic(size))
        continue;
      if (size < 0)
        invalid("a dimension of the result would be negative");
      if (size != 0 && __builtin_mul_overflow(elements, size, &elements))
        invalid("the result would have more elements than can be counted");
    }
    if (elements > (int64_t(1) << 48))
      invalid(fmt::format("the result would have {} elements", elements));
  }
}

Value Node::constant(const Tensor &tensor) const { return makeConstant(builder(), loc, tensor); }
Value Node::indices(ArrayRef<int64_t> values) const { return makeIndexConstant(builder(), loc, values); }
Value Node::scalar(Type elementType, double value) const {
  return makeScalarConstant(builder(), loc, elementType, value);
}

Value Node::unary(UnaryKind kind, Value value, float alpha, float beta) const {
  return create<UnaryOp>(kind, value, APFloat(alpha), APFloat(beta));
}
Value Node::binary(BinaryKind kind, Value a, Value b) const { return create<BinaryOp>(kind, a, b); }
Value Node::compare(CompareKind kind, Value a, Value b) const { return create<CompareOp>(kind, a, b); }
Value Node::select(Value condition, Value a, Value b) const { return create<SelectOp>(condition, a, b); }

Value Node::cast(Value value, Type elementType) const {
  return element(value) == elementType ? value : create<CastOp>(value, elementType);
}

Value Node::reduce(ReduceKind kind, Value value, ArrayRef<int64_t> axes, bool keepdims) const {
  return axes.empty() ? value : create<ReduceOp>(kind, value, axes, keepdims);
}

Value Node::squeeze(Value value, ArrayRef<int64_t> axes) const {
  return axes.empty() ? value : create<SqueezeOp>(value, axes);
}

Value Node::unsqueeze(Value value, ArrayRef<int64_t> axes) const {
  return axes.empty() ? value : create<UnsqueezeOp>(value, axes);
}

Value Node::transpose(Value value, ArrayRef<int64_t> perm) const {
  return llvm::equal(perm, llvm::seq<int64_t>(0, perm.size())) ? value : create<TransposeOp>(value, perm);
}

Value Node::toScalar(Value value) const {
  RankedTensorType type = Node::type(value);
  if (type.getRank() == 0)
    return value;
  if (type.hasStaticShape() && type.getNumElements() != 1)
    invalid(fmt::format("an operand of {} elements stands where a scalar is needed", type.getNumElements()));
  return squeeze(value, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())));
}

Value Node::perTensor(Value value) const {
  return rank(value) == 1 && type(value).getDimSize(0) == 1 ? toScalar(value) : value;
}

Value Node::alignAt(Value value, int64_t axis, int64_t rank) const {
  int64_t first = Node::rank(value);
  SmallVector<int64_t> added;
  for (int64_t i = 0; axis + first + i < rank; ++i)
    added.push_back(first + i);
  return unsqueeze(value, added);
}

Value Node::toIndices(Value value) const {
  if (!isa<IntegerType>(element(value)) || rank(value) > 1)
    invalid("an operand that gives sizes or positions must be an integer tensor of rank 1");
  value = cast(value, builder().getI64Type());
  return rank(value) == 0 ? unsqueeze(value, {0}) : value;
}

Value Node::toShape(Value value) const {
  value = toIndices(value);
  if (!type(value).isDynamicDim(0))
    return value;
  auto rank = declaredRank(0);
  if (!rank)
    unsupported("the rank of the result is not known when compiling");
  return reshape(value, {*rank});
}

// ---- shapes ----------------------------------------------------------------------------------

Dim Node::dim(Value value, int64_t axis) const {
  RankedTensorType type = Node::type(value);
  if (!type.isDynamicDim(axis))
    return type.getDimSize(axis);
  return create<ShapeOfOp>(value, axis, axis + 1);
}

Value Node::dimValue(const Dim &dim) const { return dim.isNumber() ? indices(dim.number) : dim.value; }

Dim Node::combine(BinaryKind kind, const Dim &a, const Dim &b) const {
  if (a.isNumber() && b.isNumber()) {
    int64_t x = a.number, y = b.number, result = 0;
    bool overflow = false;
    switch (kind) {
    case BinaryKind::Add:
      overflow = __builtin_add_overflow(x, y, &result);
      break;
    case BinaryKind::Sub:
      overflow = __builtin_sub_overflow(x, y, &result);
      break;
    case BinaryKind::Mul:
      overflow = __builtin_mul_overflow(x, y, &result);
      break;
    case BinaryKind::Div:
      overflow = y == 0 || (y == -1 && x == std::numeric_limits<int64_t>::min());
      result = overflow ? 0 : x / y;
      break;
    case BinaryKind::Max:
      result = std::max(x, y);
      break;
    case BinaryKind::Min:
      result = std::min(x, y);
      break;
    default:
      llvm_unreachable("no arithmetic of sizes");
    }
    if (overflow)
      invalid("a size cannot be computed");
    return result;
  }
  auto is = [](const Dim &d, int64_t n) { return d.isNumber() && d.number == n; };
  if ((kind == BinaryKind::Mul || kind == BinaryKind::Div) && is(b, 1))
    return a;
  if (kind == BinaryKind::Mul && is(a, 1))
    return b;
  if ((kind == BinaryKind::Add || kind == BinaryKind::Sub) && is(b, 0))
    return a;
  if (kind == BinaryKind::Add && is(a, 0))
    return b;
  return binary(kind, dimValue(a), dimValue(b));
}

Value Node::shape(ArrayRef<Dim> dims) const {
  // Numbers that stand side by side become one constant.
  SmallVector<Value> parts;
  SmallVector<int64_t> numbers;
  auto flush = [&] {
    if (!numbers.empty())
      parts.push_back(indices(numbers));
    numbers.clear();
  };
  for (const Dim &dim : dims) {
    if (dim.isNumber()) {
      numbers.push_back(dim.number);
      continue;
    }
    flush();
    parts.push_back(dim.value);
  }
  flush();
  if (parts.empty())
    return indices({});
  return parts.size() == 1 ? parts.front() : create<ConcatOp>(parts, 0);
}

Value Node::reshape(Value value, ArrayRef<Dim> dims) const {
  return create<ReshapeOp>(value, shape(dims), /*allowzero=*/true);
}

Value Node::shapeOf(Value value) const { return create<ShapeOfOp>(value, 0, rank(value)); }

Value Node::range(const Dim &limit) const {
  Type i64 = builder().getI64Type();
  Value end = limit.isNumber() ? scalar(i64, static_cast<double>(limit.number)) : toScalar(limit.value);
  return create<RangeOp>(scalar(i64, 0), end, scalar(i64, 1));
}

Value Node::slice(Value value, int64_t axis, const Dim &begin, const Dim &end) const {
  return create<SliceOp>(value, dimValue(begin), dimValue(end), indices(1), ArrayRef<int64_t>(axis));
}

} // namespace mlc::importer
