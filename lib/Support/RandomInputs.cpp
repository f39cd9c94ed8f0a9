#include "Support/RandomInputs.h"

#include "Support/CheckedShape.h"
#include "Support/DTypeConversion.h"
#include "Support/EditDistance.h"

#include <algorithm>
#include <fmt/format.h>
#include <random>

namespace mlc {

namespace {
constexpr int64_t largestInput = int64_t(16) << 30;

std::string axisName(const TensorDescription &input, size_t axis) { return fmt::format("{}.{}", input.name, axis); }
} // namespace

std::vector<int64_t> concreteShape(const TensorDescription &input, const DimSizes &dims) {
  std::vector<int64_t> shape = input.shape;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] >= 0)
      continue;
    shape[d] = d == 0 ? 1 : 32;
    if (auto named = d < input.symbols.size() ? dims.find(input.symbols[d]) : dims.end(); named != dims.end())
      shape[d] = named->second;
    if (auto named = dims.find(axisName(input, d)); named != dims.end())
      shape[d] = named->second;
  }
  return shape;
}

Result<void> checkDimNames(const std::vector<TensorDescription> &inputs, const DimSizes &dims) {
  std::vector<std::string> known;
  for (const TensorDescription &input : inputs)
    for (size_t d = 0; d < input.shape.size(); ++d)
      if (input.shape[d] < 0) {
        if (d < input.symbols.size() && !input.symbols[d].empty())
          known.push_back(input.symbols[d]);
        known.push_back(axisName(input, d));
      }
  for (const auto &[name, size] : dims) {
    if (size < 0)
      return usageError(fmt::format("--dim {}={}: a size is 0 or more", name, size));
    if (std::find(known.begin(), known.end(), name) == known.end())
      return usageError(fmt::format("--dim {}={}: no input of the model has a dynamic dimension of that name{}", name,
                                    size, didYouMean(name, known)));
  }
  return {};
}

Result<std::vector<NamedTensor>> randomInputs(const std::vector<TensorDescription> &inputs, const DimSizes &dims,
                                              uint64_t seed, uint64_t index) {
  if (auto result = checkDimNames(inputs, dims); !result)
    return result.error();
  std::vector<NamedTensor> tensors;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TensorDescription &input = inputs[i];
    std::vector<int64_t> shape = concreteShape(input, dims);
    std::optional<int64_t> size = checkedByteCount(input.dtype, shape);
    if (!size || *size > largestInput)
      return usageError(fmt::format("a random input '{}' of {} would be larger than 16 GiB; name smaller sizes "
                                    "with --dim",
                                    input.name, describeType(input.dtype, shape)));
    Tensor tensor(input.dtype, shape);
    // One generator an input and sample: adding an input does not change the others.
    std::seed_seq sequence{uint32_t(seed), uint32_t(seed >> 32), uint32_t(index), uint32_t(i)};
    std::mt19937_64 generator(sequence);
    int64_t count = tensor.numElements();
    if (isFloating(input.dtype)) {
      Tensor values(DType::Float32, shape);
      for (int64_t e = 0; e < count; ++e) // 24 bits: every value is exact in float
        values.data<float>()[e] = float(int64_t(generator() >> 40) - (1 << 23)) * 0x1p-23f;
      tensor = convert(values, input.dtype);
    } else {
      bool narrow = input.dtype == DType::UInt8 || input.dtype == DType::Int8;
      size_t width = byteSize(input.dtype);
      for (int64_t e = 0; e < count; ++e) // little-endian: the first byte is the lowest
        tensor.bytes[size_t(e) * width] = std::byte(narrow ? generator() >> 56 : generator() >> 63);
    }
    tensors.push_back({input.name, std::move(tensor)});
  }
  return tensors;
}

} // namespace mlc
