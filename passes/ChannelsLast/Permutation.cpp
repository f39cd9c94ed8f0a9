#include "passes/ChannelsLast/Permutation.h"

#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace mlir;

namespace mlc::layout {

Permutation channelsToLast(int64_t rank) {
  Permutation perm{0};
  for (int64_t i = 2; i < rank; ++i)
    perm.push_back(i);
  perm.push_back(1);
  return perm;
}

Permutation channelsToFirst(int64_t rank) { return inverse(channelsToLast(rank)); }

Permutation inverse(ArrayRef<int64_t> perm) {
  Permutation result(perm.size());
  for (auto [i, p] : llvm::enumerate(perm))
    result[p] = i;
  return result;
}

Permutation compose(ArrayRef<int64_t> first, ArrayRef<int64_t> second) { return mapAxes(first, second); }

bool isIdentity(ArrayRef<int64_t> perm) { return llvm::equal(perm, llvm::seq<int64_t>(0, perm.size())); }

Permutation extend(ArrayRef<int64_t> perm, int64_t rank) {
  int64_t added = rank - static_cast<int64_t>(perm.size());
  Permutation result = llvm::to_vector<6>(llvm::seq<int64_t>(0, added));
  for (int64_t p : perm)
    result.push_back(p + added);
  return result;
}

RankedTensorType permute(RankedTensorType type, ArrayRef<int64_t> perm) {
  SmallVector<int64_t> shape;
  for (int64_t p : perm)
    shape.push_back(type.getDimSize(p));
  return type.clone(shape);
}

Tensor permute(const Tensor &tensor, ArrayRef<int64_t> perm) {
  size_t rank = perm.size(), size = byteSize(tensor.dtype);
  std::vector<int64_t> shape(rank), strides(rank), index(rank, 0);
  int64_t stride = static_cast<int64_t>(size);
  std::vector<int64_t> sourceStrides(rank);
  for (size_t i = rank; i-- > 0; stride *= tensor.shape[i])
    sourceStrides[i] = stride;
  for (size_t i = 0; i < rank; ++i) {
    shape[i] = tensor.shape[perm[i]];
    strides[i] = sourceStrides[perm[i]];
  }
  Tensor result(tensor.dtype, shape);
  const std::byte *from = tensor.bytes.data();
  for (size_t to = 0; to < result.bytes.size(); to += size) {
    std::memcpy(result.bytes.data() + to, from, size);
    for (size_t i = rank; i-- > 0;) {
      from += strides[i];
      if (++index[i] < shape[i])
        break;
      from -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
  return result;
}

bool movesNothing(RankedTensorType type, ArrayRef<int64_t> perm) {
  int64_t last = -1;
  for (int64_t p : perm) {
    if (type.getDimSize(p) == 1)
      continue;
    if (p < last)
      return false;
    last = p;
  }
  return true;
}

Permutation drop(ArrayRef<int64_t> perm, ArrayRef<int64_t> axes) {
  Permutation kept;
  for (auto [i, p] : llvm::enumerate(perm))
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      kept.push_back(p);
  Permutation result;
  for (int64_t p : kept)
    result.push_back(llvm::count_if(kept, [&](int64_t other) { return other < p; }));
  return result;
}

Permutation mapAxes(ArrayRef<int64_t> perm, ArrayRef<int64_t> axes) {
  Permutation result;
  for (int64_t axis : axes)
    result.push_back(perm[axis]);
  return result;
}

} // namespace mlc::layout
