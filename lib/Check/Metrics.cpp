#include "Check/Metrics.h"

#include "Support/DTypeConversion.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <vector>

namespace mlc {

namespace {
constexpr int64_t chunkSize = 4096;
using Chunk = Eigen::Map<const Eigen::ArrayXd>;

/// NaN, +inf and -inf are three kinds; all finite values are one.
int kind(double value) { return std::isnan(value) ? 1 : std::isinf(value) ? (value > 0 ? 2 : 3) : 0; }
} // namespace

OutputMetrics::OutputMetrics(std::string name, DType dtype) {
  counts_.name = std::move(name);
  counts_.dtype = dtype;
}

double OutputMetrics::cosine(const Sums &sums) {
  if (sums.error2 == 0) // what the quotient below rounds to is not quite 1
    return 1.0;
  if (sums.reference2 == 0 || sums.result2 == 0)
    return sums.reference2 == sums.result2 ? 1.0 : 0.0;
  // The square roots apart: their product neither overflows nor underflows where the two sums do not.
  return std::clamp(sums.product / std::sqrt(sums.reference2) / std::sqrt(sums.result2), -1.0, 1.0);
}

Result<void> OutputMetrics::add(const Tensor &reference, const Tensor &result) {
  if (reference.dtype != result.dtype || reference.shape != result.shape)
    return badInput(fmt::format("output '{}' is {}, but its reference is {}", counts_.name,
                                describeType(result.dtype, result.shape),
                                describeType(reference.dtype, reference.shape)));
  Sums sums;
  int64_t count = reference.numElements();
  std::vector<double> referenceBuffer(size_t(std::min(count, chunkSize))), resultBuffer(referenceBuffer.size());
  for (int64_t begin = 0; begin < count; begin += chunkSize) {
    int64_t size = std::min(chunkSize, count - begin);
    toDouble(reference, begin, size, referenceBuffer.data());
    toDouble(result, begin, size, resultBuffer.data());
    if (!Chunk(referenceBuffer.data(), size).allFinite() || !Chunk(resultBuffer.data(), size).allFinite()) {
      // Keep the pairs that are finite on both sides, count the others.
      int64_t kept = 0;
      for (int64_t i = 0; i < size; ++i) {
        int r = kind(referenceBuffer[size_t(i)]), a = kind(resultBuffer[size_t(i)]);
        counts_.nanCount += a == 1;
        counts_.infCount += a > 1;
        counts_.nonFiniteMismatches += r != a;
        if (r == 0 && a == 0) {
          referenceBuffer[size_t(kept)] = referenceBuffer[size_t(i)];
          resultBuffer[size_t(kept++)] = resultBuffer[size_t(i)];
        }
      }
      size = kept;
    }
    if (size == 0)
      continue;
    Chunk r(referenceBuffer.data(), size), a(resultBuffer.data(), size);
    Eigen::ArrayXd error = (a - r).abs();
    counts_.maxAbs = std::max(counts_.maxAbs, error.maxCoeff());
    errorSum_ += error.sum();
    finite_ += size;
    sums.reference2 += r.square().sum();
    sums.result2 += a.square().sum();
    sums.product += (r * a).sum();
    sums.error2 += error.square().sum();
  }
  if (isFloating(reference.dtype)) {
    addTop1(reference, result);
  } else {
    // By bytes: doubles do not tell large 64-bit integers apart.
    size_t width = byteSize(reference.dtype);
    for (size_t i = 0; i < reference.bytes.size(); i += width)
      equal_ += std::memcmp(reference.bytes.data() + i, result.bytes.data() + i, width) == 0;
  }
  total_.reference2 += sums.reference2;
  total_.result2 += sums.result2;
  total_.product += sums.product;
  total_.error2 += sums.error2;
  counts_.minCosine = std::min(counts_.minCosine, cosine(sums));
  counts_.elements += count;
  ++counts_.samples;
  return {};
}

void OutputMetrics::addTop1(const Tensor &reference, const Tensor &result) {
  if (reference.shape.empty() || reference.shape.back() < 2)
    return;
  int64_t classes = reference.shape.back(), rows = reference.numElements() / classes;
  std::vector<double> r(static_cast<size_t>(classes)), a(r.size());
  for (int64_t row = 0; row < rows; ++row) {
    toDouble(reference, row * classes, classes, r.data());
    toDouble(result, row * classes, classes, a.data());
    auto isNan = [](double value) { return std::isnan(value); };
    ++rows_;
    if (std::any_of(r.begin(), r.end(), isNan) || std::any_of(a.begin(), a.end(), isNan))
      continue;
    // Where several classes of the reference share the highest score, each of them is right.
    size_t chosen = size_t(std::max_element(a.begin(), a.end()) - a.begin());
    agreeingRows_ += r[chosen] == *std::max_element(r.begin(), r.end());
  }
}

OutputAgreement OutputMetrics::finish() const {
  OutputAgreement agreement = counts_;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  agreement.meanAbs = finite_ ? errorSum_ / double(finite_) : 0.0;
  agreement.cosine = cosine(total_);
  if (total_.error2 == 0) {
    agreement.relativeL2 = 0.0;
    agreement.sqnrDb = infinity;
  } else {
    agreement.relativeL2 = total_.reference2 == 0 ? infinity : std::sqrt(total_.error2 / total_.reference2);
    agreement.sqnrDb = total_.reference2 == 0 ? -infinity : 10 * std::log10(total_.reference2 / total_.error2);
  }
  if (rows_)
    agreement.top1 = double(agreeingRows_) / double(rows_);
  if (!isFloating(counts_.dtype) && counts_.elements)
    agreement.equal = double(equal_) / double(counts_.elements);
  return agreement;
}

} // namespace mlc
