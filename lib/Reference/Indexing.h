// Walking over the elements of tensors: strides, broadcasting, lines along one dimension, index maps.
#pragma once

#include "mlcompress/Tensor.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace mlc::reference {

using Shape = std::vector<int64_t>;

int64_t numElements(llvm::ArrayRef<int64_t> shape);
llvm::SmallVector<int64_t> rowMajorStrides(llvm::ArrayRef<int64_t> shape);
/// Strides that read an operand of this shape in the order of `target`: 0 along broadcast dimensions.
llvm::SmallVector<int64_t> broadcastStrides(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> target);

/// Calls `f` for each innermost row of an index space: the offset of the row in each of the strided operands,
/// its stride there, its first position in row-major order, and its length. Dimensions are merged where all
/// strides allow.
using RowFunction = llvm::function_ref<void(llvm::ArrayRef<int64_t> offsets, llvm::ArrayRef<int64_t> strides,
                                            int64_t position, int64_t count)>;
void forEachRow(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<llvm::SmallVector<int64_t>> strides, RowFunction f);

/// Calls `f` for each line of elements along `axis`: offset of its first, distance, number.
void forEachLine(llvm::ArrayRef<int64_t> shape, int64_t axis,
                 llvm::function_ref<void(int64_t offset, int64_t stride, int64_t count)> f);

/// out[i0, i1, …] = in[base + i0 * strides[0] + …], elements of any type.
void copyStrided(const Tensor &in, int64_t base, llvm::ArrayRef<int64_t> strides, Tensor &out);

/// out[i0, i1, …] = in[maps[0][i0], maps[1][i1], …], or `fill` (one element) where a map has -1.
void copyMapped(const Tensor &in, llvm::ArrayRef<std::vector<int64_t>> maps, const std::byte *fill, Tensor &out);

} // namespace mlc::reference
