// Convolutions, pooling and resampling against naive loops over random shapes.
#include "GraphText.h"

#include <catch2/catch.hpp>

using namespace mlc;
using namespace mlc::test;

namespace {

struct Window {
  int64_t size, kernel, stride, dilation, begin, end;
  int64_t output() const { return (size + begin + end - (kernel - 1) * dilation - 1) / stride + 1; }
};

Window randomWindow(std::mt19937 &generator) {
  auto between = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(generator);
  };
  Window window;
  window.kernel = between(1, 3);
  window.stride = between(1, 3);
  window.dilation = between(1, 2);
  window.begin = between(0, window.kernel - 1);
  window.end = between(0, window.kernel - 1);
  window.size = between(5, 9);
  return window;
}

std::string dims(std::initializer_list<int64_t> values) {
  std::string text = "array<i64: ";
  for (auto it = values.begin(); it != values.end(); ++it)
    text += (it == values.begin() ? "" : ", ") + std::to_string(*it);
  return text + ">";
}

std::string type(const std::vector<int64_t> &shape) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + "f32>";
}

Tensor evaluateFunction(const std::string &op, const std::vector<Tensor> &inputs, const std::vector<int64_t> &result) {
  const char *names[] = {"%a", "%b", "%c"};
  std::string arguments, types;
  for (size_t i = 0; i < inputs.size(); ++i) {
    arguments += (i ? ", " : "") + std::string(names[i]) + ": " + type(inputs[i].shape);
    types += (i ? ", " : "") + type(inputs[i].shape);
  }
  auto results = evaluateText("func.func @main(" + arguments + ") -> " + type(result) + " {\n  %r = " + op + " : (" +
                                  types + ") -> " + type(result) + "\n  return %r : " + type(result) + "\n}",
                              inputs);
  INFO((results ? "" : results.error().message));
  REQUIRE(results);
  return std::move(results->front());
}

} // namespace

TEST_CASE("convolution is the sum over its window", "[reference]") {
  std::mt19937 generator(1);
  for (int round = 0; round < 20; ++round) {
    Window y = randomWindow(generator), x = randomWindow(generator);
    int64_t group = 1 + round % 3, channels = 2 * group, rows = 3 * group, batch = 2;
    Tensor in = randomTensor(generator, {batch, channels, y.size, x.size});
    Tensor weights = randomTensor(generator, {rows, 2, y.kernel, x.kernel}), bias = randomTensor(generator, {rows});
    std::vector<int64_t> shape{batch, rows, y.output(), x.output()};
    Tensor out = evaluateFunction("graph.conv %a, %b, %c {strides = " + dims({y.stride, x.stride}) +
                                      ", pads = " + dims({y.begin, x.begin, y.end, x.end}) + ", dilations = " +
                                      dims({y.dilation, x.dilation}) + ", group = " + std::to_string(group) + " : i64}",
                                  {in, weights, bias}, shape);
    const float *got = out.data<float>();
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t m = 0; m < rows; ++m)
        for (int64_t oy = 0; oy < shape[2]; ++oy)
          for (int64_t ox = 0; ox < shape[3]; ++ox, ++got) {
            double sum = bias.data<float>()[m];
            for (int64_t c = 0; c < 2; ++c)
              for (int64_t ky = 0; ky < y.kernel; ++ky)
                for (int64_t kx = 0; kx < x.kernel; ++kx) {
                  int64_t iy = oy * y.stride - y.begin + ky * y.dilation,
                          ix = ox * x.stride - x.begin + kx * x.dilation;
                  if (iy < 0 || iy >= y.size || ix < 0 || ix >= x.size)
                    continue;
                  int64_t channel = m / 3 * 2 + c;
                  sum += double(in.data<float>()[((n * channels + channel) * y.size + iy) * x.size + ix]) *
                         weights.data<float>()[((m * 2 + c) * y.kernel + ky) * x.kernel + kx];
                }
            REQUIRE(*got == Approx(sum).epsilon(1e-5).margin(1e-5));
          }
  }
}

TEST_CASE("transposed convolution is the adjoint of convolution", "[reference]") {
  std::mt19937 generator(2);
  for (int round = 0; round < 10; ++round) {
    Window x = randomWindow(generator);
    x.size = (x.output() - 1) * x.stride + (x.kernel - 1) * x.dilation + 1 - x.begin - x.end; // no remainder
    if (x.size < 1)
      continue;
    Tensor u = randomTensor(generator, {1, 2, x.size}), v = randomTensor(generator, {1, 3, x.output()});
    Tensor weights = randomTensor(generator, {3, 2, x.kernel});
    std::string attributes = "{strides = " + dims({x.stride}) + ", pads = " + dims({x.begin, x.end}) +
                             ", dilations = " + dims({x.dilation}) + ", group = 1 : i64";
    Tensor forward = evaluateFunction("graph.conv %a, %b " + attributes + "}", {u, weights}, v.shape);
    Tensor backward = evaluateFunction(
        "graph.conv_transpose %a, %b " + attributes + ", output_padding = array<i64: 0>}", {v, weights}, u.shape);
    double left = 0, right = 0;
    for (int64_t i = 0; i < forward.numElements(); ++i)
      left += double(forward.data<float>()[i]) * v.data<float>()[i];
    for (int64_t i = 0; i < backward.numElements(); ++i)
      right += double(backward.data<float>()[i]) * u.data<float>()[i];
    CHECK(left == Approx(right).epsilon(1e-5).margin(1e-5));
  }
}

TEST_CASE("pooling looks at the part of its window that lies on the input", "[reference]") {
  std::mt19937 generator(3);
  for (int round = 0; round < 20; ++round) {
    Window x = randomWindow(generator);
    bool maximum = round % 2, countPadding = round % 4 >= 2;
    Tensor in = randomTensor(generator, {2, x.size, 3}); // channels last
    std::vector<int64_t> shape{2, x.output(), 3};
    Tensor out = evaluateFunction("graph.pool " + std::string(maximum ? "max" : "average") +
                                      " %a {kernel = " + dims({x.kernel}) + ", strides = " + dims({x.stride}) +
                                      ", pads = " + dims({x.begin, x.end}) + ", dilations = " + dims({x.dilation}) +
                                      (countPadding ? ", count_include_pad" : "") + ", channels_last}",
                                  {in}, shape);
    for (int64_t n = 0; n < 2; ++n)
      for (int64_t o = 0; o < shape[1]; ++o)
        for (int64_t c = 0; c < 3; ++c) {
          double sum = 0, largest = -INFINITY;
          int count = 0;
          for (int64_t k = 0; k < x.kernel; ++k) {
            int64_t i = o * x.stride - x.begin + k * x.dilation;
            if (i < 0 || i >= x.size)
              continue;
            double value = in.data<float>()[(n * x.size + i) * 3 + c];
            sum += value;
            largest = std::max(largest, value);
            ++count;
          }
          double expected = maximum ? largest : sum / static_cast<double>(countPadding ? x.kernel : count);
          if (count)
            REQUIRE(out.data<float>()[(n * shape[1] + o) * 3 + c] == Approx(expected).epsilon(1e-6).margin(1e-6));
        }
  }
}

TEST_CASE("ceil_mode adds the window that the input only begins", "[reference]") {
  Tensor in = tensor<float>({1, 1, 5}, {1, 2, 3, 4, 5});
  Tensor out = evaluateFunction(
      "graph.pool average %a {kernel = array<i64: 2>, strides = array<i64: 2>, pads = array<i64: 0, 0>, "
      "dilations = array<i64: 1>, ceil_mode, count_include_pad}",
      {in}, {1, 1, 3});
  CHECK(values<float>(out) == std::vector<float>{1.5f, 3.5f, 5.0f});
}

TEST_CASE("resize by the numbers of the ONNX reference implementation", "[reference]") {
  auto resize = [](const std::string &op, int64_t size) {
    std::string result = "tensor<" + std::to_string(size) + "xf32>";
    return evaluateOne("%x = graph.constant dense<[1.0, 2.0, 4.0, 8.0]> : tensor<4xf32>\n"
                       "%s = graph.constant dense<" +
                           std::to_string(size) + "> : tensor<1xi64>\n%r = graph.resize " + op +
                           " : (tensor<4xf32>, tensor<1xi64>) -> " + result,
                       result);
  };
  auto attributes = [](const std::string &coordinates, const std::string &nearest) {
    return " %x, %s {axes = array<i64: 0>, coordinates = #graph<coordinate_mode " + coordinates +
           ">, nearest = #graph<nearest_mode " + nearest + ">}";
  };
  CHECK(values<float>(resize("nearest" + attributes("asymmetric", "floor"), 8)) ==
        std::vector<float>{1, 1, 2, 2, 4, 4, 8, 8});
  CHECK(values<float>(resize("nearest" + attributes("half_pixel", "round_prefer_floor"), 2)) ==
        std::vector<float>{1, 4});
  CHECK(values<float>(resize("nearest" + attributes("half_pixel", "round_prefer_ceil"), 2)) ==
        std::vector<float>{2, 8});
  CHECK(values<float>(resize("linear" + attributes("half_pixel", "floor"), 8)) ==
        std::vector<float>{1, 1.25f, 1.75f, 2.5f, 3.5f, 5, 7, 8});
  CHECK(values<float>(resize("linear" + attributes("align_corners", "floor"), 7)) ==
        std::vector<float>{1, 1.5f, 2, 3, 4, 6, 8});
  Tensor cubic = resize("cubic" + attributes("half_pixel", "floor"), 2);
  CHECK(cubic.data<float>()[0] == Approx(1.3125));
  CHECK(cubic.data<float>()[1] == Approx(6.1875));
}
