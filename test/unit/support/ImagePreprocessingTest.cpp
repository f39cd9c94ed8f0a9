#include "Support/ImagePreprocessing.h"
#include "TemporaryFolder.h"
#include "TestImages.h"
#include "TestTensors.h"

using namespace mlc;
using Catch::Contains;

namespace {
TensorDescription input(std::vector<int64_t> shape, DType dtype = DType::Float32) {
  return {"image", dtype, std::move(shape), {}};
}

Result<ImagePreprocessing> read(const std::string &json, const TensorDescription &description) {
  TemporaryFolder folder;
  return readImagePreprocessing(folder.write("preprocess.json", json), {description});
}

Tensor tensorOf(const Image &image, const std::string &json, const TensorDescription &description) {
  Result<ImagePreprocessing> how = read(json, description);
  INFO((how ? "" : how.error().message));
  REQUIRE(how);
  Result<Tensor> tensor = preprocess(image, *how, "a.png");
  INFO((tensor ? "" : tensor.error().message));
  REQUIRE(tensor);
  return std::move(*tensor);
}

std::string failure(const std::string &json, const TensorDescription &description) {
  Result<ImagePreprocessing> how = read(json, description);
  REQUIRE_FALSE(how);
  CHECK(how.error().code == ExitCode::BadInput);
  return how.error().message;
}

Image twoPixels() {
  Image image(2, 1, 3);
  image.pixels = {255, 0, 51, 102, 204, 153};
  return image;
}
} // namespace

TEST_CASE("layout, channels and values of images") {
  // Elements are (pixel / 255 - mean) / std.
  CHECK(sameTensor(
      tensorOf(twoPixels(), R"({"scale": "1/255", "mean": [0.5, 0, 0], "std": [0.5, 1, 2]})", input({-1, 3, 1, 2})),
      makeTensor<float>(DType::Float32, {1, 3, 1, 2}, {1.f, -0.2f, 0.f, 0.8f, 0.1f, 0.3f})));
  // The mean is that of the channels as they are fed: blue first.
  CHECK(sameTensor(tensorOf(twoPixels(), R"({"scale": 1, "channels": "BGR", "mean": [1, 2, 3]})", input({1, 3, 1, 2})),
                   makeTensor<float>(DType::Float32, {1, 3, 1, 2}, {50, 152, -2, 202, 252, 99})));
  CHECK(sameTensor(tensorOf(twoPixels(), R"({"scale": 1, "layout": "NHWC"})", input({1, 1, 2, 3})),
                   makeTensor<float>(DType::Float32, {1, 1, 2, 3}, {255, 0, 51, 102, 204, 153})));
  // 8-bit inputs need no scale; gray is luma; integers are rounded and saturate.
  CHECK(sameTensor(tensorOf(twoPixels(), "{}", input({1, 1, 1, 2}, DType::UInt8)),
                   makeTensor<uint8_t>(DType::UInt8, {1, 1, 1, 2}, {82, 168})));
  CHECK(sameTensor(
      tensorOf(twoPixels(), R"({"mean": 127.5, "dtype": "int8", "layout": "NHWC"})", input({1, 1, 2, 3}, DType::Int8)),
      makeTensor<int8_t>(DType::Int8, {1, 1, 2, 3}, {127, -128, -76, -26, 76, 26})));
  Image gray(1, 1, 1);
  gray.pixels = {8};
  CHECK(sameTensor(tensorOf(gray, R"({"scale": 1, "layout": "NCHW"})", input({1, 3, 1, 1})),
                   makeTensor<float>(DType::Float32, {1, 3, 1, 1}, {8, 8, 8})));
}

TEST_CASE("size of images: what is not said follows from the model") {
  Image image = scatteredImage(13, 9);
  auto feed = [&](const std::string &json, std::vector<int64_t> shape) {
    return tensorOf(image, R"({"scale": 1, "layout": "NHWC", )" + json + "}", input(std::move(shape)));
  };
  auto same = [](const Tensor &tensor, const Image &expected) {
    CHECK(tensor.shape == std::vector<int64_t>{1, expected.height, expected.width, 3});
    bool equal = size_t(tensor.numElements()) == expected.pixels.size();
    for (size_t i = 0; equal && i < expected.pixels.size(); ++i)
      equal = tensor.data<float>()[i] == float(expected.pixels[i]);
    CHECK(equal);
  };
  same(feed(R"("antialias": true)", {1, 4, 5, 3}), resized(image, 5, 4, Interpolation::Bilinear));
  same(feed(R"("antialias": false)", {1, 4, 5, 3}), resized(image, 5, 4, Interpolation::Bilinear, false));
  same(feed(R"("interpolation": "bicubic", "resize": {"width": 5, "height": 4})", {1, -1, -1, 3}),
       resized(image, 5, 4, Interpolation::Bicubic));
  same(feed(R"("interpolation": "nearest", "resize": {"width": 6, "height": 6})", {1, 6, 6, 3}),
       resized(image, 6, 6, Interpolation::Nearest));
  same(feed(R"("resize": "none")", {1, -1, -1, 3}), image);
  same(feed(R"("crop": {"width": 4, "height": 3})", {1, -1, -1, 3}), cropped(image, 4, 3, 4, 3));
  // 6 x 13 / 9 = 8.67, rounded down; then the middle, (8 - 5) / 2 to even.
  Image shorter = resized(image, 8, 6, Interpolation::Bilinear);
  same(feed(R"("resize": {"shorter_side": 6})", {1, -1, -1, 3}), shorter);
  same(feed(R"("resize": {"shorter_side": 6})", {1, 5, 5, 3}), cropped(shorter, 2, 0, 5, 5));
  same(feed(R"("resize": {"shorter_side": 6}, "crop": 5)", {1, -1, -1, 3}), cropped(shorter, 2, 0, 5, 5));
}

TEST_CASE("descriptions that are wrong or say too little") {
  TensorDescription open = input({-1, 3, -1, -1}), fixed = input({1, 3, 224, 224});
  CHECK_THAT(failure("{", open), Contains("preprocess.json' is not valid JSON, near its byte"));
  CHECK_THAT(failure("[1]", open), Contains("should hold one JSON object"));
  CHECK_THAT(failure(R"({"scale": 1e999})", open), Contains("a number that is too large"));
  CHECK_THAT(failure(R"({"means": 1})", open), Contains("\"means\" is not known (did you mean 'mean'?)"));
  CHECK_THAT(failure(R"({"input": "x"})", open), Contains("the model's input is 'image'"));
  CHECK_THAT(failure(R"({"dtype": "uint8"})", open), Contains("but the model's input is 'image' (float32[?,3,?,?])"));
  CHECK_THAT(failure(R"({"layout": "CHW"})", open), Contains("one of \"NCHW\", \"NHWC\" (did you mean 'NCHW'?)"));
  CHECK_THAT(failure(R"({"scale": 1})", open), Contains("leaves the size open; write \"resize\""));
  CHECK_THAT(failure(R"({"scale": 1})", input({1, -1, 8, 8})), Contains("where its channels are; write \"layout\""));
  CHECK_THAT(failure(R"({"scale": 1})", input({1, 3, 8, 3})), Contains("where its channels are"));
  CHECK_THAT(failure(R"({"scale": 1, "layout": "NCHW"})", input({1, -1, 8, 8})),
             Contains("how many channels it has; write \"channels\""));
  CHECK_THAT(failure(R"({"layout": "NHWC"})", fixed), Contains("has 224 channels in layout NHWC; images have 1 or 3"));
  CHECK_THAT(failure(R"({"channels": "gray"})", fixed), Contains("which are 1, but") && Contains("has 3"));
  CHECK_THAT(failure("{}", fixed), Contains("cannot be guessed; write \"scale\": \"1/255\""));
  CHECK_THAT(failure(R"({"scale": "1/0"})", fixed), Contains("a fraction such as \"1/255\""));
  CHECK_THAT(failure(R"({"scale": 1, "mean": [1, 2]})", fixed), Contains("should be one number or 3, one for each"));
  CHECK_THAT(failure(R"({"scale": 1, "std": [1, 0, 1]})", fixed), Contains("by which nothing can be divided"));
  // One number could mean both sides or the shorter.
  CHECK_THAT(failure(R"({"scale": 1, "resize": 224})", fixed), Contains("or {\"shorter_side\": 256}"));
  CHECK_THAT(failure(R"({"scale": 1, "crop": 256})", fixed),
             Contains("\"crop\" gives 256 x 256 (width x height), but the model's input is"));
  CHECK_THAT(failure(R"({"scale": 1, "resize": {"width": 200, "height": 200}, "crop": 224})", fixed),
             Contains("is larger than \"resize\""));
  CHECK_THAT(failure(R"({"scale": 1, "resize": {"width": 0, "height": 1}})", open),
             Contains("the width of \"resize\" is 0, but should be a whole number of pixels"));
  CHECK_THAT(failure(R"({"scale": 1, "resize": {"width": 60000, "height": 60000}})", open), Contains("at most 100"));
  CHECK_THAT(failure(R"({"scale": 1, "resize": {"width": 8}})", open), Contains("should be as {\"width\": 224"));
  CHECK_THAT(failure("{}", input({1, 3, 8})), Contains("takes no images"));
  CHECK_THAT(failure("{}", input({1, 3, 8, 8}, DType::Int64)), Contains("takes no images"));

  Result<ImagePreprocessing> none = readImagePreprocessing("", {fixed});
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().message, Contains("preprocess.json in their folder or --preprocess FILE"));
  // No description would help here.
  CHECK(readImagePreprocessing("", {input({1, 4})}).error().message ==
        "the model's input 'image' (float32[1,4]) takes no images: these are [N,C,H,W] or [N,H,W,C]");
  CHECK(readImagePreprocessing("", {input({1, 3, 8, 8}, DType::UInt8)})); // nothing is open
  CHECK_FALSE(readImagePreprocessing("", {fixed, fixed}));
}

TEST_CASE("images that do not fit their description") {
  Result<ImagePreprocessing> how = read(R"({"scale": 1, "crop": 8})", input({1, 3, 8, 8}));
  REQUIRE(how);
  Result<Tensor> small = preprocess(scatteredImage(20, 7), *how, "a.png");
  REQUIRE_FALSE(small);
  CHECK_THAT(small.error().message, Contains("'a.png' is 20 x 7 after resizing, smaller than the crop of 8 x 8"));
  Result<ImagePreprocessing> larger = read(R"({"scale": 1, "resize": {"shorter_side": 60000}})", input({1, 3, -1, -1}));
  REQUIRE(larger);
  CHECK_THAT(preprocess(scatteredImage(9, 1), *larger, "a.png").error().message, Contains("which is the limit"));
  Result<ImagePreprocessing> between =
      read(R"({"scale": 1, "resize": {"width": 60000, "height": 1}})", input({1, 3, -1, -1}));
  REQUIRE(between);
  CHECK_THAT(preprocess(scatteredImage(1, 2000), *between, "a.png").error().message, Contains("which is the limit"));
}
