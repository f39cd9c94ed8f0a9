#include "Reference/Elements.h"
#include "Reference/Families.h"
#include "Reference/Indexing.h"

#include "Graph/Inference.h"

using namespace mlir;

namespace mlc::reference {
namespace {

// ---- pooling -----------------------------------------------------------------------------------------

// The part of a window along one dimension that lies on the input, and its size where padding counts.
struct Window {
  std::vector<int64_t> positions;
  int64_t counted = 0;
};

std::vector<Window> windows(int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t dilation,
                            int64_t padBegin, int64_t padEnd) {
  std::vector<Window> result(output);
  for (int64_t o = 0; o < output; ++o)
    for (int64_t k = 0; k < kernel; ++k) {
      int64_t at = o * stride - padBegin + k * dilation;
      if (at >= 0 && at < input)
        result[o].positions.push_back(at);
      // With ceil_mode a window may reach beyond even the padding; that part never counts.
      if (at < input + padEnd)
        ++result[o].counted;
    }
  return result;
}

struct PoolShape {
  int64_t planes[2] = {1, 1};     // outside and inside of the spatial dimensions
  int64_t input[3] = {1, 1, 1};   // spatial
  std::vector<Window> windows[3]; // one a result position
  bool includePadding = false;
};

template <typename T, typename C> void pool(const PoolShape &shape, bool maximum, const T *in, T *out) {
  const auto &[planes, input, windows, includePadding] = shape;
  for (int64_t p = 0; p < planes[0]; ++p, in += input[0] * input[1] * input[2] * planes[1])
    for (const Window &z : windows[0])
      for (const Window &y : windows[1])
        for (const Window &x : windows[2])
          for (int64_t c = 0; c < planes[1]; ++c) {
            C total = 0;
            bool first = true;
            for (int64_t iz : z.positions)
              for (int64_t iy : y.positions)
                for (int64_t ix : x.positions) {
                  C value = static_cast<C>(in[((iz * input[1] + iy) * input[2] + ix) * planes[1] + c]);
                  if (!maximum)
                    total += value;
                  else if (first || value != value || value > total)
                    total = total != total ? total : value;
                  first = false;
                }
            if (!maximum) {
              size_t inside = z.positions.size() * y.positions.size() * x.positions.size();
              size_t counted = includePadding ? z.counted * y.counted * x.counted : inside;
              if (counted)
                total = static_cast<C>(total / static_cast<C>(counted));
            } else if (first) {
              total = std::numeric_limits<T>::has_infinity ? static_cast<C>(-std::numeric_limits<T>::infinity())
                                                           : static_cast<C>(std::numeric_limits<T>::lowest());
            }
            *out++ = convert<T>(total);
          }
}

// ---- resampling --------------------------------------------------------------------------------------

using graph::CoordinateMode;
using graph::NearestMode;
using graph::ResizeMode;

// From output positions to input coordinates along one dimension.
struct Resampling {
  int64_t input, output;
  std::optional<float> scale; // given, or else output / input

  // In float32 as ONNX Runtime computes it. Without a given scale the ratio of the sizes is not rounded
  // before it is used, so that a coordinate that lies halfway between two elements is seen to do so.
  float divide(float x) const {
    if (scale)
      return x / *scale;
    return x * static_cast<float>(input) / static_cast<float>(output);
  }

  float coordinate(CoordinateMode mode, int64_t i) const {
    float x = static_cast<float>(i);
    switch (mode) {
    case CoordinateMode::HalfPixel:
      return divide(x + 0.5f) - 0.5f;
    case CoordinateMode::PytorchHalfPixel:
      return output > 1 ? divide(x + 0.5f) - 0.5f : 0.0f;
    case CoordinateMode::AlignCorners:
      // A given scale names the length before it was rounded down.
      return output == 1 ? 0.0f
                         : x * static_cast<float>(input - 1) /
                               ((scale ? *scale * static_cast<float>(input) : static_cast<float>(output)) - 1.0f);
    case CoordinateMode::Asymmetric:
      return divide(x);
    case CoordinateMode::HalfPixelSymmetric: {
      // Where the output size is not input * scale, the result is centred.
      float exact = scale ? *scale * static_cast<float>(input) : static_cast<float>(output);
      float offset = static_cast<float>(input) / 2.0f * (1.0f - static_cast<float>(output) / exact);
      return offset + divide(x + 0.5f) - 0.5f;
    }
    }
    return x;
  }
};

int64_t nearestPosition(NearestMode mode, float x) {
  switch (mode) {
  case NearestMode::RoundPreferFloor:
    return static_cast<int64_t>(std::ceil(x - 0.5f));
  case NearestMode::RoundPreferCeil:
    return static_cast<int64_t>(std::floor(x + 0.5f));
  case NearestMode::Floor:
    return static_cast<int64_t>(std::floor(x));
  case NearestMode::Ceil:
    return static_cast<int64_t>(std::ceil(x));
  }
  return 0;
}

struct Tap {
  int64_t position;
  double weight;
};

// What each output position along one dimension is the weighted sum of.
std::vector<SmallVector<Tap, 4>> taps(graph::ResizeOp op, const Resampling &resampling) {
  int64_t input = resampling.input, output = resampling.output;
  std::vector<SmallVector<Tap, 4>> result(output);
  auto inside = [&](int64_t i) { return std::clamp<int64_t>(i, 0, input - 1); };
  for (int64_t i = 0; i < output; ++i) {
    float x = resampling.coordinate(op.getCoordinates(), i);
    if (op.getMode() == ResizeMode::Nearest) {
      result[i] = {{inside(nearestPosition(op.getNearest(), x)), 1.0}};
      continue;
    }
    if (op.getMode() == ResizeMode::Linear) {
      x = std::clamp(x, 0.0f, static_cast<float>(input - 1));
      int64_t low = static_cast<int64_t>(x);
      double fraction = static_cast<double>(x) - static_cast<double>(low);
      result[i] = {{low, 1.0 - fraction}, {inside(low + 1), fraction}};
      continue;
    }
    // Keys' cubic convolution kernel with coefficient a.
    double a = op.getCubicCoefficient().convertToDouble();
    int64_t low = static_cast<int64_t>(std::floor(x));
    double t = static_cast<double>(x) - static_cast<double>(low), total = 0;
    for (int64_t k = -1; k <= 2; ++k) {
      double d = std::fabs(t - static_cast<double>(k));
      double weight = d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
      if (op.getExcludeOutside() && (low + k < 0 || low + k >= input))
        weight = 0;
      total += weight;
      result[i].push_back({inside(low + k), weight});
    }
    if (op.getExcludeOutside())
      for (Tap &tap : result[i])
        tap.weight /= total;
  }
  return result;
}

} // namespace

// ---- the ops -------------------------------------------------------------------------------------------

Tensors evaluateNode(graph::PoolOp op, Operands operands) {
  const Tensor &in = *operands[0];
  size_t spatial = op.getKernel().size(), firstDim = op.getChannelsLast() ? 1 : 2;
  if (in.shape.size() != spatial + 2 || spatial < 1 || spatial > 3)
    return badInput("pooling of " + describeShape(in.shape) + " with " + std::to_string(spatial) +
                    " window dimensions");
  if (op.getStrides().size() != spatial || op.getDilations().size() != spatial || op.getPads().size() != 2 * spatial)
    return badInput("kernel, strides, pads and dilations differ in number");
  PoolShape shape;
  shape.planes[0] = in.shape[0] * (op.getChannelsLast() ? 1 : in.shape[1]);
  shape.planes[1] = op.getChannelsLast() ? in.shape.back() : 1;
  shape.includePadding = op.getCountIncludePad();
  for (size_t i = 0; i < 3 - spatial; ++i)
    shape.windows[i] = {Window{{0}, 1}};
  Shape result = in.shape;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t input = in.shape[firstDim + i], kernel = op.getKernel()[i], stride = op.getStrides()[i],
            dilation = op.getDilations()[i], begin = op.getPads()[i], end = op.getPads()[i + spatial];
    int64_t output = graph::windowOutputSize(input, kernel, stride, begin, end, dilation, op.getCeilMode());
    shape.input[3 - spatial + i] = input;
    shape.windows[3 - spatial + i] = windows(input, output, kernel, stride, dilation, begin, end);
    result[firstDim + i] = output;
  }
  bool maximum = op.getKind() == graph::PoolKind::Max;
  if (in.dtype == DType::Bool || (!maximum && !isFloating(in.dtype)))
    return unsupported("pooling of " + std::string(dtypeName(in.dtype)));
  Tensor out(in.dtype, result);
  dispatch(in.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
      Tensor wideIn = mlc::convert(in, DType::Float32), wideOut(DType::Float32, result);
      pool<float, double>(shape, maximum, wideIn.data<float>(), wideOut.data<float>());
      out = mlc::convert(wideOut, in.dtype);
    } else if constexpr (std::is_floating_point_v<T>) {
      pool<T, double>(shape, maximum, in.data<T>(), out.data<T>());
    } else if constexpr (!std::is_same_v<T, bool>) {
      pool<T, T>(shape, maximum, in.data<T>(), out.data<T>());
    }
  });
  return one(std::move(out));
}

// One dimension after the other, in double, rounded once at the end; integers truncate and saturate.
Tensors evaluateNode(graph::ResizeOp op, Operands operands) {
  const Tensor &in = *operands[0];
  Shape sizes = integers(*operands[1]), result = in.shape;
  size_t n = op.getAxes().size();
  if (sizes.size() != n || (operands.size() > 2 && operands[2]->numElements() != static_cast<int64_t>(n)))
    return badInput("sizes or scales do not match the " + std::to_string(n) + " axes");
  std::vector<double> scales;
  if (operands.size() > 2)
    scales = loadAll<double>(*operands[2]);
  for (size_t k = 0; k < n; ++k) {
    result[op.getAxes()[k]] = sizes[k];
    if (sizes[k] < 0 || (sizes[k] > 0 && in.shape[op.getAxes()[k]] == 0))
      return badInput("cannot resize " + describeShape(in.shape) + " to " + describeShape(sizes));
  }
  if (auto fits = checkSize(DType::Float64, result); !fits)
    return fits.error();

  auto tapsAlong = [&](size_t k) {
    Resampling resampling{in.shape[op.getAxes()[k]], sizes[k], std::nullopt};
    if (operands.size() > 2)
      resampling.scale = static_cast<float>(scales[k]);
    return taps(op, resampling);
  };
  Tensor out(in.dtype, result);
  if (op.getMode() == ResizeMode::Nearest) {
    std::vector<std::vector<int64_t>> maps;
    for (int64_t size : in.shape) {
      maps.emplace_back(size);
      for (int64_t i = 0; i < size; ++i)
        maps.back()[i] = i;
    }
    for (size_t k = 0; k < n; ++k) {
      auto &map = maps[op.getAxes()[k]];
      map.clear();
      for (const auto &tap : tapsAlong(k))
        map.push_back(tap[0].position);
    }
    copyMapped(in, maps, nullptr, out);
    return one(std::move(out));
  }

  Shape shape = in.shape;
  std::vector<double> values = loadAll<double>(in);
  for (size_t k = 0; k < n; ++k) {
    int64_t axis = op.getAxes()[k];
    auto all = tapsAlong(k);
    int64_t outer = numElements(ArrayRef(shape).take_front(axis)), input = shape[axis],
            inner = numElements(ArrayRef(shape).drop_front(axis + 1));
    shape[axis] = sizes[k];
    std::vector<double> next(static_cast<size_t>(numElements(shape)), 0.0);
    double *to = next.data();
    for (int64_t i = 0; i < outer; ++i)
      for (const auto &position : all) {
        for (const Tap &tap : position)
          for (int64_t j = 0; tap.weight != 0 && j < inner; ++j)
            to[j] += tap.weight * values[(i * input + tap.position) * inner + j];
        to += inner;
      }
    values = std::move(next);
  }
  store<double>(out, 0, 1, out.numElements(), values.data());
  return one(std::move(out));
}

} // namespace mlc::reference
