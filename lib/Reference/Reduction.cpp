#include "Reference/Elements.h"
#include "Reference/Families.h"
#include "Reference/Indexing.h"

#include <numeric>

using namespace mlir;

namespace mlc::reference {
namespace {

using graph::ReduceKind;

Shape reducedShape(const Shape &shape, ArrayRef<int64_t> axes, bool keepdims) {
  Shape result;
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i) {
    if (!llvm::is_contained(axes, i))
      result.push_back(shape[i]);
    else if (keepdims)
      result.push_back(1);
  }
  return result;
}

// The value a reduction starts from, and its result for no element.
template <typename C> C neutral(ReduceKind kind, DType dtype) {
  if (kind == ReduceKind::Prod)
    return C(1);
  if (kind == ReduceKind::Sum || kind == ReduceKind::Mean)
    return C(0);
  bool lowest = kind == ReduceKind::Max;
  return dispatch(dtype, [&](auto type) -> C {
    using T = typename decltype(type)::type;
    if constexpr (std::is_floating_point_v<C>)
      return lowest ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::infinity();
    else if constexpr (std::is_integral_v<T>)
      return static_cast<C>(lowest ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max());
    return C(0);
  });
}

template <typename C> C combine(ReduceKind kind, C a, C b) {
  switch (kind) {
  case ReduceKind::Sum:
  case ReduceKind::Mean:
    if constexpr (std::is_floating_point_v<C>)
      return a + b;
    else
      return static_cast<C>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  case ReduceKind::Prod:
    if constexpr (std::is_floating_point_v<C>)
      return a * b;
    else
      return static_cast<C>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  case ReduceKind::Min:
    return a != a || a < b ? a : b; // NaN if either is
  case ReduceKind::Max:
    return a != a || a > b ? a : b;
  }
  return a;
}

template <typename C> void reduce(ReduceKind kind, const Tensor &in, ArrayRef<int64_t> axes, Tensor &out) {
  // Strides that place each element of the operand in the result: 0 along the reduced dimensions.
  SmallVector<int64_t> strides(in.shape.size(), 0);
  int64_t stride = 1, count = 1;
  for (int64_t i = static_cast<int64_t>(in.shape.size()) - 1; i >= 0; --i) {
    if (llvm::is_contained(axes, i)) {
      count *= in.shape[i];
      continue;
    }
    strides[i] = stride;
    stride *= in.shape[i];
  }
  std::vector<C> totals(static_cast<size_t>(out.numElements()), neutral<C>(kind, in.dtype));
  std::vector<C> row;
  forEachRow(in.shape, {strides},
             [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> steps, int64_t position, int64_t length) {
               row.resize(length);
               load<C>(in, position, 1, length, row.data());
               C *total = totals.data() + offsets[0];
               for (int64_t i = 0; i < length; ++i)
                 total[i * steps[0]] = combine(kind, total[i * steps[0]], row[i]);
             });
  if (kind == ReduceKind::Mean)
    for (C &total : totals)
      total = std::is_floating_point_v<C> || count != 0 ? static_cast<C>(total / static_cast<C>(count)) : C(0);
  store<C>(out, 0, 1, out.numElements(), totals.data());
}

} // namespace

// An integer mean truncates; the minimum (maximum) of nothing is the type's highest (lowest) value.
Tensors evaluateNode(graph::ReduceOp op, Operands operands) {
  const Tensor &in = *operands[0];
  if (in.dtype == DType::Bool && op.getKind() != ReduceKind::Min && op.getKind() != ReduceKind::Max)
    return unsupported("reduction " + graph::stringifyReduceKind(op.getKind()).str() + " of bool");
  Tensor out(in.dtype, reducedShape(in.shape, op.getAxes(), op.getKeepdims()));
  dispatchCarrier(in.dtype,
                  [&](auto carrier) { reduce<typename decltype(carrier)::type>(op.getKind(), in, op.getAxes(), out); });
  return one(std::move(out));
}

// A NaN is the extreme wherever there is one, as for numpy.
Tensors evaluateNode(graph::ArgReduceOp op, Operands operands) {
  const Tensor &in = *operands[0];
  int64_t axis = op.getAxis();
  if (in.shape[axis] == 0)
    return badInput("there is no extreme element in a dimension of size 0");
  Tensor out(DType::Int64, reducedShape(in.shape, axis, op.getKeepdims()));
  int64_t *to = out.data<int64_t>();
  bool largest = op.getKind() == graph::ArgReduceKind::Max, last = op.getSelectLast();
  dispatchCarrier(in.dtype, [&](auto carrier) {
    using C = typename decltype(carrier)::type;
    std::vector<C> line(in.shape[axis]);
    forEachLine(in.shape, axis, [&](int64_t offset, int64_t stride, int64_t count) {
      load<C>(in, offset, stride, count, line.data());
      int64_t best = 0;
      for (int64_t i = 1; i < count; ++i) {
        C a = line[i], b = line[best];
        bool better = (a != a && b == b) || (largest ? a > b : a < b);
        bool equal = a == b || (a != a && b != b);
        if (better || (last && equal))
          best = i;
      }
      *to++ = best;
    });
  });
  return one(std::move(out));
}

Tensors evaluateNode(graph::SoftmaxOp op, Operands operands) {
  const Tensor &in = *operands[0];
  if (!isFloating(in.dtype))
    return unsupported("softmax of " + std::string(dtypeName(in.dtype)));
  Tensor out(in.dtype, in.shape);
  std::vector<double> line(in.shape[op.getAxis()]);
  forEachLine(in.shape, op.getAxis(), [&](int64_t offset, int64_t stride, int64_t count) {
    load<double>(in, offset, stride, count, line.data());
    double largest = -std::numeric_limits<double>::infinity(), sum = 0;
    for (double x : line)
      largest = x != x || x > largest ? x : largest;
    for (double x : line)
      sum += std::exp(x - largest);
    for (double &x : line)
      x = op.getLog() ? x - largest - std::log(sum) : std::exp(x - largest) / sum;
    store<double>(out, offset, stride, count, line.data());
  });
  return one(std::move(out));
}

Tensors evaluateNode(graph::LayerNormOp op, Operands operands) {
  const Tensor &in = *operands[0];
  int64_t axis = op.getAxis();
  if (!isFloating(in.dtype))
    return unsupported("normalisation of " + std::string(dtypeName(in.dtype)));
  if (axis < 0 || axis > static_cast<int64_t>(in.shape.size()))
    return badInput("axis " + std::to_string(axis) + " of " + describeShape(in.shape));
  ArrayRef<int64_t> inner = ArrayRef(in.shape).drop_front(axis);
  int64_t count = numElements(inner), lines = numElements(ArrayRef(in.shape).take_front(axis));

  // Scale and bias in the order of one line, or of the whole operand where they vary between lines.
  struct Parameter {
    std::vector<double> values;
    int64_t step = 0;
  };
  Parameter parameters[2];
  for (size_t k = 1; k < operands.size(); ++k) {
    const Tensor &tensor = *operands[k];
    auto joined = graph::broadcastShapes(tensor.shape, in.shape);
    if (!joined || ArrayRef<int64_t>(*joined) != ArrayRef<int64_t>(in.shape))
      return badInput("scale or bias " + describeShape(tensor.shape) + " for " + describeShape(in.shape));
    ArrayRef<int64_t> own(tensor.shape);
    while (own.size() > inner.size() && own.front() == 1)
      own = own.drop_front();
    bool varies = own.size() > inner.size();
    ArrayRef<int64_t> target = varies ? ArrayRef<int64_t>(in.shape) : inner;
    Tensor expanded(tensor.dtype, Shape(target.begin(), target.end()));
    copyStrided(tensor, 0, broadcastStrides(own, target), expanded);
    parameters[k - 1].values = loadAll<double>(expanded);
    parameters[k - 1].step = varies ? count : 0;
  }

  double epsilon = op.getEpsilon().convertToDouble();
  Tensor out(in.dtype, in.shape);
  std::vector<double> line(count);
  for (int64_t l = 0; l < lines; ++l) {
    load<double>(in, l * count, 1, count, line.data());
    double mean = op.getRms() ? 0.0 : std::accumulate(line.begin(), line.end(), 0.0) / static_cast<double>(count);
    double variance = 0;
    for (double x : line)
      variance += (x - mean) * (x - mean);
    double factor = 1.0 / std::sqrt(variance / static_cast<double>(count) + epsilon);
    for (int64_t i = 0; i < count; ++i) {
      line[i] = (line[i] - mean) * factor * parameters[0].values[l * parameters[0].step + i];
      if (operands.size() > 2)
        line[i] += parameters[1].values[l * parameters[1].step + i];
    }
    store<double>(out, l * count, 1, count, line.data());
  }
  return one(std::move(out));
}

Tensors evaluateNode(graph::CumSumOp op, Operands operands) {
  const Tensor &in = *operands[0];
  int64_t axis = op.getAxis();
  if (axis < 0 || axis >= static_cast<int64_t>(in.shape.size()))
    return badInput("axis " + std::to_string(axis) + " of " + describeShape(in.shape));
  Tensor out(in.dtype, in.shape);
  dispatchCarrier(in.dtype, [&](auto carrier) {
    using C = typename decltype(carrier)::type;
    std::vector<C> line(in.shape[axis]);
    forEachLine(in.shape, axis, [&](int64_t offset, int64_t stride, int64_t count) {
      load<C>(in, offset, stride, count, line.data());
      C total = 0;
      for (int64_t i = 0; i < count; ++i) {
        C &value = line[op.getReverse() ? count - 1 - i : i];
        C next = combine(ReduceKind::Sum, total, value);
        value = op.getExclusive() ? total : next;
        total = next;
      }
      store<C>(out, offset, stride, count, line.data());
    });
  });
  return one(std::move(out));
}

// Sorted whether asked to or not; of equals the lower index first; NaN counts as the largest.
Tensors evaluateNode(graph::TopKOp op, Operands operands) {
  const Tensor &in = *operands[0];
  int64_t axis = op.getAxis();
  if (operands[1]->numElements() != 1)
    return badInput("k is " + describeShape(operands[1]->shape) + ", not one number");
  int64_t k = operands[1]->data<int64_t>()[0];
  if (k < 0 || k > in.shape[axis])
    return badInput("k is " + std::to_string(k) + ", but dimension " + std::to_string(axis) + " of " +
                    describeShape(in.shape) + " has " + std::to_string(in.shape[axis]) + " elements");
  Shape shape = in.shape;
  shape[axis] = k;
  std::vector<Tensor> results;
  results.emplace_back(in.dtype, shape);
  results.emplace_back(DType::Int64, shape);
  int64_t inner = numElements(ArrayRef(shape).drop_front(axis + 1));
  dispatchCarrier(in.dtype, [&](auto carrier) {
    using C = typename decltype(carrier)::type;
    std::vector<C> line(in.shape[axis]), best(k);
    std::vector<int64_t> order(in.shape[axis]);
    bool smallest = op.getSmallest();
    int64_t number = 0;
    forEachLine(in.shape, axis, [&](int64_t offset, int64_t stride, int64_t count) {
      load<C>(in, offset, stride, count, line.data());
      std::iota(order.begin(), order.end(), 0);
      auto before = [&](int64_t i, int64_t j) {
        C a = line[smallest ? j : i], b = line[smallest ? i : j]; // is a larger?
        if (a > b || (a != a && b == b))
          return true;
        if (b > a || (b != b && a == a))
          return false;
        return i < j;
      };
      std::partial_sort(order.begin(), order.begin() + k, order.end(), before);
      int64_t to = number / inner * k * inner + number % inner;
      ++number;
      for (int64_t i = 0; i < k; ++i)
        best[i] = line[order[i]];
      store<C>(results[0], to, inner, k, best.data());
      store<int64_t>(results[1], to, inner, k, order.data());
    });
  });
  return results;
}

} // namespace mlc::reference
