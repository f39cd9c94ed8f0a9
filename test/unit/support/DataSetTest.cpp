#include "Support/DataSet.h"
#include "Support/Npy.h"
#include "Support/Npz.h"
#include "Support/TensorProtoFile.h"
#include "TemporaryFolder.h"
#include "TestImages.h"
#include "TestTensors.h"

using namespace mlc;
using Catch::Contains;

namespace {
const std::vector<TensorDescription> inputs{{"ids", DType::Int64, {-1, 2}, {"batch", ""}},
                                            {"scale/x:0", DType::Float32, {-1}, {"batch"}}};
const std::vector<TensorDescription> outputs{{"y", DType::Float32, {-1}, {"batch"}}};

Tensor ids(int64_t first) { return makeTensor<int64_t>(DType::Int64, {1, 2}, {first, 2}); }
Tensor scale() { return makeTensor<float>(DType::Float32, {1}, {0.5f}); }

std::string failure(const std::string &path) {
  Result<DataSet> set = DataSet::open({path, {}, 0}, inputs, outputs);
  REQUIRE_FALSE(set);
  CHECK(set.error().code == ExitCode::BadInput);
  return set.error().message;
}

void checkSample(const Sample &sample, int64_t first, bool expected) {
  REQUIRE(sample.inputs.size() == 2);
  CHECK(sample.inputs[0].name == "ids");
  CHECK(sameTensor(sample.inputs[0].tensor, ids(first)));
  CHECK(sample.inputs[1].name == "scale/x:0");
  CHECK(sameTensor(sample.inputs[1].tensor, scale()));
  CHECK(sample.expected.size() == size_t(expected));
}
} // namespace

TEST_CASE("a .npz is a sample, a folder of them is a set") {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "d");
  for (int64_t i : {0, 1, 2})
    REQUIRE(writeNpz(folder / ("d/s" + std::to_string(i) + ".npz"),
                     {{"scale/x:0", scale()}, {"label", scale()}, {"y", scale()}, {"ids", ids(i)}}));
  Result<DataSet> one = DataSet::open({folder / "d/s1.npz", {}, 0}, inputs, outputs);
  REQUIRE(one);
  CHECK(one->size() == 1);
  checkSample(*one->sample(0), 1, true);
  REQUIRE(one->sample(0)->labels.size() == 1); // what is neither input nor output
  CHECK(one->sample(0)->labels[0].name == "label");
  CHECK(sameTensor(one->sample(0)->labels[0].tensor, scale()));
  Result<DataSet> all = DataSet::open({folder / "d", {}, 2}, inputs);
  REQUIRE(all);
  CHECK(all->size() == 2);
  CHECK(all->sample(1)->name == "s1");
  checkSample(*all->sample(1), 1, false);
}

TEST_CASE("a folder of .npy is a sample") {
  TemporaryFolder folder;
  REQUIRE(writeNpy(folder / "ids.npy", ids(4)));
  REQUIRE(writeNpy(folder / "scale_x_0.npy", scale()));
  REQUIRE(writeNpy(folder / "truth.npy", ids(9)));
  Result<DataSet> set = DataSet::open({folder.path.string(), {}, 0}, inputs);
  REQUIRE(set);
  CHECK(set->format() == DataSet::Format::NpyFolder);
  checkSample(*set->sample(0), 4, false);
  REQUIRE(set->sample(0)->labels.size() == 1); // what is neither input nor output
  CHECK(set->sample(0)->labels[0].name == "truth");
  // One array serves a model with one input.
  CHECK(DataSet::open({folder / "ids.npy", {}, 0}, {inputs[0]}));
  CHECK_THAT(failure(folder / "ids.npy"), Contains("the model has 2 inputs"));
}

TEST_CASE("ONNX test data, by position and by name") {
  TemporaryFolder folder;
  for (std::string set : {"test_data_set_10", "test_data_set_2"}) {
    std::filesystem::create_directory(folder / set);
    bool named = set == "test_data_set_2";
    int64_t first = named ? 2 : 10;
    REQUIRE(writeTensorProto(folder / (set + "/input_0.pb"),
                             named ? NamedTensor{"scale/x:0", scale()} : NamedTensor{"", ids(first)}));
    REQUIRE(writeTensorProto(folder / (set + "/input_1.pb"),
                             named ? NamedTensor{"ids", ids(first)} : NamedTensor{"", scale()}));
    REQUIRE(writeTensorProto(folder / (set + "/output_0.pb"), {"", scale()}));
  }
  Result<DataSet> set = DataSet::open({folder.path.string(), {}, 0}, inputs, outputs);
  REQUIRE(set);
  REQUIRE(set->size() == 2);
  CHECK(set->sample(0)->name == "test_data_set_2"); // by number, not by letter
  checkSample(*set->sample(0), 2, true);
  checkSample(*set->sample(1), 10, true);
  CHECK(DataSet::open({folder / "test_data_set_2", {}, 0}, inputs));
  std::filesystem::remove(folder / "test_data_set_2/input_1.pb");
  CHECK_THAT(failure(folder.path.string()), Contains("holds 1 files input_K.pb"));
}

TEST_CASE("random samples") {
  Result<DataSet> set = DataSet::open({"", 5, 3}, inputs, outputs, {{"batch", 4}});
  REQUIRE(set);
  CHECK(set->size() == 3);
  CHECK(set->sample(2)->inputs[1].tensor.shape == std::vector<int64_t>{4});
  Result<DataSet> none = DataSet::open({}, inputs);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ExitCode::Usage);
}

TEST_CASE("data that does not fit is named") {
  TemporaryFolder folder;
  auto npz = [&](std::vector<NamedTensor> tensors) {
    REQUIRE(writeNpz(folder / "a.npz", tensors));
    return failure(folder / "a.npz");
  };
  CHECK_THAT(npz({{"idz", ids(1)}, {"scale/x:0", scale()}}),
             Contains("no data for the model's input 'ids' (int64[?,2])") && Contains("did you mean 'idz'?"));
  CHECK_THAT(npz({}), Contains("it holds nothing"));
  CHECK_THAT(npz({{"ids", makeTensor<int32_t>(DType::Int32, {1, 2}, {1, 2})}, {"scale/x:0", scale()}}),
             Contains("input 'ids' is int32") && Contains(".astype('int64')"));
  CHECK_THAT(npz({{"ids", makeTensor<int64_t>(DType::Int64, {1, 3}, {1, 2, 3})}, {"scale/x:0", scale()}}),
             Contains("input 'ids' is int64[1,3], but the model needs int64[?,2]"));
  CHECK_THAT(npz({{"ids", ids(1)}, {"scale/x:0", makeTensor<float>(DType::Float32, {2}, {1, 2})}}),
             Contains("dimension 'batch' is 1 in input 'ids' but 2 in input 'scale/x:0'"));
  CHECK_THAT(failure(folder / "none"), Contains("there is no data"));
  std::filesystem::create_directory(folder / "empty");
  CHECK_THAT(failure(folder / "empty"), Contains("holds no data"));
  CHECK_THAT(failure(folder.write("data.txt", "1,2")), Contains("not a kind of data"));
  folder.write("mixed/a.npz", "");
  folder.write("mixed/b.npy", "");
  CHECK_THAT(failure(folder / "mixed"), Contains("mixes"));
}

TEST_CASE("a row of a .csv is a sample") {
  TemporaryFolder folder;
  std::string path = folder.write("t.csv", "a,label,b\n1,3,2\n4,5,6\n7,8,9\n");
  Result<DataSet> set = DataSet::open({path, {}, 2}, {{"x", DType::Float32, {-1, 2}, {}}});
  REQUIRE(set);
  CHECK(set->format() == DataSet::Format::Csv);
  REQUIRE(set->size() == 2);
  Result<Sample> sample = set->sample(1);
  REQUIRE(sample);
  CHECK(sample->name == "t_1");
  CHECK(sameTensor(sample->inputs[0].tensor, makeTensor<float>(DType::Float32, {1, 2}, {4, 6})));
  CHECK(sample->expected.empty());
  REQUIRE(sample->labels.size() == 1);
  CHECK(sameTensor(sample->labels[0].tensor, makeTensor<int64_t>(DType::Int64, {1}, {5})));
}

namespace {
/// A gray image of one value.
std::string flat(uint8_t value) {
  Image image(2, 2, 1);
  image.pixels.assign(4, value);
  return pngOf(image);
}
const std::vector<TensorDescription> imageInput{{"x", DType::UInt8, {-1, 1, 2, 2}, {}}};

std::vector<std::string> describe(const std::string &path, int64_t samples, std::vector<TensorDescription> model) {
  Result<DataSet> set = DataSet::open({path, {}, samples}, std::move(model));
  INFO((set ? "" : set.error().message));
  REQUIRE(set);
  CHECK(set->format() == DataSet::Format::Images);
  std::vector<std::string> texts;
  for (size_t i = 0; i < set->size(); ++i) {
    Result<Sample> sample = set->sample(i);
    REQUIRE(sample);
    std::string text = sample->name + ":";
    const Tensor &input = sample->inputs[0].tensor;
    for (int64_t n = 0; n < input.shape[0]; ++n)
      text += " " + std::to_string(input.data<uint8_t>()[4 * n]);
    for (const NamedTensor &label : sample->labels)
      for (int64_t n = 0; n < label.tensor.shape[0]; ++n)
        text += " " + label.name + " " + std::to_string(label.tensor.data<int64_t>()[n]);
    texts.push_back(text);
  }
  return texts;
}
using Texts = std::vector<std::string>;
} // namespace

TEST_CASE("a folder of images is a set") {
  TemporaryFolder folder;
  folder.write("b.PNG", flat(2));
  folder.write("a.jpg", flat(1));
  folder.write("a.png", flat(3));
  folder.write(".hidden.png", flat(4));
  folder.write("notes.txt", "not an image");
  std::string path = folder.path.string();
  CHECK(describe(path, 0, imageInput) == Texts{"a: 1", "a.png: 3", "b: 2"});
  folder.write("preprocess.json", R"({"scale": 10})");
  CHECK(describe(path, 0, imageInput) == Texts{"a: 10", "a.png: 30", "b: 20"});
  Result<DataSet> other = DataSet::open({path, {}, 0, folder.write("other.json", R"({"scale": 20})")}, imageInput);
  REQUIRE(other);
  CHECK(other->sample(0)->inputs[0].tensor.data<uint8_t>()[0] == 20);
}

TEST_CASE("sub-folders of images are classes") {
  TemporaryFolder folder;
  for (std::string name : {"cat/1.png", "cat/2.png", "cat/more/3.png", "ant/1.png", "ant/2.png", "ant/3.png"})
    folder.write(name, flat(uint8_t(name[0])));
  // A link to a folder above gives nothing twice.
  std::filesystem::create_directory_symlink(folder.path, folder / "cat/above");
  std::string path = folder.path.string();
  CHECK(describe(path, 0, imageInput) == Texts{"ant_1: 97 label 0", "ant_2: 97 label 0", "ant_3: 97 label 0",
                                               "cat_1: 99 label 1", "cat_2: 99 label 1", "cat_more_3: 99 label 1"});
  // Few samples are taken from all classes.
  CHECK(describe(path, 2, imageInput) == Texts{"ant_1: 97 label 0", "cat_1: 99 label 1"});
  // A model with a fixed batch takes images together.
  CHECK(describe(path, 0, {{"x", DType::UInt8, {4, 1, 2, 2}, {}}}) ==
        Texts{"ant_1: 97 97 97 99 label 0 label 0 label 0 label 1"});
  folder.write("preprocess.json", R"({"classes": ["cat", "dog", "ant"]})");
  CHECK(describe(path, 2, imageInput) == Texts{"ant_1: 97 label 2", "cat_1: 99 label 0"});
}

TEST_CASE("folders of images that do not serve are named") {
  TemporaryFolder folder;
  auto failure = [&](const std::string &place, const std::string &preprocess = "") {
    Result<DataSet> set = DataSet::open({folder / place, {}, 0, preprocess}, imageInput);
    REQUIRE_FALSE(set);
    return set.error().message;
  };
  folder.write("broken/a.png", flat(1).substr(0, 50));
  CHECK_THAT(failure("broken"), Contains("broken/a.png' is a damaged PNG file"));
  folder.write("bmp/a.bmp", "BM");
  CHECK_THAT(failure("bmp"), Contains("a.bmp' is of a kind that is not read; convert it to PNG or JPEG"));
  folder.write("both/a.png", flat(1));
  folder.write("both/c/a.png", flat(1));
  CHECK_THAT(failure("both"), Contains("both directly and in the sub-folder 'c'"));
  folder.write("empty/c/a.png", flat(1));
  std::filesystem::create_directory(folder / "empty/d");
  CHECK_THAT(failure("empty"), Contains("empty/d' holds no image, but counts as a class"));
  folder.write("classes/cta/a.png", flat(1));
  folder.write("classes/preprocess.json", R"({"classes": ["cat"]})");
  CHECK_THAT(failure("classes"), Contains("is none of the \"classes\"") && Contains("did you mean 'cat'?"));
  folder.write("alone/preprocess.json", "{}");
  CHECK_THAT(failure("alone"), Contains("holds no image"));
  REQUIRE(writeNpy(folder / "alone/x.npy", scale()));
  CHECK_THAT(failure("alone"), Contains("mixes kinds of data"));
  folder.write("t.csv", "x\n1\n");
  Result<DataSet> csv = DataSet::open({folder / "t.csv", {}, 0, "p.json"}, {{"x", DType::Float32, {1, 1}, {}}});
  REQUIRE_FALSE(csv);
  CHECK(csv.error().code == ExitCode::Usage);
}

TEST_CASE("float32 serves a bfloat16 input") {
  TemporaryFolder folder;
  REQUIRE(writeNpz(folder / "a.npz", {{"x", makeTensor<float>(DType::Float32, {1}, {1.0f + 0x1p-9f})}}));
  Result<DataSet> set = DataSet::open({folder / "a.npz", {}, 0}, {{"x", DType::BFloat16, {1}, {}}});
  REQUIRE(set);
  CHECK(sameTensor(set->sample(0)->inputs[0].tensor, makeTensor<uint16_t>(DType::BFloat16, {1}, {0x3f80})));
}
