#include "Reference/Indexing.h"
#include "Reference/Elements.h"

#include <cstring>

using llvm::ArrayRef;
using llvm::SmallVector;

namespace mlc::reference {

int64_t numElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

SmallVector<int64_t> rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

SmallVector<int64_t> broadcastStrides(ArrayRef<int64_t> shape, ArrayRef<int64_t> target) {
  SmallVector<int64_t> own = rowMajorStrides(shape), result(target.size(), 0);
  size_t lead = target.size() - shape.size();
  for (size_t i = 0; i < shape.size(); ++i)
    result[lead + i] = shape[i] == 1 ? 0 : own[i];
  return result;
}

void forEachRow(ArrayRef<int64_t> shape, ArrayRef<SmallVector<int64_t>> strides, RowFunction f) {
  size_t operands = strides.size();
  if (numElements(shape) == 0)
    return;
  // Merge dimensions from the innermost outwards.
  SmallVector<int64_t> sizes;                        // innermost first
  SmallVector<SmallVector<int64_t>> steps(operands); // likewise
  for (size_t d = shape.size(); d-- > 0;) {
    if (shape[d] == 1)
      continue;
    bool merge = !sizes.empty();
    for (size_t k = 0; merge && k < operands; ++k)
      merge = strides[k][d] == steps[k].back() * sizes.back();
    if (merge) {
      sizes.back() *= shape[d];
      continue;
    }
    sizes.push_back(shape[d]);
    for (size_t k = 0; k < operands; ++k)
      steps[k].push_back(strides[k][d]);
  }
  if (sizes.empty()) {
    sizes.push_back(1);
    for (auto &step : steps)
      step.push_back(0);
  }

  SmallVector<int64_t> offsets(operands, 0), inner(operands), index(sizes.size(), 0);
  for (size_t k = 0; k < operands; ++k)
    inner[k] = steps[k][0];
  for (int64_t position = 0;; position += sizes[0]) {
    f(offsets, inner, position, sizes[0]);
    size_t d = 1;
    for (; d < sizes.size(); ++d) {
      for (size_t k = 0; k < operands; ++k)
        offsets[k] += steps[k][d];
      if (++index[d] < sizes[d])
        break;
      index[d] = 0;
      for (size_t k = 0; k < operands; ++k)
        offsets[k] -= steps[k][d] * sizes[d];
    }
    if (d == sizes.size())
      return;
  }
}

void forEachLine(ArrayRef<int64_t> shape, int64_t axis, llvm::function_ref<void(int64_t, int64_t, int64_t)> f) {
  int64_t outer = numElements(shape.take_front(axis)), count = shape[axis],
          inner = numElements(shape.drop_front(axis + 1));
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t j = 0; j < inner; ++j)
      f(i * count * inner + j, inner, count);
}

namespace {
template <typename F> void dispatchWidth(DType dtype, F &&f) {
  switch (byteSize(dtype)) {
  case 1:
    return f(ElementType<uint8_t>{});
  case 2:
    return f(ElementType<uint16_t>{});
  case 4:
    return f(ElementType<uint32_t>{});
  default:
    return f(ElementType<uint64_t>{});
  }
}
} // namespace

void copyStrided(const Tensor &in, int64_t base, ArrayRef<int64_t> strides, Tensor &out) {
  dispatchWidth(in.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T *from = in.data<T>();
    T *to = out.data<T>();
    forEachRow(out.shape, {SmallVector<int64_t>(strides)},
               [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> steps, int64_t position, int64_t count) {
                 const T *row = from + base + offsets[0];
                 if (steps[0] == 1) {
                   std::memcpy(to + position, row, count * sizeof(T));
                   return;
                 }
                 for (int64_t i = 0; i < count; ++i)
                   to[position + i] = row[i * steps[0]];
               });
  });
}

void copyMapped(const Tensor &in, ArrayRef<std::vector<int64_t>> maps, const std::byte *fill, Tensor &out) {
  if (out.bytes.empty())
    return;
  dispatchWidth(in.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T *from = in.data<T>();
    T *to = out.data<T>();
    T filler{};
    if (fill)
      std::memcpy(&filler, fill, sizeof(T));
    if (maps.empty()) {
      *to = *from;
      return;
    }
    size_t rank = maps.size();
    SmallVector<int64_t> strides = rowMajorStrides(in.shape), index(rank, 0);
    const std::vector<int64_t> &last = maps[rank - 1];
    for (;;) {
      int64_t base = 0;
      bool outside = false;
      for (size_t d = 0; d + 1 < rank; ++d) {
        int64_t at = maps[d][index[d]];
        outside |= at < 0;
        base += at * strides[d];
      }
      for (int64_t at : last)
        *to++ = outside || at < 0 ? filler : from[base + at];
      int64_t d = static_cast<int64_t>(rank) - 2;
      for (; d >= 0; --d) {
        if (++index[d] < static_cast<int64_t>(maps[d].size()))
          break;
        index[d] = 0;
      }
      if (d < 0)
        return;
    }
  });
}

} // namespace mlc::reference
