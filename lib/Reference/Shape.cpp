#include "Reference/Elements.h"
#include "Reference/Families.h"
#include "Reference/Indexing.h"

#include "Graph/Constants.h"

#include <cstring>

using namespace mlir;

namespace mlc::reference {

static Tensor withShape(const Tensor &tensor, Shape shape) {
  Tensor result;
  result.dtype = tensor.dtype;
  result.shape = std::move(shape);
  result.bytes = tensor.bytes;
  return result;
}

static Shape iota(int64_t count) {
  Shape values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = i;
  return values;
}

// Index maps that copy a tensor of this shape unchanged.
static std::vector<std::vector<int64_t>> identityMaps(const Shape &shape) {
  std::vector<std::vector<int64_t>> maps;
  for (int64_t size : shape)
    maps.push_back(iota(size));
  return maps;
}

Tensors evaluateNode(graph::ConstantOp op, Operands) { return one(graph::constantTensor(op.getValue())); }

Tensors evaluateNode(graph::ShapeOfOp op, Operands operands) {
  int64_t start = op.getStart(), end = op.getEnd();
  const Shape &shape = operands[0]->shape;
  if (start < 0 || start > end || end > static_cast<int64_t>(shape.size()))
    return badInput("dimensions " + std::to_string(start) + " to " + std::to_string(end) + " of " +
                    describeShape(shape));
  Tensor out(DType::Int64, {end - start});
  std::copy(shape.begin() + start, shape.begin() + end, out.data<int64_t>());
  return one(std::move(out));
}

// ---- other shapes of the same elements -----------------------------------------------------------

Tensors evaluateNode(graph::ReshapeOp op, Operands operands) {
  const Tensor &in = *operands[0];
  Shape shape = integers(*operands[1]);
  int64_t inferred = -1, known = 1;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    if (shape[i] == 0 && !op.getAllowzero()) {
      if (i >= static_cast<int64_t>(in.shape.size()))
        return badInput("the shape has 0 at position " + std::to_string(i) + ", but the operand is " +
                        describeShape(in.shape));
      shape[i] = in.shape[i];
    }
    if (shape[i] == -1) {
      if (inferred >= 0)
        return badInput("the shape " + describeShape(integers(*operands[1])) + " has more than one -1");
      inferred = i;
    } else {
      known *= shape[i];
    }
  }
  int64_t count = in.numElements();
  if (inferred >= 0)
    shape[inferred] = known == 0 ? 0 : count / known;
  if (llvm::any_of(shape, [](int64_t size) { return size < 0; }) || numElements(shape) != count)
    return badInput("cannot reshape " + describeShape(in.shape) + " to " + describeShape(integers(*operands[1])));
  return one(withShape(in, shape));
}

Tensors evaluateNode(graph::SqueezeOp op, Operands operands) {
  const Tensor &in = *operands[0];
  Shape shape;
  for (int64_t i = 0; i < static_cast<int64_t>(in.shape.size()); ++i) {
    if (!llvm::is_contained(op.getAxes(), i))
      shape.push_back(in.shape[i]);
    else if (in.shape[i] != 1)
      return badInput("cannot squeeze dimension " + std::to_string(i) + " of " + describeShape(in.shape));
  }
  return one(withShape(in, shape));
}

Tensors evaluateNode(graph::UnsqueezeOp op, Operands operands) {
  const Tensor &in = *operands[0];
  size_t next = 0, rank = in.shape.size() + op.getAxes().size();
  Shape shape;
  for (size_t i = 0; i < rank; ++i) {
    bool inserted = llvm::is_contained(op.getAxes(), static_cast<int64_t>(i));
    if (!inserted && next >= in.shape.size())
      return badInput("the axes are out of range or not distinct");
    shape.push_back(inserted ? 1 : in.shape[next++]);
  }
  return one(withShape(in, shape));
}

Tensors evaluateNode(graph::TransposeOp op, Operands operands) {
  const Tensor &in = *operands[0];
  SmallVector<int64_t> own = rowMajorStrides(in.shape), strides;
  Shape shape;
  for (int64_t i : op.getPerm()) {
    shape.push_back(in.shape[i]);
    strides.push_back(own[i]);
  }
  Tensor out(in.dtype, shape);
  copyStrided(in, 0, strides, out);
  return one(std::move(out));
}

// ---- repetition ------------------------------------------------------------------------------------

Tensors evaluateNode(graph::ExpandOp op, Operands operands) {
  const Tensor &in = *operands[0];
  Shape target = integers(*operands[1]);
  auto shape = graph::broadcastShapes(in.shape, target);
  if (!shape || llvm::any_of(target, [](int64_t size) { return size < 0; }))
    return badInput("cannot expand " + describeShape(in.shape) + " to " + describeShape(target));
  Shape result(shape->begin(), shape->end());
  if (auto fits = checkSize(in.dtype, result); !fits)
    return fits.error();
  Tensor out(in.dtype, result);
  copyStrided(in, 0, broadcastStrides(in.shape, out.shape), out);
  return one(std::move(out));
}

Tensors evaluateNode(graph::TileOp op, Operands operands) {
  const Tensor &in = *operands[0];
  Shape repeats = integers(*operands[1]), shape = in.shape;
  if (repeats.size() != shape.size() || llvm::any_of(repeats, [](int64_t n) { return n < 0; }))
    return badInput("repeats " + describeShape(repeats) + " for " + describeShape(shape));
  for (size_t i = 0; i < shape.size(); ++i)
    if (llvm::MulOverflow(shape[i], repeats[i], shape[i]))
      return badInput("the result is too large");
  if (auto fits = checkSize(in.dtype, shape); !fits)
    return fits.error();
  Tensor out(in.dtype, shape);
  auto maps = identityMaps(shape);
  for (size_t d = 0; d < shape.size(); ++d)
    for (int64_t &at : maps[d])
      at %= in.shape[d];
  copyMapped(in, maps, nullptr, out);
  return one(std::move(out));
}

// ---- selection -------------------------------------------------------------------------------------

Tensors evaluateNode(graph::SliceOp op, Operands operands) {
  const Tensor &in = *operands[0];
  Shape starts = integers(*operands[1]), ends = integers(*operands[2]), steps = integers(*operands[3]);
  size_t n = op.getAxes().size();
  if (starts.size() != n || ends.size() != n || steps.size() != n)
    return badInput("starts, ends, steps and axes differ in number");
  Shape shape = in.shape;
  SmallVector<int64_t> strides = rowMajorStrides(in.shape);
  int64_t base = 0;
  for (size_t i = 0; i < n; ++i) {
    int64_t axis = op.getAxes()[i], size = in.shape[axis], step = steps[i], start = starts[i], end = ends[i];
    if (step == 0)
      return badInput("the step along axis " + std::to_string(axis) + " is 0");
    start = start < 0 ? start + size : start;
    end = end < 0 ? end + size : end;
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    start = std::clamp<int64_t>(start, std::min<int64_t>(0, high), high);
    end = std::clamp<int64_t>(end, low, std::max(low, high));
    // Counted in unsigned steps: the step may be the most negative integer.
    uint64_t span = step > 0 ? (end > start ? end - start : 0) : (start > end ? start - end : 0);
    uint64_t stride = step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
    shape[axis] = static_cast<int64_t>(span / stride + (span % stride != 0));
    base += start * strides[axis];
    strides[axis] = shape[axis] > 1 ? strides[axis] * step : 0;
  }
  Tensor out(in.dtype, shape);
  if (!out.bytes.empty())
    copyStrided(in, base, strides, out);
  return one(std::move(out));
}

Tensors evaluateNode(graph::ConcatOp op, Operands operands) {
  size_t axis = op.getAxis();
  Shape shape = operands[0]->shape;
  shape[axis] = 0;
  for (const Tensor *part : operands) {
    Shape expected = part->shape;
    if (expected.size() == shape.size())
      expected[axis] = shape[axis];
    if (expected != shape)
      return badInput("cannot concatenate " + describeShape(operands[0]->shape) + " and " + describeShape(part->shape) +
                      " along axis " + std::to_string(axis));
    shape[axis] += part->shape[axis];
  }
  if (auto fits = checkSize(operands[0]->dtype, shape); !fits)
    return fits.error();
  Tensor out(operands[0]->dtype, shape);
  int64_t outer = numElements(ArrayRef(shape).take_front(axis));
  std::byte *to = out.bytes.data();
  for (int64_t i = 0; i < outer; ++i)
    for (const Tensor *part : operands) {
      size_t bytes = part->bytes.size() / outer;
      if (bytes)
        std::memcpy(to, part->bytes.data() + i * bytes, bytes);
      to += bytes;
    }
  return one(std::move(out));
}

// Normalises indices that may count from the end; an error where one is out of range.
static Result<std::vector<int64_t>> readIndices(const Tensor &tensor, llvm::function_ref<int64_t(int64_t)> sizeOf) {
  std::vector<int64_t> indices = loadAll<int64_t>(tensor);
  for (size_t i = 0; i < indices.size(); ++i) {
    int64_t size = sizeOf(static_cast<int64_t>(i)), index = indices[i];
    if (index < -size || index >= size)
      return badInput("index " + std::to_string(index) + " is out of range for a dimension of size " +
                      std::to_string(size));
    if (index < 0)
      indices[i] += size;
  }
  return indices;
}

Tensors evaluateNode(graph::GatherOp op, Operands operands) {
  const Tensor &in = *operands[0];
  size_t axis = op.getAxis();
  auto indices = readIndices(*operands[1], [&](int64_t) { return in.shape[axis]; });
  if (!indices)
    return indices.error();
  Shape shape(in.shape.begin(), in.shape.begin() + axis);
  llvm::append_range(shape, operands[1]->shape);
  shape.insert(shape.end(), in.shape.begin() + axis + 1, in.shape.end());
  if (auto fits = checkSize(in.dtype, shape); !fits)
    return fits.error();
  Tensor out(in.dtype, shape);
  int64_t outer = numElements(ArrayRef(in.shape).take_front(axis));
  size_t slice = numElements(ArrayRef(in.shape).drop_front(axis + 1)) * byteSize(in.dtype);
  std::byte *to = out.bytes.data();
  for (int64_t i = 0; slice && i < outer; ++i)
    for (int64_t index : *indices) {
      std::memcpy(to, in.bytes.data() + (i * in.shape[axis] + index) * slice, slice);
      to += slice;
    }
  return one(std::move(out));
}

Tensors evaluateNode(graph::GatherElementsOp op, Operands operands) {
  const Tensor &in = *operands[0], &where = *operands[1];
  size_t axis = op.getAxis();
  if (where.shape.size() != in.shape.size() || axis >= in.shape.size())
    return badInput("indices " + describeShape(where.shape) + " for " + describeShape(in.shape));
  for (size_t d = 0; d < in.shape.size(); ++d)
    if (d != axis && where.shape[d] > in.shape[d])
      return badInput("indices " + describeShape(where.shape) + " for " + describeShape(in.shape));
  auto indices = readIndices(where, [&](int64_t) { return in.shape[axis]; });
  if (!indices)
    return indices.error();
  Tensor out(in.dtype, where.shape);
  SmallVector<int64_t> own = rowMajorStrides(in.shape), strides = own;
  strides[axis] = 0;
  size_t width = byteSize(in.dtype);
  forEachRow(where.shape, {strides},
             [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> steps, int64_t position, int64_t count) {
               for (int64_t i = 0; i < count; ++i) {
                 int64_t at = offsets[0] + i * steps[0] + (*indices)[position + i] * own[axis];
                 std::memcpy(out.bytes.data() + (position + i) * width, in.bytes.data() + at * width, width);
               }
             });
  return one(std::move(out));
}

Tensors evaluateNode(graph::GatherNDOp op, Operands operands) {
  const Tensor &in = *operands[0], &where = *operands[1];
  size_t batch = op.getBatchDims();
  if (where.shape.empty() || batch >= where.shape.size() || batch + where.shape.back() > in.shape.size() ||
      !std::equal(where.shape.begin(), where.shape.begin() + batch, in.shape.begin()))
    return badInput("indices " + describeShape(where.shape) + " with " + std::to_string(batch) +
                    " batch dimensions for " + describeShape(in.shape));
  int64_t depth = where.shape.back();
  auto indices = readIndices(where, [&](int64_t i) { return in.shape[batch + i % depth]; });
  if (!indices)
    return indices.error();
  Shape shape(where.shape.begin(), where.shape.end() - 1);
  shape.insert(shape.end(), in.shape.begin() + batch + depth, in.shape.end());
  if (auto fits = checkSize(in.dtype, shape); !fits)
    return fits.error();
  Tensor out(in.dtype, shape);
  SmallVector<int64_t> strides = rowMajorStrides(in.shape);
  size_t slice = numElements(ArrayRef(in.shape).drop_front(batch + depth)) * byteSize(in.dtype);
  int64_t batches = numElements(ArrayRef(in.shape).take_front(batch));
  int64_t tuples = numElements(ArrayRef(where.shape).drop_back());
  if (out.bytes.empty())
    return one(std::move(out));
  int64_t batchElements = numElements(ArrayRef(in.shape).drop_front(batch));
  for (int64_t i = 0; i < tuples; ++i) {
    int64_t at = i / (tuples / batches) * batchElements;
    for (int64_t k = 0; k < depth; ++k)
      at += (*indices)[i * depth + k] * strides[batch + k];
    std::memcpy(out.bytes.data() + i * slice, in.bytes.data() + at * byteSize(in.dtype), slice);
  }
  return one(std::move(out));
}

Tensors evaluateNode(graph::ScatterOp op, Operands operands) {
  const Tensor &in = *operands[0], &where = *operands[1], &updates = *operands[2];
  if (in.shape.size() != 2 || where.shape.size() != 1 || updates.shape != Shape{where.shape[0], in.shape[1]})
    return badInput("updates " + describeShape(updates.shape) + " at " + describeShape(where.shape) + " rows of " +
                    describeShape(in.shape));
  auto rows = readIndices(where, [&](int64_t) { return in.shape[0]; });
  if (!rows)
    return rows.error();
  Tensor out = in;
  int64_t width = in.shape[1];
  dispatchCarrier(in.dtype, [&](auto carrier) {
    using C = typename decltype(carrier)::type;
    std::vector<C> old(width), update(width);
    for (auto [u, row] : llvm::enumerate(*rows)) {
      load<C>(updates, static_cast<int64_t>(u) * width, 1, width, update.data());
      load<C>(out, row * width, 1, width, old.data());
      for (int64_t i = 0; i < width; ++i) {
        switch (op.getKind()) {
        case graph::ScatterKind::Replace:
          old[i] = update[i];
          break;
        case graph::ScatterKind::Add:
          old[i] += update[i];
          break;
        case graph::ScatterKind::Mul:
          old[i] *= update[i];
          break;
        case graph::ScatterKind::Min:
          old[i] = update[i] < old[i] || update[i] != update[i] ? update[i] : old[i];
          break;
        case graph::ScatterKind::Max:
          old[i] = update[i] > old[i] || update[i] != update[i] ? update[i] : old[i];
          break;
        }
      }
      store<C>(out, row * width, 1, width, old.data());
    }
  });
  return one(std::move(out));
}

Tensors evaluateNode(graph::RequireOp op, Operands operands) {
  if (operands[0]->numElements() != 1 || operands[0]->bytes[0] == std::byte(0))
    return badInput(op.getMessage().str());
  return one(*operands[1]);
}

// ---- made from numbers -------------------------------------------------------------------------------

// The element of [0, size) that stands at position `i` (perhaps outside) in a mode; -1: the fill value.
static int64_t paddedIndex(int64_t i, int64_t size, graph::PadMode mode) {
  if (i >= 0 && i < size)
    return i;
  auto modulo = [](int64_t a, int64_t b) { return (a % b + b) % b; };
  switch (mode) {
  case graph::PadMode::Constant:
    return -1;
  case graph::PadMode::Edge:
    return i < 0 ? 0 : size - 1;
  case graph::PadMode::Wrap:
    return modulo(i, size);
  case graph::PadMode::Reflect: {
    if (size == 1)
      return 0;
    int64_t at = modulo(i, 2 * (size - 1));
    return at < size ? at : 2 * (size - 1) - at;
  }
  }
  return -1;
}

Tensors evaluateNode(graph::PadOp op, Operands operands) {
  const Tensor &in = *operands[0], &value = *operands[2];
  Shape pads = integers(*operands[1]), shape = in.shape;
  size_t n = op.getAxes().size();
  if (pads.size() != 2 * n)
    return badInput(std::to_string(pads.size()) + " pads for " + std::to_string(n) + " axes");
  if (value.dtype != in.dtype || value.numElements() != 1)
    return badInput("the padding value is " + describeType(value.dtype, value.shape) + ", not a scalar of " +
                    std::string(dtypeName(in.dtype)));
  auto maps = identityMaps(in.shape);
  for (size_t k = 0; k < n; ++k) {
    int64_t axis = op.getAxes()[k], size = in.shape[axis], begin = pads[k], end = pads[k + n];
    // Negative pads crop first; what is left is padded.
    int64_t cropped = std::max<int64_t>(0, -begin), left = size - cropped - std::max<int64_t>(0, -end);
    if (begin > (int64_t(1) << 40) || end > (int64_t(1) << 40))
      return badInput("padding of " + std::to_string(std::max(begin, end)) + " elements is too large");
    shape[axis] = size + begin + end;
    if (shape[axis] < 0)
      return badInput("padding leaves a negative size along axis " + std::to_string(axis));
    // A crop may eat into the other side's padding.
    bool modeConstant = op.getMode() == graph::PadMode::Constant;
    if (left <= 0 && !modeConstant && shape[axis] > 0)
      return badInput("there is nothing along axis " + std::to_string(axis) + " to pad with");
    if (auto fits = checkSize(in.dtype, shape); !fits)
      return fits.error();
    maps[axis].resize(shape[axis]);
    for (int64_t i = 0; i < shape[axis]; ++i) {
      int64_t at = i - std::max<int64_t>(0, begin);
      int64_t from = left <= 0 ? -1 : paddedIndex(at, left, op.getMode());
      maps[axis][i] = from < 0 ? -1 : from + cropped;
    }
  }
  Tensor out(in.dtype, shape);
  copyMapped(in, maps, value.bytes.data(), out);
  return one(std::move(out));
}

Tensors evaluateNode(graph::RangeOp op, Operands operands) {
  DType dtype = operands[0]->dtype;
  for (const Tensor *operand : operands)
    if (operand->numElements() != 1 || operand->dtype != dtype)
      return badInput("start, limit and delta are not three scalars of one type");
  return dispatchCarrier(dtype, [&](auto carrier) -> Tensors {
    using C = typename decltype(carrier)::type;
    C start = loadAll<C>(*operands[0])[0], limit = loadAll<C>(*operands[1])[0], delta = loadAll<C>(*operands[2])[0];
    if (delta == C(0) || delta != delta)
      return badInput("the step of the range is 0");
    double count = std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta));
    if constexpr (!std::is_floating_point_v<C>) {
      // Exact also beyond 2^53.
      bool up = delta > C(0);
      uint64_t span = up ? (limit > start ? static_cast<uint64_t>(limit) - static_cast<uint64_t>(start) : 0)
                         : (start > limit ? static_cast<uint64_t>(start) - static_cast<uint64_t>(limit) : 0);
      uint64_t step = up ? static_cast<uint64_t>(delta) : 0 - static_cast<uint64_t>(delta);
      count = static_cast<double>(span / step + (span % step != 0));
    }
    if (!(count > 0))
      count = 0;
    if (count > static_cast<double>(int64_t(1) << 40))
      return badInput("the range has too many elements");
    int64_t size = static_cast<int64_t>(count);
    if (auto fits = checkSize(dtype, {size}); !fits)
      return fits.error();
    Tensor out(dtype, {size});
    for (int64_t i = 0; i < size; ++i) {
      C value = start + static_cast<C>(i) * delta;
      store<C>(out, i, 1, 1, &value);
    }
    return one(std::move(out));
  });
}

Tensors evaluateNode(graph::NonZeroOp, Operands operands) {
  const Tensor &in = *operands[0];
  Tensor flags = mlc::convert(in, DType::Bool);
  std::vector<int64_t> found;
  for (int64_t i = 0, n = flags.numElements(); i < n; ++i)
    if (flags.bytes[i] != std::byte{0})
      found.push_back(i);
  int64_t rank = static_cast<int64_t>(in.shape.size()), count = static_cast<int64_t>(found.size());
  Tensor out(DType::Int64, {rank, count});
  SmallVector<int64_t> strides = rowMajorStrides(in.shape);
  for (int64_t d = 0; d < rank; ++d)
    for (int64_t i = 0; i < count; ++i)
      out.data<int64_t>()[d * count + i] = found[i] / strides[d] % in.shape[d];
  return one(std::move(out));
}

} // namespace mlc::reference
