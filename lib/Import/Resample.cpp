#include "Import/Resample.h"

using namespace mlir;
using namespace mlc::graph;

namespace mlc::importer {

namespace {

class Axis {
public:
  Axis(Node &n, const Dim &from, const Dim &to, Value scale, const ResampleForm &form)
      : n(n), from(from), to(to), scale(scale), form(form), f32(n.builder().getF32Type()) {}

  Value real(double value) { return n.scalar(f32, value); }
  Value sizeOf(const Dim &dim) { return n.cast(n.toScalar(n.dimValue(dim)), f32); }

  // Where each element of the result lies in the operand: f32 [to].
  Value positions() {
    Value index = n.cast(n.range(to), f32), last = n.sub(sizeOf(from), real(1));
    Value factor = n.toScalar(scale), scaled = n.mul(sizeOf(from), factor);
    Value single = n.compare(CompareKind::Eq, scaled, real(1));
    Value steps = n.select(single, real(1), n.sub(scaled, real(1)));
    Value half = n.sub(n.div(n.add(index, real(0.5)), factor), real(0.5));
    if (form.crop) {
      Value begin = n.toScalar(form.begin), span = n.mul(n.sub(n.toScalar(form.end), begin), last);
      Value inner = n.select(single, n.div(span, real(2)), n.div(n.mul(index, span), steps));
      return n.add(n.mul(begin, last), inner);
    }
    switch (form.coordinates) {
    case CoordinateMode::HalfPixel:
      return half;
    case CoordinateMode::HalfPixelSymmetric: {
      Value adjustment = n.div(sizeOf(to), scaled);
      Value offset = n.mul(n.div(sizeOf(from), real(2)), n.sub(real(1), adjustment));
      return n.add(offset, half);
    }
    case CoordinateMode::PytorchHalfPixel:
      return n.select(n.compare(CompareKind::Eq, sizeOf(to), real(1)), real(-0.5), half);
    case CoordinateMode::AlignCorners:
      return n.select(single, real(0), n.div(n.mul(index, last), steps));
    case CoordinateMode::Asymmetric:
      return n.div(index, factor);
    }
    return half;
  }

  // The filter at a distance, before it is divided by its sum.
  Value filter(Value distance) {
    Value x = n.unary(UnaryKind::Abs, distance);
    if (form.mode == ResizeMode::Linear)
      return n.binary(BinaryKind::Max, n.sub(real(1), x), real(0));
    double a = form.cubicCoefficient;
    Value near = n.add(n.mul(n.mul(n.sub(n.mul(real(a + 2), x), real(a + 3)), x), x), real(1));
    Value line = n.sub(n.mul(real(a), x), real(5 * a));
    Value far = n.sub(n.mul(n.add(n.mul(line, x), real(8 * a)), x), real(4 * a));
    Value beyond = n.select(n.compare(CompareKind::Lt, x, real(2)), far, real(0));
    return n.select(n.compare(CompareKind::Le, x, real(1)), near, beyond);
  }

  Value nearestIndex(Value position) {
    auto rounded = [&]() -> Value {
      Value below = n.unary(UnaryKind::Floor, position), rest = n.sub(position, below);
      switch (form.nearest) {
      case NearestMode::Floor:
        return below;
      case NearestMode::Ceil:
        return n.unary(UnaryKind::Ceil, position);
      case NearestMode::RoundPreferFloor:
        return n.select(n.compare(CompareKind::Gt, rest, real(0.5)), n.add(below, real(1)), below);
      case NearestMode::RoundPreferCeil:
        return n.select(n.compare(CompareKind::Ge, rest, real(0.5)), n.add(below, real(1)), below);
      }
      return below;
    };
    Value index = n.binary(BinaryKind::Min, rounded(), n.sub(sizeOf(from), real(1)));
    return n.cast(n.binary(BinaryKind::Max, index, real(0)), n.builder().getI64Type());
  }

  Node &n;
  const Dim &from, &to;
  Value scale;
  const ResampleForm &form;
  Type f32;
};

} // namespace

Value resampleAxis(Node &n, Value value, int64_t axis, const Dim &size, Value scale, const ResampleForm &form,
                   float extrapolation) {
  Dim from = n.dim(value, axis);
  Axis a(n, from, size, scale, form);
  Value position = a.positions();
  Type type = n.element(value);
  if (form.mode == ResizeMode::Nearest) {
    value = n.create<GatherOp>(value, a.nearestIndex(position), axis);
  } else {
    // The filter reaches so far beyond the border, where the outermost elements are repeated.
    Value shrink = form.antialias ? n.binary(BinaryKind::Min, n.toScalar(scale), a.real(1)) : a.real(1);
    Value reach = n.unary(UnaryKind::Ceil, n.div(a.real(form.mode == ResizeMode::Cubic ? 2 : 1), shrink));
    Value pad = n.cast(n.unsqueeze(n.add(reach, a.real(1)), {0}), n.builder().getI64Type());
    if (!form.antialias)
      pad = n.indices(form.mode == ResizeMode::Cubic ? 3 : 2);
    Value pads = n.create<ConcatOp>(ValueRange{pad, pad}, 0);
    Value wide = n.create<PadOp>(value, pads, n.scalarLike(value, 0), ArrayRef<int64_t>(axis), PadMode::Edge);
    Value tap = n.sub(n.range(n.dim(wide, axis)), n.toScalar(pad));
    Value taps = n.unsqueeze(n.cast(tap, a.f32), {1}); // [taps, 1] against positions [size]
    Value weights = a.filter(n.mul(n.sub(taps, position), shrink));
    if (form.excludeOutside) {
      Value inside = n.binary(BinaryKind::And, n.compare(CompareKind::Ge, tap, n.scalarLike(tap, 0)),
                              n.compare(CompareKind::Lt, tap, n.toScalar(n.dimValue(from))));
      weights = n.select(n.unsqueeze(inside, {1}), weights, a.real(0));
    }
    weights = n.div(weights, n.reduce(ReduceKind::Sum, weights, {0}, /*keepdims=*/true));
    SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(value)));
    std::swap(perm[axis], perm.back());
    Value product = n.create<MatmulOp>(n.transpose(n.cast(wide, a.f32), perm), weights);
    value = n.cast(n.transpose(product, perm), type);
  }
  if (!form.crop)
    return value;
  Value last = n.sub(a.sizeOf(from), a.real(1));
  Value outside = n.binary(BinaryKind::Or, n.compare(CompareKind::Lt, position, a.real(0)),
                           n.compare(CompareKind::Gt, position, last));
  return n.select(n.alignAt(outside, axis, n.rank(value)), n.scalarLike(value, extrapolation), value);
}

} // namespace mlc::importer
