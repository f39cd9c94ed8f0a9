// Made-up inputs for --random: the same seed gives the same values on every machine.
#pragma once

#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

namespace mlc {

/// Sizes for all dimensions of an input: of a dynamic one, what `dims` says for its name or for "INPUT.AXIS",
/// else 1 for axis 0 and 32 for others.
std::vector<int64_t> concreteShape(const TensorDescription &input, const DimSizes &dims);

/// A usage Error where `dims` names a dimension that no input has, or a size below 0.
Result<void> checkDimNames(const std::vector<TensorDescription> &inputs, const DimSizes &dims);

/// Sample `index` of the sequence that `seed` names. Floats are uniform in [-1, 1); bool and integers above 8 bits
/// are 0 or 1, which is valid for an index, a mask or a kind; 8-bit integers use their whole range.
Result<std::vector<NamedTensor>> randomInputs(const std::vector<TensorDescription> &inputs, const DimSizes &dims,
                                              uint64_t seed, uint64_t index);

} // namespace mlc
