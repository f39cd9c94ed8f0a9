#include "Reference/Elements.h"
#include "Reference/Families.h"
#include "Reference/Gemm.h"
#include "Reference/Indexing.h"

#include "Graph/Inference.h"

#include <cstring>

using namespace mlir;

namespace mlc::reference {
namespace {

// ---- matrix products -----------------------------------------------------------------------------

// Sizes of a matmul by numpy's rules, and where each matrix of the batch starts.
struct MatmulShape {
  int64_t m, n, k;
  Shape result;
  std::vector<int64_t> lhsOffsets, rhsOffsets;

  static Result<MatmulShape> of(Shape lhs, Shape rhs) {
    auto mismatch = [&, a = lhs, b = rhs] {
      return badInput("cannot multiply " + describeShape(a) + " by " + describeShape(b));
    };
    if (lhs.empty() || rhs.empty())
      return mismatch();
    bool vectorLhs = lhs.size() == 1, vectorRhs = rhs.size() == 1;
    if (vectorLhs)
      lhs.insert(lhs.begin(), 1);
    if (vectorRhs)
      rhs.push_back(1);
    MatmulShape shape;
    shape.m = lhs[lhs.size() - 2];
    shape.k = lhs.back();
    shape.n = rhs.back();
    ArrayRef<int64_t> lhsBatch = ArrayRef(lhs).drop_back(2), rhsBatch = ArrayRef(rhs).drop_back(2);
    auto batch = graph::broadcastShapes(lhsBatch, rhsBatch);
    if (rhs[rhs.size() - 2] != shape.k || !batch)
      return mismatch();
    forEachRow(*batch, {broadcastStrides(lhsBatch, *batch), broadcastStrides(rhsBatch, *batch)},
               [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> strides, int64_t, int64_t count) {
                 for (int64_t i = 0; i < count; ++i) {
                   shape.lhsOffsets.push_back((offsets[0] + i * strides[0]) * shape.m * shape.k);
                   shape.rhsOffsets.push_back((offsets[1] + i * strides[1]) * shape.k * shape.n);
                 }
               });
    shape.result.assign(batch->begin(), batch->end());
    if (!vectorLhs)
      shape.result.push_back(shape.m);
    if (!vectorRhs)
      shape.result.push_back(shape.n);
    return shape;
  }
};

template <typename T> void multiply(const MatmulShape &shape, const T *lhs, const T *rhs, T *out) {
  size_t batches = shape.lhsOffsets.size();
  // One matrix on the right for the whole batch is one product.
  bool oneProduct = batches > 1;
  for (size_t i = 0; oneProduct && i < batches; ++i)
    oneProduct = shape.rhsOffsets[i] == 0 && shape.lhsOffsets[i] == static_cast<int64_t>(i) * shape.m * shape.k;
  if (oneProduct)
    return gemm<T>(shape.m * batches, shape.n, shape.k, lhs, shape.k, rhs, shape.n, out, shape.n);
  for (size_t i = 0; i < batches; ++i)
    gemm<T>(shape.m, shape.n, shape.k, lhs + shape.lhsOffsets[i], shape.k, rhs + shape.rhsOffsets[i], shape.n,
            out + i * shape.m * shape.n, shape.n);
}

// An 8-bit operand less its zero points, which are one, or one for each of `count` rows or columns.
Result<std::vector<int32_t>> lessZeroPoint(const Tensor &tensor, const Tensor &zeroPoint, int64_t count,
                                           int64_t inner) {
  std::vector<int64_t> values = loadAll<int64_t>(tensor), zeroPoints = loadAll<int64_t>(zeroPoint);
  int64_t given = static_cast<int64_t>(zeroPoints.size());
  if (given != 1 && given != count)
    return badInput(std::to_string(given) + " zero points for " + std::to_string(count) + " rows or columns");
  std::vector<int32_t> result(values.size());
  for (int64_t i = 0, n = static_cast<int64_t>(values.size()); i < n; ++i)
    result[i] = static_cast<int32_t>(values[i] - zeroPoints[given == 1 ? 0 : i / inner % count]);
  return result;
}

// ---- convolutions ----------------------------------------------------------------------------------

// A convolution with its spatial dimensions filled up to three; the data is [batch, channels, spatial…].
struct ConvShape {
  int64_t batch = 1, group = 1;
  int64_t channels = 0;    // of the input
  int64_t outChannels = 0; // of the result
  int64_t input[3] = {1, 1, 1}, output[3] = {1, 1, 1}, kernel[3] = {1, 1, 1};
  int64_t stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, pad[3] = {0, 0, 0};
  Shape result; // with all its dimensions, channels first

  static int64_t volume(const int64_t (&sizes)[3]) { return sizes[0] * sizes[1] * sizes[2]; }
};

Shape channelsFirst(const Shape &shape) {
  Shape result = shape;
  result.erase(result.end() - 1);
  result.insert(result.begin() + 1, shape.back());
  return result;
}

Tensor toChannelsFirst(const Tensor &tensor) {
  SmallVector<int64_t> own = rowMajorStrides(tensor.shape), strides{own.front(), own.back()};
  strides.append(own.begin() + 1, own.end() - 1);
  Tensor result(tensor.dtype, channelsFirst(tensor.shape));
  copyStrided(tensor, 0, strides, result);
  return result;
}

Tensor toChannelsLast(const Tensor &tensor) {
  SmallVector<int64_t> own = rowMajorStrides(tensor.shape), strides{own.front()};
  strides.append(own.begin() + 2, own.end());
  strides.push_back(own[1]);
  Shape shape = tensor.shape;
  shape.erase(shape.begin() + 1);
  shape.push_back(tensor.shape[1]);
  Tensor result(tensor.dtype, shape);
  copyStrided(tensor, 0, strides, result);
  return result;
}

// The parts that a convolution and a transposed one have in common; `input` has its channels first.
template <typename Op> Result<ConvShape> baseShape(Op op, const Shape &input, const Shape &weights) {
  size_t spatial = op.getStrides().size();
  if (input.size() != spatial + 2 || weights.size() != input.size() || spatial < 1 || spatial > 3)
    return badInput("convolution of " + describeShape(input) + " with weights " + describeShape(weights));
  if (op.getPads().size() != 2 * spatial || op.getDilations().size() != spatial)
    return badInput("pads, dilations and strides differ in number");
  ConvShape shape;
  shape.batch = input[0];
  shape.channels = input[1];
  shape.group = op.getGroup();
  for (size_t i = 0; i < spatial; ++i) {
    size_t at = 3 - spatial + i;
    shape.input[at] = input[i + 2];
    shape.kernel[at] = weights[i + 2];
    shape.stride[at] = op.getStrides()[i];
    shape.dilation[at] = op.getDilations()[i];
    shape.pad[at] = op.getPads()[i];
  }
  if (shape.group < 1 || shape.channels % shape.group)
    return badInput(std::to_string(shape.channels) + " channels do not divide into " + std::to_string(shape.group) +
                    " groups");
  return shape;
}

template <typename Op> Result<ConvShape> convShape(Op op, const Shape &input, const Shape &weights) {
  auto shape = baseShape(op, input, weights);
  if (!shape)
    return shape;
  shape->outChannels = weights[0];
  if (weights[1] * shape->group != input[1] || weights[0] % shape->group)
    return badInput("the input " + describeShape(input) + " does not fit weights " + describeShape(weights) + " in " +
                    std::to_string(shape->group) + " groups");
  shape->result = {input[0], weights[0]};
  size_t spatial = op.getStrides().size();
  for (size_t i = 0; i < spatial; ++i) {
    int64_t size = graph::windowOutputSize(input[i + 2], weights[i + 2], op.getStrides()[i], op.getPads()[i],
                                           op.getPads()[i + spatial], op.getDilations()[i], false);
    shape->output[3 - spatial + i] = size;
    shape->result.push_back(size);
  }
  return shape;
}

// Rows (channel, kernel position) by columns (output positions [first, first + count)) of one group's input.
template <typename T>
void im2col(const ConvShape &shape, const T *input, int64_t channels, int64_t first, int64_t count, T *columns) {
  int64_t plane = ConvShape::volume(shape.input), width = shape.output[2];
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t z = 0; z < shape.kernel[0]; ++z)
      for (int64_t y = 0; y < shape.kernel[1]; ++y)
        for (int64_t x = 0; x < shape.kernel[2]; ++x) {
          for (int64_t done = 0; done < count;) {
            int64_t at = first + done, ox = at % width, oy = at / width % shape.output[1],
                    oz = at / width / shape.output[1];
            int64_t run = std::min(width - ox, count - done);
            int64_t iz = oz * shape.stride[0] - shape.pad[0] + z * shape.dilation[0];
            int64_t iy = oy * shape.stride[1] - shape.pad[1] + y * shape.dilation[1];
            T *to = columns + done;
            if (iz < 0 || iz >= shape.input[0] || iy < 0 || iy >= shape.input[1]) {
              std::fill_n(to, run, T(0));
            } else {
              const T *row = input + c * plane + (iz * shape.input[1] + iy) * shape.input[2];
              int64_t ix = ox * shape.stride[2] - shape.pad[2] + x * shape.dilation[2];
              for (int64_t i = 0; i < run; ++i, ix += shape.stride[2])
                to[i] = ix < 0 || ix >= shape.input[2] ? T(0) : row[ix];
            }
            done += run;
          }
          columns += count;
        }
}

// Bytes of the column matrix that one product reads.
constexpr int64_t kColumnBytes = 8 << 20;

template <typename T> void convolve(const ConvShape &shape, const T *input, const T *weights, T *output) {
  int64_t channels = shape.channels / shape.group, rows = shape.outChannels / shape.group;
  int64_t depth = channels * ConvShape::volume(shape.kernel), positions = ConvShape::volume(shape.output);
  if (positions == 0 || shape.outChannels == 0)
    return;
  int64_t tile = std::clamp<int64_t>(kColumnBytes / static_cast<int64_t>(sizeof(T)) / std::max<int64_t>(depth, 1), 64,
                                     positions < 64 ? 64 : positions);
  tile = std::min(tile, positions);
  std::vector<T> columns(static_cast<size_t>(tile * depth));
  for (int64_t n = 0; n < shape.batch; ++n)
    for (int64_t g = 0; g < shape.group; ++g) {
      const T *in = input + (n * shape.channels + g * channels) * ConvShape::volume(shape.input);
      T *out = output + (n * shape.outChannels + g * rows) * positions;
      for (int64_t first = 0; first < positions; first += tile) {
        int64_t count = std::min(tile, positions - first);
        im2col(shape, in, channels, first, count, columns.data());
        gemm<T>(rows, count, depth, weights + g * rows * depth, depth, columns.data(), count, out + first, positions);
      }
    }
}

// Adds the products of one kernel position and input row at a time to where they belong.
template <typename T> void convolveTransposed(const ConvShape &shape, const T *input, const T *weights, T *output) {
  int64_t channels = shape.channels / shape.group, rows = shape.outChannels / shape.group;
  int64_t taps = ConvShape::volume(shape.kernel), in = ConvShape::volume(shape.input),
          out = ConvShape::volume(shape.output);
  if (in == 0 || out == 0 || channels == 0)
    return;
  std::vector<T> products(static_cast<size_t>(rows * taps * in));
  for (int64_t n = 0; n < shape.batch; ++n)
    for (int64_t g = 0; g < shape.group; ++g) {
      gemmTransposedLhs<T>(rows * taps, in, channels, weights + g * channels * rows * taps, rows * taps,
                           input + (n * shape.channels + g * channels) * in, in, products.data(), in);
      const T *product = products.data();
      for (int64_t m = 0; m < rows; ++m) {
        T *plane = output + (n * shape.outChannels + g * rows + m) * out;
        for (int64_t z = 0; z < shape.kernel[0]; ++z)
          for (int64_t y = 0; y < shape.kernel[1]; ++y)
            for (int64_t x = 0; x < shape.kernel[2]; ++x)
              for (int64_t iz = 0; iz < shape.input[0]; ++iz)
                for (int64_t iy = 0; iy < shape.input[1]; ++iy, product += shape.input[2]) {
                  int64_t oz = iz * shape.stride[0] - shape.pad[0] + z * shape.dilation[0];
                  int64_t oy = iy * shape.stride[1] - shape.pad[1] + y * shape.dilation[1];
                  if (oz < 0 || oz >= shape.output[0] || oy < 0 || oy >= shape.output[1])
                    continue;
                  T *row = plane + (oz * shape.output[1] + oy) * shape.output[2];
                  int64_t ox = x * shape.dilation[2] - shape.pad[2];
                  for (int64_t ix = 0; ix < shape.input[2]; ++ix, ox += shape.stride[2])
                    if (ox >= 0 && ox < shape.output[2])
                      row[ox] += product[ix];
                }
      }
    }
}

template <typename T> void addBias(const ConvShape &shape, const T *bias, T *output) {
  int64_t plane = ConvShape::volume(shape.output);
  for (int64_t n = 0; n < shape.batch; ++n)
    for (int64_t m = 0; m < shape.outChannels; ++m, output += plane)
      for (int64_t i = 0; i < plane; ++i)
        output[i] += bias[m];
}

// What an operand of a product in bf16 is: rounded, and f32 again.
Tensor roundedToBFloat16(const Tensor &tensor) {
  return mlc::convert(mlc::convert(tensor, DType::BFloat16), DType::Float32);
}

// Runs a floating convolution kernel in float, or in double for float64, in the layout it knows.
template <typename Op, typename Kernel>
Tensors evaluateConvolution(Op op, Operands operands, Result<ConvShape> (*shapeOf)(Op, const Shape &, const Shape &),
                            Kernel kernel) {
  const Tensor &original = *operands[0];
  if (original.shape.size() < 3)
    return badInput("convolution of " + describeShape(original.shape));
  DType dtype = original.dtype, work = dtype == DType::Float64 ? DType::Float64 : DType::Float32;
  if (!isFloating(dtype))
    return unsupported("convolution of " + std::string(dtypeName(dtype)));
  auto shape = shapeOf(op, op.getChannelsLast() ? channelsFirst(original.shape) : original.shape, operands[1]->shape);
  if (!shape)
    return shape.error();
  if (operands.size() > 2 && operands[2]->numElements() != shape->outChannels)
    return badInput("a bias of " + describeShape(operands[2]->shape) + " for " + std::to_string(shape->outChannels) +
                    " channels");
  if (auto fits = checkSize(work, shape->result); !fits)
    return fits.error();
  // Copies only what has another type or layout.
  std::vector<Tensor> held(3);
  auto prepare = [&](size_t i) -> const Tensor & {
    const Tensor *tensor = operands[i];
    if (i == 0 && op.getChannelsLast())
      tensor = &(held[i] = toChannelsFirst(*tensor));
    if (tensor->dtype != work)
      tensor = &(held[i] = mlc::convert(*tensor, work));
    return *tensor;
  };
  const Tensor &input = prepare(0), &weights = prepare(1);
  Tensor out(work, shape->result);
  auto run = [&](auto element) {
    using T = typename decltype(element)::type;
    kernel(*shape, input.data<T>(), weights.data<T>(), out.data<T>());
    if (operands.size() > 2)
      addBias<T>(*shape, prepare(2).template data<T>(), out.data<T>());
  };
  if (work == DType::Float64)
    run(ElementType<double>{});
  else
    run(ElementType<float>{});
  if (dtype != work)
    out = mlc::convert(out, dtype);
  if (op.getChannelsLast())
    out = toChannelsLast(out);
  return one(std::move(out));
}

Result<ConvShape> transposedShape(graph::ConvTransposeOp op, const Shape &input, const Shape &weights) {
  auto shape = baseShape(op, input, weights);
  if (!shape)
    return shape;
  size_t spatial = op.getStrides().size();
  if (weights[0] != input[1] || op.getOutputPadding().size() != spatial)
    return badInput("the input " + describeShape(input) + " does not fit weights " + describeShape(weights));
  shape->outChannels = weights[1] * shape->group;
  shape->result = {input[0], shape->outChannels};
  for (size_t i = 0; i < spatial; ++i) {
    int64_t size = (input[i + 2] - 1) * op.getStrides()[i] + (weights[i + 2] - 1) * op.getDilations()[i] + 1 +
                   op.getOutputPadding()[i] - op.getPads()[i] - op.getPads()[i + spatial];
    if (size < 0)
      return badInput("the padding is larger than the result of " + describeShape(input));
    shape->output[3 - spatial + i] = size;
    shape->result.push_back(size);
  }
  return shape;
}

} // namespace

// ---- the ops -----------------------------------------------------------------------------------------

Tensors evaluateNode(graph::MatmulOp op, Operands operands) {
  Tensor roundedLhs, roundedRhs;
  if (op.getBf16()) {
    roundedLhs = roundedToBFloat16(*operands[0]);
    roundedRhs = roundedToBFloat16(*operands[1]);
  }
  const Tensor &lhs = op.getBf16() ? roundedLhs : *operands[0], &rhs = op.getBf16() ? roundedRhs : *operands[1];
  auto shape = MatmulShape::of(lhs.shape, rhs.shape);
  if (!shape)
    return shape.error();
  if (lhs.dtype == DType::Bool)
    return unsupported("matmul of bool");
  DType work = lhs.dtype == DType::Float64 ? DType::Float64 : isFloating(lhs.dtype) ? DType::Float32 : DType::UInt64;
  if (auto fits = checkSize(work, shape->result); !fits)
    return fits.error();
  Tensor out(work, shape->result);
  Tensor heldLhs, heldRhs;
  const Tensor &a = lhs.dtype == work ? lhs : (heldLhs = mlc::convert(lhs, work));
  const Tensor &b = rhs.dtype == work ? rhs : (heldRhs = mlc::convert(rhs, work));
  if (work == DType::Float64)
    multiply(*shape, a.data<double>(), b.data<double>(), out.data<double>());
  else if (work == DType::Float32)
    multiply(*shape, a.data<float>(), b.data<float>(), out.data<float>());
  else
    multiply(*shape, a.data<uint64_t>(), b.data<uint64_t>(), out.data<uint64_t>());
  if (lhs.dtype != work)
    out = mlc::convert(out, lhs.dtype);
  return one(std::move(out));
}

Tensors evaluateNode(graph::MatmulIntegerOp op, Operands operands) {
  auto shape = MatmulShape::of(operands[0]->shape, operands[1]->shape);
  if (!shape)
    return shape.error();
  if (auto fits = checkSize(DType::Int32, shape->result); !fits)
    return fits.error();
  auto lhs = lessZeroPoint(*operands[0], *operands[2], shape->m, shape->k);
  auto rhs = lessZeroPoint(*operands[1], *operands[3], shape->n, 1);
  if (!lhs || !rhs)
    return !lhs ? lhs.error() : rhs.error();
  Tensor out(DType::Int32, shape->result);
  multiply(*shape, lhs->data(), rhs->data(), out.data<int32_t>());
  return one(std::move(out));
}

Tensors evaluateNode(graph::ConvOp op, Operands operands) {
  Tensor input, weights;
  std::vector<const Tensor *> rounded = operands;
  if (op.getBf16()) {
    input = roundedToBFloat16(*operands[0]);
    weights = roundedToBFloat16(*operands[1]);
    rounded[0] = &input;
    rounded[1] = &weights;
  }
  return evaluateConvolution(
      op, rounded, convShape<graph::ConvOp>,
      [](const ConvShape &shape, auto *in, auto *weights, auto *out) { convolve(shape, in, weights, out); });
}

Tensors evaluateNode(graph::ConvIntegerOp op, Operands operands) {
  Tensor input = op.getChannelsLast() && operands[0]->shape.size() > 2 ? toChannelsFirst(*operands[0]) : *operands[0];
  if (input.shape.size() < 3)
    return badInput("convolution of " + describeShape(input.shape));
  auto shape = convShape(op, input.shape, operands[1]->shape);
  if (!shape)
    return shape.error();
  if (auto fits = checkSize(DType::Int32, shape->result); !fits)
    return fits.error();
  // Padding stands for the zero point, so it is 0 once that is taken away.
  auto in = lessZeroPoint(input, *operands[2], 1, 1);
  auto weights = lessZeroPoint(*operands[1], *operands[3], shape->outChannels,
                               numElements(ArrayRef(operands[1]->shape).drop_front()));
  if (!in || !weights)
    return !in ? in.error() : weights.error();
  Tensor out(DType::Int32, shape->result);
  convolve<int32_t>(*shape, in->data(), weights->data(), out.data<int32_t>());
  return one(op.getChannelsLast() ? toChannelsLast(out) : std::move(out));
}

Tensors evaluateNode(graph::ConvTransposeOp op, Operands operands) {
  return evaluateConvolution(
      op, operands, transposedShape,
      [](const ConvShape &shape, auto *in, auto *weights, auto *out) { convolveTransposed(shape, in, weights, out); });
}

} // namespace mlc::reference
