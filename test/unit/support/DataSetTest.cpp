#include "Support/DataSet.h"
#include "Support/Npy.h"
#include "Support/Npz.h"
#include "Support/TensorProtoFile.h"
#include "TemporaryFolder.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>

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
  CHECK_THAT(failure(folder.write("data.csv", "1,2")), Contains("not a kind of data"));
  folder.write("mixed/a.npz", "");
  folder.write("mixed/b.npy", "");
  CHECK_THAT(failure(folder / "mixed"), Contains("mixes"));
}

TEST_CASE("float32 serves a bfloat16 input") {
  TemporaryFolder folder;
  REQUIRE(writeNpz(folder / "a.npz", {{"x", makeTensor<float>(DType::Float32, {1}, {1.0f + 0x1p-9f})}}));
  Result<DataSet> set = DataSet::open({folder / "a.npz", {}, 0}, {{"x", DType::BFloat16, {1}, {}}});
  REQUIRE(set);
  CHECK(sameTensor(set->sample(0)->inputs[0].tensor, makeTensor<uint16_t>(DType::BFloat16, {1}, {0x3f80})));
}
