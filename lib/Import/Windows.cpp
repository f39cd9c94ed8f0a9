#include "Import/Windows.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

// Beyond this, sizes of windows are damage, and arithmetic on them could overflow.
static constexpr int64_t kMaxSize = int64_t(1) << 31;

SmallVector<int64_t> positiveSizes(Node &n, StringRef name, size_t spatial) {
  auto sizes = n.integers(name);
  if (!sizes)
    return SmallVector<int64_t>(spatial, 1);
  if (sizes->size() != spatial || llvm::any_of(*sizes, [](int64_t s) { return s < 1 || s > kMaxSize; }))
    n.invalid(fmt::format("{} must hold one positive number for each of {} spatial dimensions", name.str(), spatial));
  return *sizes;
}

namespace {

struct Padding {
  Dim begin, end;
};

// SAME: the output has ceil(size / stride) elements; what does not divide goes to one side.
Padding samePadding(Node &n, const Dim &size, int64_t stride, int64_t span, bool upper) {
  Dim total = std::max<int64_t>(0, span - 1);
  if (stride != 1) {
    Dim steps = n.combine(BinaryKind::Div, n.combine(BinaryKind::Add, size, stride - 1), stride);
    Dim last = n.combine(BinaryKind::Mul, n.combine(BinaryKind::Sub, steps, 1), stride);
    Dim needed = n.combine(BinaryKind::Sub, n.combine(BinaryKind::Add, last, span), size);
    total = n.combine(BinaryKind::Max, needed, 0);
  }
  Dim half = n.combine(BinaryKind::Div, total, 2), rest = n.combine(BinaryKind::Sub, total, half);
  return upper ? Padding{half, rest} : Padding{rest, half};
}

} // namespace

Window readWindow(Node &n, Value input, Value weights, Value padding) {
  int64_t rank = n.rank(input);
  if (rank < 3 || rank > 5)
    n.unsupported(fmt::format("operand of rank {}; supported are 1, 2 or 3 spatial dimensions", rank));
  size_t spatial = rank - 2;
  Window window;
  window.input = input;
  if (weights && n.rank(weights) != rank)
    n.invalid(fmt::format("operand of rank {} with weights of rank {}", rank, n.rank(weights)));
  if (auto kernel = n.integers("kernel_shape")) {
    window.kernel = *kernel;
  } else if (weights) {
    window.kernel.assign(n.type(weights).getShape().begin() + 2, n.type(weights).getShape().end());
  }
  if (window.kernel.size() != spatial)
    n.invalid("kernel_shape must hold one number for each spatial dimension");
  for (size_t i = 0; i < spatial; ++i) {
    if (ShapedType::isDynamic(window.kernel[i]))
      n.unsupported("the kernel's size must be known when compiling");
    if (window.kernel[i] < 1 || window.kernel[i] > kMaxSize)
      n.invalid("kernel_shape must hold positive numbers");
    if (weights && !n.type(weights).isDynamicDim(i + 2) && n.type(weights).getDimSize(i + 2) != window.kernel[i])
      n.invalid("kernel_shape differs from the weights' shape");
  }
  window.strides = positiveSizes(n, "strides", spatial);
  window.dilations = positiveSizes(n, "dilations", spatial);

  std::string mode = n.text("auto_pad", "NOTSET");
  if (mode == "NOTSET" || mode.empty()) {
    window.pads = n.integers("pads").value_or(SmallVector<int64_t>(2 * spatial, 0));
    if (window.pads.size() != 2 * spatial ||
        llvm::any_of(window.pads, [](int64_t pad) { return pad < 0 || pad > kMaxSize; }))
      n.invalid("pads must hold two numbers, not negative, for each spatial dimension");
    return window;
  }
  window.pads.assign(2 * spatial, 0);
  if (mode == "VALID")
    return window;
  if (mode != "SAME_UPPER" && mode != "SAME_LOWER")
    n.invalid("unknown auto_pad '" + mode + "'");
  SmallVector<Dim> begins, ends;
  SmallVector<int64_t> axes;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t span = (window.kernel[i] - 1) * window.dilations[i] + 1;
    Padding amounts = samePadding(n, n.dim(input, i + 2), window.strides[i], span, mode == "SAME_UPPER");
    if (amounts.begin.isNumber() && amounts.end.isNumber()) {
      window.pads[i] = amounts.begin.number;
      window.pads[i + spatial] = amounts.end.number;
      continue;
    }
    if (!padding)
      n.unsupported("auto_pad with a stride on a dynamic dimension");
    begins.push_back(amounts.begin);
    ends.push_back(amounts.end);
    axes.push_back(static_cast<int64_t>(i) + 2);
  }
  if (!axes.empty()) {
    begins.append(ends);
    window.input = n.create<PadOp>(input, n.shape(begins), padding, axes, PadMode::Constant);
  }
  return window;
}

Value lowest(Node &n, Type type) {
  if (isa<FloatType>(type))
    return n.scalar(type, -std::numeric_limits<double>::infinity());
  bool isUnsigned = type.isUnsignedInteger();
  return n.scalar(type, isUnsigned ? 0 : -std::ldexp(1.0, static_cast<int>(type.getIntOrFloatBitWidth()) - 1));
}

} // namespace mlc::importer
