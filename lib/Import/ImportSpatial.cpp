// Pooling and resampling.
#include "Import/OperatorTable.h"
#include "Import/Places.h"
#include "Import/Resample.h"
#include "Import/Windows.h"

#include "Support/DTypeConversion.h"

#include <cmath>
#include <fmt/format.h>
#include <limits>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Value pool(Node &n, PoolKind kind, const Window &w, Value input, bool includePadding) {
  return n.create<PoolOp>(kind, input, w.kernel, w.strides, w.pads, w.dilations, n.integer("ceil_mode", 0) != 0,
                          includePadding, /*channels_last=*/false);
}

void checkPadding(Node &n, const Window &w) {
  for (size_t i = 0; i < w.kernel.size(); ++i)
    for (size_t side : {i, i + w.kernel.size()})
      if (w.pads[side] > (w.kernel[i] - 1) * w.dilations[i])
        n.invalid("a padding is as large as the window");
}

Results maxPool(Node &n) {
  Value x = n.require(0);
  Window w = readWindow(n, x, {}, lowest(n, n.element(x)));
  checkPadding(n, w);
  Value y = pool(n, PoolKind::Max, w, w.input, false);
  if (!n.wantsOutput(1))
    return {y};
  if (w.input != x)
    n.unsupported("auto_pad of a dynamic dimension together with its second output, Indices");
  return {y, maxPoolIndices(n, x, y, w.kernel, w.strides, w.pads, w.dilations, n.integer("storage_order", 0) != 0)};
}

Results averagePool(Node &n) {
  Value x = n.require(0);
  bool includePadding = n.integer("count_include_pad", 0) != 0;
  Window w = readWindow(n, x, {}, includePadding ? n.scalarLike(x, 0) : Value());
  checkPadding(n, w);
  return {pool(n, PoolKind::Average, w, w.input, includePadding)};
}

int64_t readP(Node &n) {
  int64_t p = n.integer("p", 2);
  if (p < 1)
    n.invalid(fmt::format("p is {}", p));
  return p;
}

// |x|^p, and the p-th root.
Value powers(Node &n, Value x, int64_t p) {
  x = n.unary(UnaryKind::Abs, x);
  return p == 1 ? x : n.binary(BinaryKind::Pow, x, n.scalarLike(x, static_cast<double>(p)));
}
Value root(Node &n, Value x, int64_t p) {
  return p == 1 ? x : n.binary(BinaryKind::Pow, x, n.scalarLike(x, 1.0 / static_cast<double>(p)));
}

// The sum over a window is the average with padding counted, times the window's size.
Results lpPool(Node &n) {
  Value x = n.require(0);
  int64_t p = readP(n);
  if (n.integer("ceil_mode", 0))
    n.unsupported("ceil_mode");
  Window w = readWindow(n, x, {}, n.scalarLike(x, 0));
  double size = 1;
  for (int64_t k : w.kernel)
    size *= static_cast<double>(k);
  Value average = pool(n, PoolKind::Average, w, powers(n, w.input, p), true);
  return {root(n, n.mul(average, n.scalarLike(average, size)), p)};
}

SmallVector<int64_t> spatialAxes(Node &n, Value x) {
  if (n.rank(x) < 3)
    n.invalid("operand has no spatial dimensions");
  return llvm::to_vector(llvm::seq<int64_t>(2, n.rank(x)));
}

template <ReduceKind kind> Results globalPool(Node &n) {
  Value x = n.require(0);
  return {n.reduce(kind, x, spatialAxes(n, x), /*keepdims=*/true)};
}

Results globalLpPool(Node &n) {
  Value x = n.require(0);
  int64_t p = readP(n);
  return {root(n, n.reduce(ReduceKind::Sum, powers(n, x, p), spatialAxes(n, x), /*keepdims=*/true), p)};
}

// ---- resize ----------------------------------------------------------------------------------

struct Resize {
  Value input;
  SmallVector<int64_t> axes; // of scales or sizes
  Value scales, sizes;       // one of them is given
  ResizeMode mode;
  CoordinateMode coordinates = CoordinateMode::HalfPixel;
  NearestMode nearest = NearestMode::RoundPreferFloor;
  float cubicCoefficient = -0.75f;
  bool excludeOutside = false;
};

ResizeMode readMode(Node &n) {
  std::string mode = n.text("mode", "nearest");
  if (mode == "nearest")
    return ResizeMode::Nearest;
  if (mode == "linear" || mode == "bilinear")
    return ResizeMode::Linear;
  if (mode == "cubic")
    return ResizeMode::Cubic;
  n.invalid("unknown mode '" + mode + "'");
}

std::optional<SmallVector<float>> knownFloats(Value value) {
  auto tensor = constantTensor(value);
  if (!tensor || tensor->dtype != DType::Float32)
    return std::nullopt;
  return SmallVector<float>(tensor->data<float>(), tensor->data<float>() + tensor->numElements());
}

Value floatConstant(Node &n, ArrayRef<float> values) {
  Tensor tensor(DType::Float32, {static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), tensor.data<float>());
  return n.constant(tensor);
}

// floor(size * scale): a whole scale multiplies integers, so that it stays visible to the analysis of shapes.
Dim scaledSize(Node &n, const Dim &size, float scale) {
  if (size.isNumber())
    return static_cast<int64_t>(std::floor(static_cast<float>(size.number) * scale));
  if (scale == std::floor(scale) && scale < 1e6f)
    return n.combine(BinaryKind::Mul, size, static_cast<int64_t>(scale));
  Type f32 = n.builder().getF32Type();
  Value exact = n.mul(n.cast(size.value, f32), n.scalar(f32, scale));
  return n.cast(n.unary(UnaryKind::Floor, exact), n.builder().getI64Type());
}

Value emitResize(Node &n, const Resize &r, ArrayRef<int64_t> axes, Value sizes, Value scales) {
  return n.create<ResizeOp>(r.mode, r.input, sizes, scales, axes, r.coordinates, r.nearest, APFloat(r.cubicCoefficient),
                            r.excludeOutside);
}

// Axes whose scale is known to be 1 drop out of the op.
Value resizeByScales(Node &n, const Resize &r) {
  auto known = knownFloats(r.scales);
  Type f32 = n.builder().getF32Type();
  if (!known) {
    SmallVector<Dim> dims;
    for (int64_t axis : r.axes)
      dims.push_back(n.dim(r.input, axis));
    Value exact = n.mul(n.cast(n.shape(dims), f32), r.scales);
    return emitResize(n, r, r.axes, n.cast(n.unary(UnaryKind::Floor, exact), n.builder().getI64Type()), r.scales);
  }
  SmallVector<int64_t> axes;
  SmallVector<Dim> sizes;
  SmallVector<float> scales;
  for (auto [axis, scale] : llvm::zip(r.axes, *known)) {
    if (!(scale > 0) || scale > 1e9f)
      n.invalid(fmt::format("scale {}", scale));
    if (scale == 1)
      continue;
    axes.push_back(axis);
    scales.push_back(scale);
    sizes.push_back(scaledSize(n, n.dim(r.input, axis), scale));
  }
  return axes.empty() ? r.input : emitResize(n, r, axes, n.shape(sizes), floatConstant(n, scales));
}

// The same of sizes that only a run knows.
Value resizeKeepingAspectAtRunTime(Node &n, const Resize &r, bool larger) {
  SmallVector<Dim> from;
  for (int64_t axis : r.axes)
    from.push_back(n.dim(r.input, axis));
  Type f32 = n.builder().getF32Type();
  Value sizes = n.cast(n.shape(from), f32), ratios = n.div(n.cast(r.sizes, f32), sizes);
  Value scale = n.reduce(larger ? ReduceKind::Max : ReduceKind::Min, ratios, {0}, /*keepdims=*/true);
  Value result = n.unary(UnaryKind::Floor, n.add(n.mul(sizes, scale), n.scalar(f32, 0.5)));
  Value scales = n.create<ExpandOp>(scale, n.indices(static_cast<int64_t>(r.axes.size())));
  return emitResize(n, r, r.axes, n.cast(result, n.builder().getI64Type()), scales);
}

// Sizes stretched so that all axes have one scale.
Value resizeKeepingAspect(Node &n, const Resize &r, bool larger) {
  bool known = n.knownIntegers(r.sizes).has_value();
  for (int64_t axis : r.axes)
    known &= !n.type(r.input).isDynamicDim(axis);
  if (!known)
    return resizeKeepingAspectAtRunTime(n, r, larger);
  SmallVector<int64_t> sizes = *n.knownIntegers(r.sizes), result;
  float scale = larger ? 0 : std::numeric_limits<float>::infinity();
  for (auto [axis, size] : llvm::zip(r.axes, sizes)) {
    int64_t from = n.type(r.input).getDimSize(axis);
    if (from == 0)
      n.invalid("an empty dimension has no scale");
    float ratio = static_cast<float>(size) / static_cast<float>(from);
    scale = larger ? std::max(scale, ratio) : std::min(scale, ratio);
  }
  for (int64_t axis : r.axes)
    result.push_back(static_cast<int64_t>(std::round(scale * static_cast<float>(n.type(r.input).getDimSize(axis)))));
  return emitResize(n, r, r.axes, n.indices(result), floatConstant(n, SmallVector<float>(r.axes.size(), scale)));
}

Value resizeBySizes(Node &n, const Resize &r) {
  auto known = n.knownIntegers(r.sizes);
  if (!known)
    return emitResize(n, r, r.axes, r.sizes, {});
  SmallVector<int64_t> axes, sizes;
  for (auto [axis, size] : llvm::zip(r.axes, *known)) {
    if (size < 0)
      n.invalid(fmt::format("size {}", size));
    if (n.type(r.input).getDimSize(axis) == size)
      continue;
    axes.push_back(axis);
    sizes.push_back(size);
  }
  return axes.empty() ? r.input : emitResize(n, r, axes, n.indices(sizes), {});
}

// An operand with one number for each axis; null where it is absent or empty.
Value perAxis(Node &n, size_t i, size_t count) {
  Value value = n.input(i);
  if (!value || (n.rank(value) == 1 && n.type(value).getDimSize(0) == 0))
    return {};
  if (n.rank(value) != 1 ||
      (!n.type(value).isDynamicDim(0) && n.type(value).getDimSize(0) != static_cast<int64_t>(count)))
    n.invalid(fmt::format("operand {} must have one number for each axis", i));
  return value;
}

void requireF32Scales(Node &n, Value scales) {
  if (!scales)
    n.invalid("neither scales nor sizes are given");
  if (!n.element(scales).isF32())
    n.invalid("scales are not float32");
}

// Upsample, and Resize of opset 10: positions are x / scale; nearest takes the floor when growing and the ceiling
// when shrinking.
Results resizeBefore11(Node &n) {
  Value x = n.require(0);
  Resize r{x, llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x))), {}, {}, readMode(n)};
  r.coordinates = CoordinateMode::Asymmetric;
  r.nearest = NearestMode::Floor;
  if (auto scales = n.numbers("scales"))
    r.scales = scales->size() == r.axes.size() ? floatConstant(n, *scales) : Value();
  else
    r.scales = perAxis(n, 1, r.axes.size());
  requireF32Scales(n, r.scales);
  if (auto known = knownFloats(r.scales)) {
    bool grows = llvm::any_of(*known, [](float s) { return s > 1; });
    bool shrinks = llvm::any_of(*known, [](float s) { return s < 1; });
    if (grows && shrinks && r.mode == ResizeMode::Nearest)
      n.unsupported("scales above and below 1 in one node of opset 10 or less");
    if (shrinks)
      r.nearest = NearestMode::Ceil;
  }
  return {resizeByScales(n, r)};
}

// One axis after the other as a product with a matrix of weights: for what windows of fixed size cannot do.
Value resizeByMatrices(Node &n, const Resize &r, bool crop, bool antialias) {
  ResampleForm form{r.mode, r.coordinates, r.nearest, r.cubicCoefficient, r.excludeOutside, crop, antialias, {}, {}};
  Value x = r.input, roi = crop ? perAxis(n, 1, 2 * r.axes.size()) : Value();
  if (crop && !roi)
    n.invalid("tf_crop_and_resize without roi");
  Type f32 = n.builder().getF32Type(), i64 = n.builder().getI64Type();
  auto sizes = r.sizes ? n.knownIntegers(r.sizes) : std::nullopt;
  auto scales = r.scales ? knownFloats(r.scales) : std::nullopt;
  auto count = static_cast<int64_t>(r.axes.size());
  for (int64_t i = 0; i < count; ++i) {
    int64_t axis = r.axes[i];
    auto at = [&](Value values, int64_t place) { return n.slice(values, 0, place, place + 1); };
    if (!crop && ((sizes && (*sizes)[i] == n.type(x).getDimSize(axis)) || (scales && (*scales)[i] == 1)))
      continue;
    Dim from = n.dim(x, axis), to = 0;
    Value scale;
    if (r.sizes) {
      to = sizes ? Dim((*sizes)[i]) : Dim(at(r.sizes, i));
      scale = n.div(n.cast(n.dimValue(to), f32), n.cast(n.dimValue(from), f32));
    } else {
      scale = n.cast(at(r.scales, i), f32);
      to = scales ? scaledSize(n, from, (*scales)[i])
                  : Dim(n.cast(n.unary(UnaryKind::Floor, n.mul(n.cast(n.dimValue(from), f32), scale)), i64));
    }
    if (roi)
      form.begin = n.cast(at(roi, i), f32), form.end = n.cast(at(roi, i + count), f32);
    x = resampleAxis(n, x, axis, to, scale, form, n.number("extrapolation_value", 0));
  }
  return x;
}

Results resize(Node &n) {
  if (n.opset < 11)
    return resizeBefore11(n);
  Value x = n.require(0);
  Resize r{x, llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x))), {}, {}, readMode(n)};
  std::string coordinates = n.text("coordinate_transformation_mode", "half_pixel");
  if (coordinates == "tf_half_pixel_for_nn")
    n.unsupported("coordinate_transformation_mode " + coordinates);
  bool crop = coordinates == "tf_crop_and_resize", antialias = n.integer("antialias", 0) != 0;
  auto coordinateMode = crop ? CoordinateMode::AlignCorners : symbolizeCoordinateMode(coordinates);
  std::string nearest = n.text("nearest_mode", "round_prefer_floor");
  auto nearestMode = symbolizeNearestMode(nearest);
  if (!coordinateMode || !nearestMode)
    n.invalid("unknown " +
              (coordinateMode ? "nearest_mode '" + nearest : "coordinate_transformation_mode '" + coordinates) + "'");
  r.coordinates = *coordinateMode;
  r.nearest = *nearestMode;
  r.cubicCoefficient = n.number("cubic_coeff_a", -0.75f);
  r.excludeOutside = n.integer("exclude_outside", 0) != 0;
  if (auto axes = n.integers("axes")) {
    r.axes.clear();
    for (int64_t axis : *axes)
      r.axes.push_back(n.axis(axis, n.rank(x)));
    n.axes(*axes, n.rank(x)); // distinct
  }
  r.scales = perAxis(n, 2, r.axes.size());
  r.sizes = perAxis(n, 3, r.axes.size());
  std::string policy = n.text("keep_aspect_ratio_policy", "stretch");
  if (crop || (antialias && r.mode != ResizeMode::Nearest)) {
    if (policy != "stretch")
      n.unsupported("keep_aspect_ratio_policy with tf_crop_and_resize or antialias");
    return {resizeByMatrices(n, r, crop, antialias)};
  }
  if (!r.sizes) {
    requireF32Scales(n, r.scales);
    return {resizeByScales(n, r)};
  }
  r.sizes = n.toIndices(r.sizes);
  if (policy == "not_larger" || policy == "not_smaller")
    return {resizeKeepingAspect(n, r, policy == "not_smaller")};
  if (policy != "stretch")
    n.invalid("unknown keep_aspect_ratio_policy '" + policy + "'");
  return {resizeBySizes(n, r)};
}

} // namespace

void addSpatialOperators(Rows &rows) {
  using T = Types;
  const char *dims = "1 to 3 spatial dimensions";
  rows.insert(rows.end(), {
                              {"AveragePool", 6, 28, T::Float, averagePool, dims},
                              {"GlobalAveragePool", 6, 28, T::Float, globalPool<ReduceKind::Mean>},
                              {"GlobalLpPool", 6, 28, T::Float, globalLpPool},
                              {"GlobalMaxPool", 6, 28, T::Float, globalPool<ReduceKind::Max>},
                              {"LpPool", 6, 28, T::Float, lpPool, "1 to 3 spatial dimensions, no ceil_mode"},
                              {"MaxPool", 6, 28, T::Numeric, maxPool, dims},
                              {"Resize", 10, 28, T::Numeric, resize, "no tf_half_pixel_for_nn"},
                              {"Upsample", 7, 9, T::Numeric, resizeBefore11},
                          });
}

} // namespace mlc::importer
