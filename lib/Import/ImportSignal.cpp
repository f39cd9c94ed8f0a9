// Fourier transforms as products with matrices of sines and cosines, and what goes with them.
#include "Import/OperatorTable.h"
#include "Import/RuntimeAxes.h"

#include <cmath>
#include <fmt/format.h>
#include <numbers>

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

// Up to this many elements matrices of a known size are constants of the library, above they are computed in each run.
constexpr int64_t kMaxConstant = int64_t(1) << 22;

// cos and sin of 2 pi r c / length for r below `rows` and c below `columns`, f64.
std::pair<Value, Value> waves(Node &n, const Dim &rows, const Dim &columns, const Dim &length) {
  if (rows.isNumber() && columns.isNumber() && length.isNumber() && length.number > 0 &&
      rows.number <= kMaxConstant / std::max<int64_t>(columns.number, 1)) {
    Tensor cosine(DType::Float64, {rows.number, columns.number}), sine(DType::Float64, cosine.shape);
    for (int64_t r = 0; r < rows.number; ++r)
      for (int64_t c = 0; c < columns.number; ++c) {
        int64_t step = (r % length.number) * (c % length.number) % length.number;
        double angle = 2 * std::numbers::pi * static_cast<double>(step) / static_cast<double>(length.number);
        cosine.data<double>()[r * columns.number + c] = std::cos(angle);
        sine.data<double>()[r * columns.number + c] = std::sin(angle);
      }
    return {n.constant(cosine), n.constant(sine)};
  }
  Value all = n.toScalar(n.dimValue(length));
  Value step = n.mul(n.unsqueeze(n.range(rows), {1}), n.range(columns));
  step = n.binary(BinaryKind::Mod, step, n.binary(BinaryKind::Max, all, n.scalarLike(all, 1)));
  Type f64 = n.builder().getF64Type();
  Value angle = n.div(n.mul(n.cast(step, f64), n.scalar(f64, 2 * std::numbers::pi)), n.cast(all, f64));
  return {n.unary(UnaryKind::Cos, angle), n.unary(UnaryKind::Sin, angle)};
}

// The value with dimension `axis` last, and back.
Value axisLast(Node &n, Value value, int64_t axis, bool back) {
  SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(value)));
  if (back) {
    perm.pop_back();
    perm.insert(perm.begin() + axis, n.rank(value) - 1);
  } else {
    perm.erase(perm.begin() + axis);
    perm.push_back(axis);
  }
  return n.transpose(value, perm);
}

// The first `length` elements of the last dimension, with zeros where there are fewer.
Value fitLast(Node &n, Value value, const Dim &length) {
  int64_t last = n.rank(value) - 1;
  Dim size = n.dim(value, last);
  if (size.isNumber() && length.isNumber() && size.number == length.number)
    return value;
  value = n.slice(value, last, 0, length);
  Value missing = n.dimValue(n.combine(BinaryKind::Max, n.combine(BinaryKind::Sub, length, size), 0));
  Value pads = n.create<ConcatOp>(ValueRange{n.indices(0), missing}, 0);
  return n.create<PadOp>(value, pads, n.scalarLike(value, 0), ArrayRef<int64_t>(last), PadMode::Constant);
}

// The transform of [.., n, .., 1 or 2] along `axis`, [.., k, .., 2]; or of the first half of a symmetric spectrum to
// [.., n, .., 1].
Value transform(Node &n, Value x, int64_t axis, Dim length, bool inverse, bool oneSided) {
  int64_t rank = n.rank(x), parts = n.type(x).getDimSize(rank - 1);
  if (ShapedType::isDynamic(parts)) // real ones get imaginary parts of 0
    x = fitLast(n, x, parts = 2);
  if (parts != 1 && parts != 2)
    n.invalid(fmt::format("the last dimension is {}, not 1 (real) or 2 (complex)", parts));
  Type type = n.element(x), f64 = n.builder().getF64Type();
  auto part = [&](int64_t i) {
    Value value = n.cast(n.squeeze(n.slice(x, rank - 1, i, i + 1), {rank - 1}), f64);
    return axisLast(n, value, axis, /*back=*/false);
  };
  Value real = part(0), imaginary = parts == 2 ? part(1) : Value();
  Dim half = n.combine(BinaryKind::Add, n.combine(BinaryKind::Div, length, 2), 1);
  bool toReal = inverse && oneSided;
  Dim inputs = toReal ? half : length, outputs = oneSided && !inverse ? half : length;
  auto [cosine, sine] = waves(n, inputs, outputs, length);
  auto product = [&](Value value, Value matrix) { return n.create<MatmulOp>(fitLast(n, value, inputs), matrix); };
  Value count = n.cast(n.toScalar(n.dimValue(length)), f64);
  if (toReal) {
    // Each frequency but the first, and the last of an even length, stands for two.
    Value k = n.range(half), two = n.scalarLike(k, 2);
    Value single = n.compare(CompareKind::Eq, n.mul(k, two), n.toScalar(n.dimValue(length)));
    single = n.binary(BinaryKind::Or, single, n.compare(CompareKind::Eq, k, n.scalarLike(k, 0)));
    Value weight = n.unsqueeze(n.select(single, n.scalar(f64, 1), n.scalar(f64, 2)), {1});
    Value y = product(real, n.mul(weight, cosine));
    if (imaginary)
      y = n.sub(y, product(imaginary, n.mul(weight, sine)));
    y = n.cast(n.div(y, count), type);
    return n.unsqueeze(axisLast(n, y, axis, /*back=*/true), {rank - 1});
  }
  // (a + ib)(cos - i sin), or with + for the inverse.
  Value re = product(real, cosine), im = product(real, sine);
  if (!inverse)
    im = n.unary(UnaryKind::Neg, im);
  if (imaginary) {
    Value cross = product(imaginary, sine), along = product(imaginary, cosine);
    re = inverse ? n.sub(re, cross) : n.add(re, cross);
    im = n.add(im, along);
  }
  SmallVector<Value> both;
  for (Value value : {re, im}) {
    if (inverse)
      value = n.div(value, count);
    both.push_back(n.unsqueeze(axisLast(n, n.cast(value, type), axis, /*back=*/true), {rank - 1}));
  }
  return n.create<ConcatOp>(both, rank - 1);
}

// A scalar operand as a size.
Dim sizeOperand(Node &n, Value value) {
  auto known = n.knownIntegers(value);
  if (known && known->size() == 1)
    return known->front();
  return Dim(n.toIndices(value));
}

Results dft(Node &n) {
  Value x = n.require(0);
  int64_t rank = n.rank(x);
  if (rank < 2)
    n.invalid("the operand has fewer than two dimensions");
  bool inverse = n.integer("inverse", 0) != 0, oneSided = n.integer("onesided", 0) != 0;
  auto lengthOf = [&](const Dim &size) -> Dim {
    if (n.input(1))
      return sizeOperand(n, n.input(1));
    return inverse && oneSided ? n.combine(BinaryKind::Mul, n.combine(BinaryKind::Sub, size, 1), 2) : size;
  };
  int64_t axis = n.opset < 20 ? n.integer("axis", 1) : -2;
  if (n.opset >= 20 && n.input(2)) {
    auto known = n.knownIntegers(n.input(2));
    if (!known) {
      // Which dimension is transformed is known only at run time: it stands between all before and all after it.
      Value parts = threePartsAt(n, x, n.input(2));
      Dim complex = n.dim(x, rank - 1);
      parts = n.reshape(parts, {n.dim(parts, 0), n.dim(parts, 1), -1, complex});
      Value y = transform(n, parts, 1, lengthOf(n.dim(parts, 1)), inverse, oneSided);
      RuntimeAxes named(n, n.input(2), rank);
      Value sizes = n.shapeOf(x);
      sizes = n.select(named.named(), n.dimValue(n.dim(y, 1)), sizes);
      sizes = n.create<ConcatOp>(ValueRange{n.slice(sizes, 0, 0, rank - 1), n.dimValue(n.dim(y, 3))}, 0);
      return {n.create<ReshapeOp>(y, sizes, /*allowzero=*/true)};
    }
    axis = known->front();
  }
  axis = n.axis(axis, rank);
  if (axis == rank - 1)
    n.invalid("the axis is that of real and imaginary parts");
  return {transform(n, x, axis, lengthOf(n.dim(x, axis)), inverse, oneSided)};
}

Results stft(Node &n) {
  Value x = n.require(0), window = n.input(2);
  if (n.rank(x) != 3)
    n.invalid("the signal must be [batch, length, 1 or 2]");
  Dim step = sizeOperand(n, n.require(1)), length = n.dim(x, 1);
  if (n.input(3))
    length = sizeOperand(n, n.input(3));
  else if (window)
    length = n.dim(window, 0);
  Dim frames = n.combine(BinaryKind::Sub, n.dim(x, 1), length);
  frames = n.combine(BinaryKind::Add, n.combine(BinaryKind::Div, frames, step), 1);
  Value begins = n.mul(n.range(frames), n.toScalar(n.dimValue(step)));
  Value places = n.add(n.unsqueeze(begins, {1}), n.range(length));
  Value framed = n.create<GatherOp>(x, places, 1); // [batch, frames, length, parts]
  if (window)
    framed = n.mul(framed, n.unsqueeze(window, {1}));
  return {transform(n, framed, 2, length, /*inverse=*/false, n.integer("onesided", 1) != 0)};
}

// offset - (1 - offset - second) cos(2 pi i / n) + second cos(4 pi i / n).
Results cosineWindow(Node &n, double offset, double second) {
  Value size = n.toScalar(n.cast(n.require(0), n.builder().getI64Type()));
  Type f64 = n.builder().getF64Type(), type = n.elementType(n.integer("output_datatype", 1));
  Value place = n.cast(n.create<RangeOp>(n.scalarLike(size, 0), size, n.scalarLike(size, 1)), f64);
  Value period = n.integer("periodic", 1) ? size : n.sub(size, n.scalarLike(size, 1));
  period = n.cast(n.binary(BinaryKind::Max, period, n.scalarLike(size, 1)), f64);
  Value angle = n.div(n.mul(place, n.scalar(f64, 2 * std::numbers::pi)), period);
  Value window =
      n.sub(n.scalar(f64, offset), n.mul(n.scalar(f64, 1 - offset - second), n.unary(UnaryKind::Cos, angle)));
  if (second != 0) {
    Value twice = n.unary(UnaryKind::Cos, n.mul(angle, n.scalar(f64, 2)));
    window = n.add(window, n.mul(n.scalar(f64, second), twice));
  }
  return {n.cast(window, type)};
}
Results hannWindow(Node &n) { return cosineWindow(n, 0.5, 0); }
Results hammingWindow(Node &n) { return cosineWindow(n, 25.0 / 46.0, 0); }
Results blackmanWindow(Node &n) { return cosineWindow(n, 0.42, 0.08); }

// Triangles over the bins of a spectrum, whose corners are even steps on the mel scale.
Results melWeightMatrix(Node &n) {
  Type f64 = n.builder().getF64Type(), i64 = n.builder().getI64Type();
  auto scalarOperand = [&](size_t i, Type type) { return n.cast(n.toScalar(n.require(i)), type); };
  Dim bins = sizeOperand(n, n.require(0)), length = sizeOperand(n, n.require(1));
  auto real = [&](double value) { return n.scalar(f64, value); };
  auto mel = [&](Value hertz) {
    Value log = n.unary(UnaryKind::Log, n.add(n.div(hertz, real(700)), real(1)));
    return n.mul(log, real(2595 / std::numbers::ln10));
  };
  Value low = mel(scalarOperand(3, f64)), high = mel(scalarOperand(4, f64));
  Dim corners = n.combine(BinaryKind::Add, bins, 2);
  Value step = n.div(n.sub(high, low), n.cast(n.toScalar(n.dimValue(corners)), f64));
  Value at = n.add(n.mul(n.cast(n.range(corners), f64), step), low);
  Value hertz = n.mul(n.sub(n.unary(UnaryKind::Exp, n.mul(at, real(std::numbers::ln10 / 2595))), real(1)), real(700));
  Value points = n.cast(n.toScalar(n.dimValue(n.combine(BinaryKind::Add, length, 1))), f64);
  Value corner = n.cast(n.unary(UnaryKind::Floor, n.div(n.mul(hertz, points), scalarOperand(2, f64))), i64);
  auto corner1 = [&](int64_t i) { return n.slice(corner, 0, i, n.combine(BinaryKind::Add, bins, i)); };
  Value left = corner1(0), centre = corner1(1), right = corner1(2);
  Value bin = n.unsqueeze(n.range(n.combine(BinaryKind::Add, n.combine(BinaryKind::Div, length, 2), 1)), {1});
  auto both = [&](Value a, Value b) { return n.binary(BinaryKind::And, a, b); };
  auto ratio = [&](Value above, Value below) {
    return n.div(n.cast(above, f64), n.cast(n.binary(BinaryKind::Max, below, n.scalarLike(below, 1)), f64));
  };
  Value rises = n.sub(centre, left), falls = n.sub(right, centre);
  Value rising = both(n.compare(CompareKind::Ge, bin, left), n.compare(CompareKind::Le, bin, centre));
  Value up =
      n.select(n.compare(CompareKind::Eq, rises, n.scalarLike(rises, 0)), real(1), ratio(n.sub(bin, left), rises));
  Value falling = both(n.compare(CompareKind::Ge, bin, centre), n.compare(CompareKind::Lt, bin, right));
  Value weights = n.select(falling, ratio(n.sub(right, bin), falls), n.select(rising, up, real(0)));
  return {n.cast(weights, n.elementType(n.integer("output_datatype", 1)))};
}

} // namespace

void addSignalOperators(Rows &rows) {
  using T = Types;
  rows.insert(rows.end(), {
                              {"BlackmanWindow", 17, 28, T::Integer, blackmanWindow},
                              {"DFT", 17, 28, T::Float, dft},
                              {"HammingWindow", 17, 28, T::Integer, hammingWindow},
                              {"HannWindow", 17, 28, T::Integer, hannWindow},
                              {"MelWeightMatrix", 17, 28, T::Integer, melWeightMatrix},
                              {"STFT", 17, 28, T::Float, stft},
                          });
}

} // namespace mlc::importer
