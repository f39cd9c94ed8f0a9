#include "Lowering/PackBlocks.h"
#include "Lowering/Kernel.h"
#include "Support/Half.h"

using namespace mlc::graph;

namespace mlc::lowering {

Tensor packCodes(const BlockWeights &weights, int64_t lanes) {
  constexpr int64_t kGroup = kernel::BlockMatmulOp::kGroup, kHalf = kGroup / 2;
  int64_t panels = (weights.columns + lanes - 1) / lanes, padded = weights.blocks() * weights.block;
  Tensor result(DType::UInt8, {panels, padded / kGroup, lanes, kHalf});
  uint8_t *to = result.data<uint8_t>();
  for (int64_t n = 0; n < weights.columns; ++n)
    for (int64_t k = 0; k < padded; ++k) {
      int64_t place = (n / lanes * (padded / kGroup) + k / kGroup) * lanes + n % lanes, within = k % kGroup;
      int shift = within < kHalf ? 0 : 4;
      to[place * kHalf + within % kHalf] |= static_cast<uint8_t>(weights.codes[n * padded + k] << shift);
    }
  return result;
}

// [columns][blocks] as [columns / lanes][blocks][lanes].
template <typename From, typename To>
static Tensor packed(DType type, const BlockWeights &weights, const std::vector<From> &values, int64_t lanes,
                     To (*convert)(From)) {
  int64_t blocks = weights.blocks();
  Tensor result(type, {(weights.columns + lanes - 1) / lanes, blocks, lanes});
  for (int64_t n = 0; n < weights.columns; ++n)
    for (int64_t k = 0; k < blocks; ++k)
      result.data<To>()[(n / lanes * blocks + k) * lanes + n % lanes] = convert(values[n * blocks + k]);
  return result;
}

template <typename T> static T same(T value) { return value; }

Tensor packScales(const BlockWeights &weights, int64_t lanes) {
  bool half = llvm::all_of(weights.scales, [](float scale) { return halfToFloat(floatToHalf(scale)) == scale; });
  return half ? packed(DType::Float16, weights, weights.scales, lanes, floatToHalf)
              : packed(DType::Float32, weights, weights.scales, lanes, same<float>);
}

std::optional<Tensor> packZeroPoints(const BlockWeights &weights, int64_t lanes) {
  if (weights.isSymmetric())
    return std::nullopt;
  return packed(DType::UInt8, weights, weights.zeroPoints, lanes, same<uint8_t>);
}

Tensor packTable(const Tensor &table) {
  int64_t rows = table.shape[0], half = table.shape[1] / 2;
  Tensor result(DType::UInt8, {rows, half});
  const uint8_t *from = table.data<uint8_t>();
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < half; ++j)
      result.data<uint8_t>()[i * half + j] =
          static_cast<uint8_t>((from[2 * i * half + j] & 15) | (from[2 * i * half + half + j] << 4));
  return result;
}

} // namespace mlc::lowering
