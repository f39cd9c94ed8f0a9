// Operators that read images at positions which are data: GridSample, RoiAlign, DeformConv, and the grid that goes with
// the first.
#include "Import/Layout.h"
#include "Import/OperatorTable.h"
#include "Import/Sampling.h"

#include <fmt/format.h>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

Value number(Node &n, double value) { return n.scalar(n.builder().getF32Type(), value); }
Value asF32(Node &n, Value value) { return n.cast(value, n.builder().getF32Type()); }

// 0, 1, … of the batch, [N, 1, …] with so many ones.
Value batchIndex(Node &n, Value x, int64_t ones) { return n.alignAt(n.range(n.dim(x, 0)), 0, ones + 1); }

// Positions mirrored between two bounds; those inside stay as they are.
Value reflectBetween(Node &n, Value x, Value low, Value high) {
  Value span = n.binary(BinaryKind::Max, n.sub(high, low), number(n, 1e-20));
  Value away = n.unary(UnaryKind::Abs, n.sub(x, low));
  Value turns = n.unary(UnaryKind::Floor, n.div(away, span)), rest = n.sub(away, n.mul(turns, span));
  Value odd = n.compare(CompareKind::Ne, n.binary(BinaryKind::Fmod, turns, number(n, 2)), number(n, 0));
  return n.select(odd, n.sub(high, rest), n.add(low, rest));
}

// ONNX GridSample; the grid's last dimension holds the position along the last spatial dimension first.
Results gridSample(Node &n) {
  Value x = n.require(0), grid = asF32(n, n.require(1));
  int64_t rank = n.rank(x);
  auto differs = [](int64_t size, int64_t wanted) { return !ShapedType::isDynamic(size) && size != wanted; };
  if (rank < 3 || n.rank(grid) != rank || differs(n.type(grid).getDimSize(rank - 1), rank - 2))
    n.invalid("operand and grid do not fit in rank, or the grid's last dimension is not the number of spatial ones");
  std::string mode = n.text("mode", n.opset < 20 ? "bilinear" : "linear"), padding = n.text("padding_mode", "zeros");
  bool align = n.integer("align_corners", 0) != 0, nearest = mode == "nearest",
       cubic = mode == "cubic" || mode == "bicubic";
  if (!nearest && !cubic && mode != "linear" && mode != "bilinear")
    n.invalid("mode must be nearest, linear or cubic, not '" + mode + "'");
  Border border = Border::Zeros;
  if (padding == "border")
    border = Border::Nearest;
  else if (padding == "reflection")
    border = align ? Border::Reflect : Border::ReflectEdges;
  else if (padding != "zeros")
    n.invalid("padding_mode must be zeros, border or reflection, not '" + padding + "'");
  Image image(n, x);
  SmallVector<SmallVector<Tap>> taps;
  SmallVector<Value> whole;
  for (int64_t d = 0; d < image.dimensions(); ++d) {
    int64_t column = image.dimensions() - 1 - d;
    Value position = n.squeeze(n.slice(grid, rank - 1, column, column + 1), {rank - 1});
    Value size = asF32(n, image.size(d)), last = n.sub(size, number(n, 1));
    position = n.add(position, number(n, 1));
    position = align ? n.mul(n.div(position, number(n, 2)), last)
                     : n.div(n.sub(n.mul(position, size), number(n, 1)), number(n, 2));
    if (nearest)
      position = n.unary(UnaryKind::Round, position);
    if (border == Border::Nearest)
      position = n.binary(BinaryKind::Min, n.binary(BinaryKind::Max, position, number(n, 0)), last);
    else if (border == Border::Reflect)
      position = reflectBetween(n, position, number(n, 0), last);
    else if (border == Border::ReflectEdges)
      position = reflectBetween(n, position, number(n, -0.5), n.sub(size, number(n, 0.5)));
    if (nearest)
      whole.push_back(n.cast(position, n.builder().getI64Type()));
    else
      taps.push_back(cubic ? cubicTaps(n, position, -0.75f) : linearTaps(n, position));
  }
  Value batch = batchIndex(n, x, rank - 2);
  Value sampled = nearest ? image.at(batch, whole, border) : interpolate(n, image, batch, taps, border);
  return {channelsFirst(n, n.cast(sampled, n.element(x)))};
}

// Positions from -1 to 1 of the centres (or, with align_corners, corners) of a grid of `size`, times theta.
Results affineGrid(Node &n) {
  Value theta = n.require(0), size = n.toIndices(n.require(1));
  int64_t count = n.type(size).getDimSize(0);
  if (ShapedType::isDynamic(count) || count < 4 || count > 5 || n.rank(theta) != 3)
    n.invalid("size must have four or five numbers, and theta three dimensions");
  bool align = n.integer("align_corners", 0) != 0;
  Type type = n.element(theta);
  int64_t dimensions = count - 2;
  auto known = n.knownIntegers(size);
  SmallVector<Dim> sizes;
  for (int64_t i = 0; i < count; ++i)
    sizes.push_back(known ? Dim((*known)[i]) : Dim(n.slice(size, 0, i, i + 1)));
  SmallVector<Dim> places(sizes.begin() + 2, sizes.end());
  SmallVector<Value> columns; // the last dimension first, then ones
  for (int64_t d = dimensions; d-- > 0;) {
    Value steps = n.cast(n.range(places[d]), type), all = n.cast(n.toScalar(n.dimValue(places[d])), type);
    auto real = [&](double value) { return n.scalar(type, value); };
    Value position = align ? n.sub(n.div(n.mul(steps, real(2)), n.sub(all, real(1))), real(1))
                           : n.sub(n.div(n.add(n.mul(steps, real(2)), real(1)), all), real(1));
    columns.push_back(n.create<ExpandOp>(n.alignAt(position, d, dimensions), n.shape(places)));
  }
  columns.push_back(n.create<ExpandOp>(n.scalar(type, 1), n.shape(places)));
  for (Value &column : columns)
    column = n.reshape(column, {-1, 1});
  Value grid = n.create<ConcatOp>(columns, 1); // [places, dimensions + 1]
  Value moved = n.create<MatmulOp>(grid, n.transpose(theta, {0, 2, 1}));
  SmallVector<Dim> shape{n.dim(theta, 0)};
  llvm::append_range(shape, places);
  shape.push_back(dimensions);
  return {n.reshape(moved, shape)};
}

// ---- regions of interest ---------------------------------------------------------------------------

// Along one side of the regions: where samples lie ([R, bins, samples]), which of them are inside the image, and which
// exist (a region may have fewer than the most; null: all).
struct Samples {
  Value position, inside, exists;
  Value count; ///< f32 [R, 1, 1] a bin, where it depends on the region; else null
};

Samples samplesAlong(Node &n, Value begin, Value end, int64_t bins, int64_t ratio, Value size, bool halfPixel) {
  Value length = n.sub(end, begin);
  if (!halfPixel)
    length = n.binary(BinaryKind::Max, length, number(n, 1));
  Value bin = n.div(length, number(n, static_cast<double>(bins)));
  auto column = [&](Value value) { return n.unsqueeze(value, {1, 2}); }; // [R] to [R, 1, 1]
  Samples s;
  Dim most = ratio;
  Value each = number(n, static_cast<double>(ratio)), index;
  if (ratio == 0) {
    Value counts = n.binary(BinaryKind::Max, n.unary(UnaryKind::Ceil, bin), number(n, 0));
    s.count = column(counts);
    Value largest = n.reduce(ReduceKind::Max, counts, {0}, /*keepdims=*/true);
    largest = n.binary(BinaryKind::Max, largest, number(n, 1)); // also where there is no region
    most = Dim(n.cast(largest, n.builder().getI64Type()));
    each = n.binary(BinaryKind::Max, s.count, number(n, 1));
    index = asF32(n, n.range(most));
    s.exists = n.compare(CompareKind::Lt, index, s.count);
  } else {
    index = asF32(n, n.range(most));
  }
  Value bin3 = column(bin), place = n.unsqueeze(asF32(n, n.range(bins)), {1});
  Value offset = n.div(n.mul(n.add(index, number(n, 0.5)), bin3), each);
  Value position = n.add(n.add(column(begin), n.mul(place, bin3)), offset);
  Value limit = asF32(n, size);
  s.inside = n.binary(BinaryKind::And, n.compare(CompareKind::Ge, position, number(n, -1)),
                      n.compare(CompareKind::Le, position, limit));
  position = n.binary(BinaryKind::Max, position, number(n, 0));
  s.position = n.binary(BinaryKind::Min, position, n.sub(limit, number(n, 1)));
  return s;
}

// He et al., arXiv 1703.06870; ONNX RoiAlign, whose max is that of the weighted neighbours.
Results roiAlign(Node &n) {
  Value x = n.require(0), rois = n.require(1), batch = n.require(2);
  if (n.rank(x) != 4 || n.rank(rois) != 2 || (!n.type(rois).isDynamicDim(1) && n.type(rois).getDimSize(1) != 4) ||
      n.rank(batch) != 1)
    n.invalid("takes an image [N, C, H, W], regions [R, 4] and the entry of each region [R]");
  std::string mode = n.text("mode", "avg");
  std::string coordinates = n.text("coordinate_transformation_mode", n.opset < 16 ? "output_half_pixel" : "half_pixel");
  if ((mode != "avg" && mode != "max") || (coordinates != "half_pixel" && coordinates != "output_half_pixel"))
    n.invalid("unknown mode '" + mode + "' or coordinate_transformation_mode '" + coordinates + "'");
  bool halfPixel = coordinates == "half_pixel";
  int64_t height = n.integer("output_height", 1), width = n.integer("output_width", 1),
          ratio = n.integer("sampling_ratio", 0);
  if (height < 1 || width < 1 || ratio < 0)
    n.invalid("output_height and output_width must be positive, sampling_ratio not negative");
  Image image(n, x);
  rois = n.sub(n.mul(asF32(n, rois), number(n, n.number("spatial_scale", 1))), number(n, halfPixel ? 0.5 : 0));
  auto side = [&](int64_t i) { return n.squeeze(n.slice(rois, 1, i, i + 1), {1}); };
  Samples rows = samplesAlong(n, side(1), side(3), height, ratio, image.size(0), halfPixel);
  Samples columns = samplesAlong(n, side(0), side(2), width, ratio, image.size(1), halfPixel);
  // [R, height, 1, samples, 1] and [R, 1, width, 1, samples]
  auto down = [&](Value value) { return n.unsqueeze(value, {2, 4}); };
  auto across = [&](Value value) { return n.unsqueeze(value, {1, 3}); };
  auto both = [&](Value a, Value b) { return n.binary(BinaryKind::And, down(a), across(b)); };
  Value entry = n.alignAt(n.cast(batch, n.builder().getI64Type()), 0, 5);
  SmallVector<Value> products = weighted(
      n, image, entry, {linearTaps(n, down(rows.position)), linearTaps(n, across(columns.position))}, Border::Nearest);
  bool average = mode == "avg";
  Value value;
  for (Value product : products)
    value = !value ? product : average ? n.add(value, product) : n.binary(BinaryKind::Max, value, product);
  auto masked = [&](Value condition, double otherwise) {
    value = n.select(n.unsqueeze(condition, {5}), value, number(n, otherwise));
  };
  masked(both(rows.inside, columns.inside), 0);
  if (rows.exists)
    masked(both(rows.exists, columns.exists), average ? 0 : -std::numeric_limits<double>::infinity());
  value = n.reduce(average ? ReduceKind::Sum : ReduceKind::Max, value, {3, 4}, /*keepdims=*/false); // [R, h, w, C]
  if (average) {
    Value count = number(n, static_cast<double>(std::max<int64_t>(ratio * ratio, 1)));
    if (rows.count)
      count = n.unsqueeze(n.binary(BinaryKind::Max, n.mul(rows.count, columns.count), number(n, 1)), {3});
    value = n.div(value, count);
  } else if (rows.count) {
    Value none = n.compare(CompareKind::Eq, n.mul(rows.count, columns.count), number(n, 0));
    value = n.select(n.unsqueeze(none, {3}), number(n, 0), value);
  }
  return {n.transpose(n.cast(value, n.element(x)), {0, 3, 1, 2})};
}

// ---- deformable convolution ------------------------------------------------------------------------

// Dai et al., arXiv 1703.06211, and with a mask Zhu et al., arXiv 1811.11168: taps are moved by offsets and read by
// linear interpolation; what is read is then multiplied with the weights as one matrix.
Results deformConv(Node &n) {
  Value x = n.require(0), weights = n.require(1), offset = n.require(2), bias = n.input(3), mask = n.input(4);
  if (n.rank(x) != 4 || n.rank(weights) != 4 || n.rank(offset) != 4)
    n.unsupported("other than two spatial dimensions");
  auto numbers = [&](StringRef name, size_t count, int64_t otherwise) {
    auto given = n.integers(name).value_or(SmallVector<int64_t>(count, otherwise));
    if (given.size() != count)
      n.invalid(fmt::format("attribute '{}' must have {} numbers", name.str(), count));
    return given;
  };
  SmallVector<int64_t> strides = numbers("strides", 2, 1), dilations = numbers("dilations", 2, 1),
                       pads = numbers("pads", 4, 0);
  int64_t group = n.integer("group", 1), offsetGroup = n.integer("offset_group", 1);
  int64_t outputs = n.type(weights).getDimSize(0), channels = n.type(weights).getDimSize(1) * group;
  int64_t kernel[] = {n.type(weights).getDimSize(2), n.type(weights).getDimSize(3)};
  if (!n.type(weights).hasStaticShape())
    n.unsupported("the shape of the weights is not known when compiling");
  if (group < 1 || offsetGroup < 1 || channels % offsetGroup || outputs % group)
    n.invalid("group or offset_group does not divide the channels");
  int64_t taps = kernel[0] * kernel[1];
  Dim batch = n.dim(x, 0), height = n.dim(offset, 2), width = n.dim(offset, 3);
  // [N, groups, taps, 2, OH, OW], and [N, groups, taps, OH, OW, 1]
  offset = asF32(n, n.reshape(offset, {batch, offsetGroup, taps, 2, height, width}));
  if (mask)
    mask = n.unsqueeze(asF32(n, n.reshape(mask, {batch, offsetGroup, taps, height, width})), {5});
  // Where the taps are without offsets, [taps, OH, OW] by broadcasting.
  SmallVector<Value> base;
  for (int64_t d = 0; d < 2; ++d) {
    SmallVector<int64_t> places;
    for (int64_t t = 0; t < taps; ++t)
      places.push_back((d == 0 ? t / kernel[1] : t % kernel[1]) * dilations[d] - pads[d]);
    Value steps = n.range(d == 0 ? height : width);
    Value place = n.mul(steps, n.scalarLike(steps, static_cast<double>(strides[d])));
    base.push_back(asF32(n, n.add(n.unsqueeze(n.indices(places), {1, 2}), n.alignAt(place, d, 2))));
  }
  SmallVector<Value> read;
  int64_t each = channels / offsetGroup;
  for (int64_t g = 0; g < offsetGroup; ++g) {
    Image image(n, n.slice(x, 1, g * each, (g + 1) * each));
    Value own = n.squeeze(n.slice(offset, 1, g, g + 1), {1}); // [N, taps, 2, OH, OW]
    SmallVector<SmallVector<Tap>> neighbours;
    for (int64_t d = 0; d < 2; ++d)
      neighbours.push_back(linearTaps(n, n.add(base[d], n.squeeze(n.slice(own, 2, d, d + 1), {2}))));
    Value value = interpolate(n, image, batchIndex(n, x, 3), neighbours, Border::Zeros); // [N, taps, OH, OW, C]
    if (mask)
      value = n.mul(value, n.squeeze(n.slice(mask, 1, g, g + 1), {1}));
    read.push_back(value);
  }
  Value all = read.size() == 1 ? read.front() : n.create<ConcatOp>(ValueRange(read), 4);
  all = n.cast(n.transpose(all, {0, 2, 3, 1, 4}), n.element(x)); // [N, OH, OW, taps, C]
  SmallVector<Value> results;
  int64_t inputs = channels / group, rows = outputs / group;
  for (int64_t g = 0; g < group; ++g) {
    Value part = n.reshape(n.slice(all, 4, g * inputs, (g + 1) * inputs), {batch, height, width, taps * inputs});
    Value matrix = n.reshape(n.slice(weights, 0, g * rows, (g + 1) * rows), {rows, inputs, taps});
    matrix = n.reshape(n.transpose(matrix, {2, 1, 0}), {taps * inputs, rows});
    results.push_back(n.create<MatmulOp>(part, matrix));
  }
  Value y = results.size() == 1 ? results.front() : n.create<ConcatOp>(ValueRange(results), 3);
  if (bias)
    y = n.add(y, bias);
  return {n.transpose(y, {0, 3, 1, 2})};
}

} // namespace

void addSamplingOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"AffineGrid", 20, 28, T::Float, affineGrid},
                              {"DeformConv", 19, 28, T::Float, deformConv, "two spatial dimensions"},
                              {"GridSample", 16, 28, T::Numeric, gridSample},
                              {"RoiAlign", 10, 28, T::Float, roiAlign},
                          });
}

} // namespace mlc::importer
