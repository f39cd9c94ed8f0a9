// Sequences and optionals whose contents are known when compiling: they exist while a model is imported, and nothing of
// them is left in the graph.
#include "Import/GraphImporter.h"
#include "Import/OperatorTable.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// A sequence is a value of tuple type that is made from its elements, so that it can stand wherever a tensor does.
Value makeSequence(Node &n, ArrayRef<Value> elements) {
  SmallVector<Type> types;
  for (Value element : elements)
    types.push_back(element.getType());
  Type type = TupleType::get(n.builder().getContext(), types);
  return UnrealizedConversionCastOp::create(n.builder(), n.loc, type, elements).getResult(0);
}

SmallVector<Value> elementsOf(Node &n, size_t i) {
  Value value = n.require(i);
  auto made = value.getDefiningOp<UnrealizedConversionCastOp>();
  if (!isa<TupleType>(value.getType()) || !made)
    n.unsupported("a sequence whose contents are not known when compiling");
  return SmallVector<Value>(made.getInputs());
}

// An optional without an element is a value of type none; one with an element is that element.
bool isAbsent(Value value) { return !value || isa<NoneType>(value.getType()); }

// A position operand, counted from the front, up to and including `last`.
int64_t position(Node &n, size_t i, int64_t count, int64_t last) {
  SmallVector<int64_t> at = n.requireIntegers(n.require(i), "the position");
  int64_t place = at.size() == 1 ? (at.front() < 0 ? at.front() + count : at.front()) : -1;
  if (place < 0 || place > last)
    n.invalid(fmt::format("position is out of range for a sequence of {}", count));
  return place;
}

Results sequenceConstruct(Node &n) {
  SmallVector<Value> elements;
  for (size_t i = 0; i < n.inputs.size(); ++i)
    elements.push_back(n.require(i));
  return {makeSequence(n, elements)};
}

Results sequenceEmpty(Node &n) { return {makeSequence(n, {})}; }

Results sequenceInsert(Node &n) {
  SmallVector<Value> elements = elementsOf(n, 0);
  auto count = static_cast<int64_t>(elements.size());
  int64_t at = n.input(2) ? position(n, 2, count, count) : count;
  elements.insert(elements.begin() + at, n.require(1));
  return {makeSequence(n, elements)};
}

Results sequenceErase(Node &n) {
  SmallVector<Value> elements = elementsOf(n, 0);
  auto count = static_cast<int64_t>(elements.size());
  elements.erase(elements.begin() + (n.input(1) ? position(n, 1, count, count - 1) : count - 1));
  return {makeSequence(n, elements)};
}

Results sequenceAt(Node &n) {
  SmallVector<Value> elements = elementsOf(n, 0);
  auto count = static_cast<int64_t>(elements.size());
  return {elements[position(n, 1, count, count - 1)]};
}

Results sequenceLength(Node &n) {
  return {n.scalar(n.builder().getI64Type(), static_cast<double>(elementsOf(n, 0).size()))};
}

// Pieces of one size, of given sizes, or single slices without the axis.
Results splitToSequence(Node &n) {
  Value x = n.require(0);
  int64_t axis = n.axis(n.integer("axis", 0), n.rank(x));
  Dim size = n.dim(x, axis), begin = 0;
  SmallVector<Dim> sizes;
  bool squeeze = !n.input(1) && n.integer("keepdims", 1) == 0;
  if (n.input(1) && n.rank(n.input(1)) == 1) {
    Value given = n.toIndices(n.input(1));
    auto known = n.knownIntegers(given);
    int64_t count = n.type(given).getDimSize(0);
    if (ShapedType::isDynamic(count))
      n.unsupported("the number of pieces is not known when compiling");
    for (int64_t i = 0; i < count; ++i)
      sizes.push_back(known ? Dim((*known)[i]) : Dim(n.slice(given, 0, i, i + 1)));
  } else {
    int64_t each = n.input(1) ? n.requireIntegers(n.input(1), "the size of the pieces").front() : 1;
    if (!size.isNumber())
      n.unsupported("the number of pieces is not known when compiling");
    if (each < 1)
      n.invalid("the pieces have no size");
    for (int64_t left = size.number; left > 0; left -= each)
      sizes.push_back(std::min(each, left));
  }
  SmallVector<Value> pieces;
  for (const Dim &piece : sizes) {
    Dim end = n.combine(BinaryKind::Add, begin, piece);
    Value part = n.slice(x, axis, begin, end);
    pieces.push_back(squeeze ? n.squeeze(part, {axis}) : part);
    begin = end;
  }
  return {makeSequence(n, pieces)};
}

Results concatFromSequence(Node &n) {
  SmallVector<Value> elements = elementsOf(n, 0);
  if (elements.empty())
    n.invalid("an empty sequence");
  bool stack = n.integer("new_axis", 0) != 0;
  int64_t axis = n.axis(n.integer("axis", 0), n.rank(elements[0]) + (stack ? 1 : 0));
  if (stack)
    for (Value &element : elements)
      element = n.unsqueeze(element, {axis});
  return {n.create<ConcatOp>(ValueRange(elements), axis)};
}

// The body for each element of the first sequence, and of others in step with it; tensors go to all.
Results sequenceMap(Node &n) {
  const auto &body = n.subgraph("body");
  size_t length = elementsOf(n, 0).size();
  SmallVector<SmallVector<Value>> columns; // of each operand, what each call gets
  for (size_t i = 0; i < n.inputs.size(); ++i) {
    bool isSequence = isa<TupleType>(n.require(i).getType());
    columns.push_back(isSequence ? elementsOf(n, i) : SmallVector<Value>(length, n.require(i)));
    if (columns.back().size() != length)
      n.invalid("the sequences differ in length");
  }
  SmallVector<SmallVector<Value>> results(n.proto.output_size());
  for (size_t call = 0; call < length; ++call) {
    SmallVector<Value> arguments;
    for (const auto &column : columns)
      arguments.push_back(column[call]);
    SmallVector<Value> outputs = n.importer.importBody(body, arguments);
    if (outputs.size() < results.size())
      n.invalid("the body has fewer outputs than the node");
    for (auto [result, output] : llvm::zip(results, outputs))
      result.push_back(output);
  }
  Results sequences;
  for (const auto &result : results)
    sequences.push_back(makeSequence(n, result));
  return sequences;
}

Results optional(Node &n) {
  if (n.input(0))
    return {n.input(0)};
  Type none = NoneType::get(n.builder().getContext());
  return {UnrealizedConversionCastOp::create(n.builder(), n.loc, none, ValueRange{}).getResult(0)};
}

Results optionalGetElement(Node &n) {
  if (isAbsent(n.input(0)))
    n.invalid("the optional has no element");
  return {n.input(0)};
}

Results optionalHasElement(Node &n) { return {n.scalar(n.builder().getI1Type(), isAbsent(n.input(0)) ? 0 : 1)}; }

} // namespace

void addSequenceOperators(Rows &rows) {
  auto sequence = Types::Sequence;
  const char *known = "contents are known when compiling";
  rows.insert(rows.end(), {
                              {"ConcatFromSequence", 11, 28, sequence, concatFromSequence, known},
                              {"Optional", 15, 28, sequence, optional, known},
                              {"OptionalGetElement", 15, 28, sequence, optionalGetElement, known},
                              {"OptionalHasElement", 15, 28, sequence, optionalHasElement, known},
                              {"SequenceAt", 11, 28, sequence, sequenceAt, known},
                              {"SequenceConstruct", 11, 28, sequence, sequenceConstruct, known},
                              {"SequenceEmpty", 11, 28, sequence, sequenceEmpty, known},
                              {"SequenceErase", 11, 28, sequence, sequenceErase, known},
                              {"SequenceInsert", 11, 28, sequence, sequenceInsert, known},
                              {"SequenceLength", 11, 28, sequence, sequenceLength, known},
                              {"SequenceMap", 17, 28, sequence, sequenceMap, known},
                              {"SplitToSequence", 11, 28, sequence, splitToSequence, known},
                          });
}

} // namespace mlc::importer
