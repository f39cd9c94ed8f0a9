// Operators about where the elements of windows come from or go to: the indices of MaxPool, MaxUnpool, Col2Im.
#include "Import/OperatorTable.h"
#include "Import/Places.h"
#include "Import/Windows.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Dim product(Node &n, ArrayRef<Dim> dims) {
  Dim all = 1;
  for (const Dim &dim : dims)
    all = n.combine(BinaryKind::Mul, all, dim);
  return all;
}

// For windows of `taps` at `counts` places along each of k dimensions of an image: the row-major place in the image of
// each tap, i64, and whether it lies inside. Dimensions: taps…, counts….
struct WindowPlaces {
  Value place, inside;
};

WindowPlaces placesOf(Node &n, ArrayRef<Dim> image, ArrayRef<Dim> taps, ArrayRef<Dim> counts, ArrayRef<int64_t> strides,
                      ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations, bool columnMajor) {
  auto k = static_cast<int64_t>(image.size());
  WindowPlaces result;
  for (int64_t step = 0; step < k; ++step) {
    int64_t d = columnMajor ? k - 1 - step : step;
    auto times = [&](const Dim &count, int64_t by) {
      Value steps = n.range(count);
      return n.mul(steps, n.scalarLike(steps, static_cast<double>(by)));
    };
    Value at =
        n.add(n.alignAt(times(taps[d], dilations[d]), d, 2 * k), n.alignAt(times(counts[d], strides[d]), k + d, 2 * k));
    at = n.sub(at, n.scalarLike(at, static_cast<double>(pads[d])));
    Value size = n.toScalar(n.dimValue(image[d]));
    Value inside = n.binary(BinaryKind::And, n.compare(CompareKind::Ge, at, n.scalarLike(at, 0)),
                            n.compare(CompareKind::Lt, at, size));
    result.place = result.place ? n.add(n.mul(result.place, size), at) : at;
    result.inside = result.inside ? n.binary(BinaryKind::And, result.inside, inside) : inside;
  }
  return result;
}

SmallVector<int64_t> numbersOr(Node &n, StringRef name, size_t count, int64_t otherwise) {
  auto given = n.integers(name).value_or(SmallVector<int64_t>(count, otherwise));
  if (given.size() != count)
    n.invalid("attribute '" + name.str() + "' has not one number for each spatial dimension");
  return given;
}

// An integer operand's elements as sizes.
SmallVector<Dim> sizesOf(Node &n, Value value) {
  value = n.toIndices(value);
  int64_t count = n.type(value).getDimSize(0);
  if (ShapedType::isDynamic(count))
    n.unsupported("the number of spatial dimensions is not known when compiling");
  auto known = n.knownIntegers(value);
  SmallVector<Dim> sizes;
  for (int64_t i = 0; i < count; ++i)
    sizes.push_back(known ? Dim((*known)[i]) : Dim(n.slice(value, 0, i, i + 1)));
  return sizes;
}

// Sums columns of [N, C * taps, places] into images [N, C, image…].
Results col2Im(Node &n) {
  Value x = n.require(0);
  SmallVector<Dim> image = sizesOf(n, n.require(1)), taps = sizesOf(n, n.require(2));
  size_t k = image.size();
  if (n.rank(x) != 3 || taps.size() != k || k == 0)
    n.invalid("takes columns [N, C * taps, places] and as many sizes of blocks as of the image");
  SmallVector<int64_t> strides = numbersOr(n, "strides", k, 1), dilations = numbersOr(n, "dilations", k, 1),
                       pads = numbersOr(n, "pads", 2 * k, 0);
  SmallVector<Dim> counts;
  for (size_t d = 0; d < k; ++d) {
    Dim reach = n.combine(BinaryKind::Mul, n.combine(BinaryKind::Sub, taps[d], 1), dilations[d]);
    Dim room = n.combine(BinaryKind::Sub, n.combine(BinaryKind::Add, image[d], pads[d] + pads[d + k] - 1), reach);
    counts.push_back(n.combine(BinaryKind::Add, n.combine(BinaryKind::Div, room, strides[d]), 1));
  }
  WindowPlaces places = placesOf(n, image, taps, counts, strides, pads, dilations, /*columnMajor=*/false);
  Dim elements = product(n, image), columns = n.combine(BinaryKind::Mul, product(n, taps), product(n, counts));
  Dim batch = n.dim(x, 0), channels = n.combine(BinaryKind::Div, n.dim(x, 1), product(n, taps));
  Dim width = n.combine(BinaryKind::Mul, batch, channels);
  // One row more takes what falls outside.
  Value outside = n.toScalar(n.dimValue(elements));
  Value rows = n.reshape(n.select(places.inside, places.place, outside), {columns});
  Value updates = n.reshape(x, {width, columns});
  Value none = n.create<ExpandOp>(n.scalarLike(x, 0), n.shape({n.combine(BinaryKind::Add, elements, 1), width}));
  Type type = n.element(x), wide = type.isF16() || type.isBF16() ? Type(n.builder().getF32Type()) : type;
  Value sums =
      n.create<ScatterOp>(ScatterKind::Add, n.cast(none, wide), rows, n.cast(n.transpose(updates, {1, 0}), wide));
  sums = n.transpose(n.cast(n.slice(sums, 0, 0, elements), type), {1, 0});
  SmallVector<Dim> shape{batch, channels};
  llvm::append_range(shape, image);
  return {n.reshape(sums, shape)};
}

// Elements put back to where MaxPool found them, zeros elsewhere.
Results maxUnpool(Node &n) {
  Value x = n.require(0), indices = n.cast(n.require(1), n.builder().getI64Type());
  size_t k = n.rank(x) < 2 ? 0 : n.rank(x) - 2;
  auto kernel = n.integers("kernel_shape");
  if (k == 0 || !kernel || kernel->size() != k || n.rank(indices) != n.rank(x))
    n.invalid("operand, indices and kernel_shape do not fit");
  SmallVector<int64_t> strides = numbersOr(n, "strides", k, 1), pads = numbersOr(n, "pads", 2 * k, 0);
  SmallVector<Dim> shape{n.dim(x, 0), n.dim(x, 1)}, from{shape};
  for (size_t d = 0; d < k; ++d) {
    from.push_back(n.dim(x, static_cast<int64_t>(d) + 2));
    Dim span = n.combine(BinaryKind::Mul, n.combine(BinaryKind::Sub, from.back(), 1), strides[d]);
    shape.push_back(n.combine(BinaryKind::Add, span, (*kernel)[d] - pads[d] - pads[d + k]));
  }
  Dim count = product(n, from);
  Value empty = n.create<ExpandOp>(n.scalarLike(x, 0), n.shape({product(n, shape), 1}));
  Value y = n.create<ScatterOp>(ScatterKind::Replace, empty, n.reshape(indices, {count}), n.reshape(x, {count, 1}));
  y = n.reshape(y, shape);
  if (!n.input(2))
    return {y};
  // A larger shape is filled up behind.
  Value missing = n.sub(n.toIndices(n.input(2)), n.shapeOf(y));
  Value pad = n.create<ConcatOp>(ValueRange{n.indices(SmallVector<int64_t>(k + 2, 0)), missing}, 0);
  return {n.create<PadOp>(y, pad, n.scalarLike(y, 0), llvm::to_vector(llvm::seq<int64_t>(0, n.rank(y))),
                          PadMode::Constant)};
}

} // namespace

Value maxPoolIndices(Node &n, Value x, Value pooled, ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides,
                     ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations, bool columnMajor) {
  auto k = static_cast<int64_t>(kernel.size());
  SmallVector<Dim> image, taps, counts;
  for (int64_t d = 0; d < k; ++d) {
    image.push_back(n.dim(x, d + 2));
    taps.push_back(kernel[d]);
    counts.push_back(n.dim(pooled, d + 2));
  }
  WindowPlaces read = placesOf(n, image, taps, counts, strides, pads, dilations, /*columnMajor=*/false);
  WindowPlaces told = columnMajor ? placesOf(n, image, taps, counts, strides, pads, dilations, true) : read;
  Dim batch = n.dim(x, 0), channels = n.dim(x, 1), elements = product(n, image), all = product(n, taps),
      places = product(n, counts);
  auto flat = [&](Value value) { return n.reshape(value, {all, places}); };
  Value inside = flat(read.inside), place = flat(read.place);
  Value safe = n.select(inside, place, n.scalarLike(place, 0));
  Value values = n.create<GatherOp>(n.reshape(x, {batch, channels, elements}), safe, 2); // [N, C, taps, places]
  values = n.select(inside, values, lowest(n, n.element(x)));
  Value best = n.create<ArgReduceOp>(ArgReduceKind::Max, values, 2, /*keepdims=*/true, /*select_last=*/false);
  // A tap of padding never wins unless nothing is larger than the least number.
  Value tap = n.unsqueeze(n.range(all), {1}); // [taps, 1] against best [N, C, 1, places]
  Value chosen = n.select(n.compare(CompareKind::Eq, tap, best), flat(told.place), n.scalarLike(place, 0));
  Value index = n.reduce(ReduceKind::Sum, chosen, {2}, /*keepdims=*/false); // [N, C, places]
  Value entry = n.add(n.mul(n.unsqueeze(n.range(batch), {1}), n.toScalar(n.dimValue(channels))), n.range(channels));
  index = n.add(index, n.unsqueeze(n.mul(entry, n.toScalar(n.dimValue(elements))), {2}));
  SmallVector<Dim> shape{batch, channels};
  llvm::append_range(shape, counts);
  return n.reshape(index, shape);
}

void addPlacesOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"Col2Im", 18, 28, T::Numeric, col2Im},
                              {"MaxUnpool", 9, 28, T::Numeric, maxUnpool},
                          });
}

} // namespace mlc::importer
