// Elements of a tensor as double, and tensors of one type as another.
#pragma once

#include "Support/NarrowTypes.h"
#include "mlcompress/Tensor.h"

namespace mlc {

/// True for float16, bfloat16, float32, float64 and the narrow floats.
bool isFloating(DType type);

/// True for the signed and unsigned integers; bool is neither integer nor floating.
bool isInteger(DType type);

/// Writes the elements [begin, begin + count) as double to `out`. 64-bit integers beyond 2^53 are rounded.
void toDouble(const Tensor &tensor, int64_t begin, int64_t count, double *out);

/// The tensor in another type: floats round once to nearest even; float to integer truncates toward zero and
/// saturates (NaN becomes 0); integer to integer wraps as in C; to bool is `!= 0`. The last two: see narrowFromDouble.
Tensor convert(const Tensor &tensor, DType type, bool saturate = true, NarrowRounding rounding = NarrowRounding::Up);

} // namespace mlc
