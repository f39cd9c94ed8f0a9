#include "Import/Sampling.h"
#include "Import/Layout.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

Image::Image(Node &n, Value x) : n_(n) {
  int64_t rank = n.rank(x);
  Dim rows = n.dim(x, 0);
  for (int64_t d = 2; d < rank; ++d) {
    rows = n.combine(BinaryKind::Mul, rows, n.dim(x, d));
    sizes_.push_back(n.toScalar(n.dimValue(n.dim(x, d))));
  }
  rows_ = n.reshape(channelsLast(n, x), {rows, n.dim(x, 1)});
}

static Value both(Node &n, Value a, Value b) { return a ? n.binary(BinaryKind::And, a, b) : b; }

// A position mirrored until it lies inside: a triangle wave.
static Value reflected(Node &n, Value position, Value size, bool edges) {
  Value zero = n.scalarLike(size, 0), one = n.scalarLike(size, 1), two = n.scalarLike(size, 2);
  if (edges) {
    // … 1 0 | 0 1 2 | 2 1 …
    Value at = n.binary(BinaryKind::Mod, position, n.binary(BinaryKind::Max, n.mul(size, two), one));
    Value back = n.sub(n.sub(n.mul(size, two), one), at);
    return n.select(n.compare(CompareKind::Lt, at, size), at, back);
  }
  Value last = n.sub(size, one);
  Value at = n.binary(BinaryKind::Mod, position, n.binary(BinaryKind::Max, n.mul(last, two), one));
  Value back = n.sub(n.mul(last, two), at);
  return n.binary(BinaryKind::Max, n.select(n.compare(CompareKind::Le, at, last), at, back), zero);
}

Value Image::at(Value batch, ArrayRef<Value> positions, Border border) const {
  Value row = batch, inside;
  for (auto [given, size] : llvm::zip(positions, sizes_)) {
    Value position = given;
    Value zero = n_.scalarLike(size, 0), last = n_.sub(size, n_.scalarLike(size, 1));
    if (border == Border::Zeros) {
      inside = both(n_, inside, n_.compare(CompareKind::Ge, position, zero));
      inside = both(n_, inside, n_.compare(CompareKind::Le, position, last));
    } else if (border != Border::Nearest) {
      position = reflected(n_, position, size, border == Border::ReflectEdges);
    }
    position = n_.binary(BinaryKind::Max, n_.binary(BinaryKind::Min, position, last), zero);
    row = n_.add(n_.mul(row, size), position);
  }
  Value elements = n_.create<GatherOp>(rows_, row, 0);
  if (!inside)
    return elements;
  return n_.select(n_.unsqueeze(inside, {n_.rank(inside)}), elements, n_.scalarLike(elements, 0));
}

// The whole number below a position, and how far the position lies beyond it.
static std::pair<Value, Value> split(Node &n, Value position) {
  Value below = n.unary(UnaryKind::Floor, position);
  return {n.cast(below, n.builder().getI64Type()), n.sub(position, below)};
}

SmallVector<Tap> linearTaps(Node &n, Value position) {
  auto [below, rest] = split(n, position);
  return {{below, n.sub(n.scalarLike(rest, 1), rest)}, {n.add(below, n.scalarLike(below, 1)), rest}};
}

// a is Keys' parameter; x is the distance, at most 1 for the inner two and from 1 to 2 for the outer two.
static Value keysInner(Node &n, Value x, double a) {
  auto number = [&](double value) { return n.scalarLike(x, value); };
  Value line = n.sub(n.mul(number(a + 2), x), number(a + 3));
  return n.add(n.mul(n.mul(line, x), x), number(1));
}
static Value keysOuter(Node &n, Value x, double a) {
  auto number = [&](double value) { return n.scalarLike(x, value); };
  Value line = n.sub(n.mul(number(a), x), number(5 * a));
  return n.sub(n.mul(n.add(n.mul(line, x), number(8 * a)), x), number(4 * a));
}

SmallVector<Tap> cubicTaps(Node &n, Value position, float coefficient) {
  auto [below, rest] = split(n, position);
  Value left = rest, right = n.sub(n.scalarLike(rest, 1), rest), one = n.scalarLike(rest, 1);
  auto away = [&](int64_t by) { return n.add(below, n.scalarLike(below, static_cast<double>(by))); };
  return {{away(-1), keysOuter(n, n.add(left, one), coefficient)},
          {below, keysInner(n, left, coefficient)},
          {away(1), keysInner(n, right, coefficient)},
          {away(2), keysOuter(n, n.add(right, one), coefficient)}};
}

SmallVector<Value> weighted(Node &n, const Image &image, Value batch, ArrayRef<SmallVector<Tap>> taps, Border border) {
  SmallVector<Value> products;
  SmallVector<size_t> choice(taps.size(), 0);
  while (true) {
    SmallVector<Value> positions;
    Value weight;
    for (auto [dimension, i] : llvm::zip(taps, choice)) {
      positions.push_back(dimension[i].position);
      weight = weight ? n.mul(weight, dimension[i].weight) : dimension[i].weight;
    }
    Value elements = n.cast(image.at(batch, positions, border), n.element(weight));
    products.push_back(n.mul(elements, n.unsqueeze(weight, {n.rank(weight)})));
    size_t d = 0;
    while (d < taps.size() && ++choice[d] == taps[d].size())
      choice[d++] = 0;
    if (d == taps.size())
      return products;
  }
}

Value interpolate(Node &n, const Image &image, Value batch, ArrayRef<SmallVector<Tap>> taps, Border border) {
  Value sum;
  for (Value product : weighted(n, image, batch, taps, border))
    sum = sum ? n.add(sum, product) : product;
  return sum;
}

} // namespace mlc::importer
