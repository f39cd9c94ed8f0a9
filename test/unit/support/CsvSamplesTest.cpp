#include "Support/CsvSamples.h"
#include "TemporaryFolder.h"
#include "TestTensors.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace mlc;
using Catch::Contains;

namespace {
const TensorDescription table{"x", DType::Float32, {-1, 3}, {"batch", ""}};

CsvSamples opened(const TemporaryFolder &folder, const std::string &text,
                  const std::vector<TensorDescription> &inputs) {
  Result<CsvSamples> samples = CsvSamples::open(folder.write("a.csv", text), inputs);
  INFO((samples ? "" : samples.error().message));
  REQUIRE(samples);
  return std::move(*samples);
}

/// The message of opening the table, or of its first sample.
std::string failure(const std::string &text, const std::vector<TensorDescription> &inputs) {
  TemporaryFolder folder;
  Result<CsvSamples> samples = CsvSamples::open(folder.write("a.csv", text), inputs);
  Result<CsvSamples::Tensors> first = samples ? samples->sample(0) : Result<CsvSamples::Tensors>(samples.error());
  REQUIRE_FALSE(first);
  CHECK(first.error().code == ExitCode::BadInput);
  return first.error().message;
}
} // namespace

TEST_CASE("all columns of a table but the label are the features of a single input") {
  TemporaryFolder folder;
  CsvSamples samples = opened(folder, "x,label,b,c\n1,7,2.5e1,-3\n4,8, ,+5\nnan,9,Inf,0\n", {table});
  REQUIRE(samples.size() == 3);
  Result<CsvSamples::Tensors> first = samples.sample(0);
  REQUIRE(first);
  REQUIRE(first->inputs.size() == 1);
  CHECK(first->inputs[0].name == "x");
  CHECK(sameTensor(first->inputs[0].tensor, makeTensor<float>(DType::Float32, {1, 3}, {1, 25, -3})));
  REQUIRE(first->labels.size() == 1);
  CHECK(first->labels[0].name == "label");
  CHECK(sameTensor(first->labels[0].tensor, makeTensor<int64_t>(DType::Int64, {1}, {7})));
  const Tensor second = samples.sample(1)->inputs[0].tensor, third = samples.sample(2)->inputs[0].tensor;
  CHECK(std::isnan(second.data<float>()[1]));
  CHECK(second.data<float>()[2] == 5);
  CHECK(std::isnan(third.data<float>()[0]));
  CHECK(std::isinf(third.data<float>()[1]));
}

TEST_CASE("columns of the inputs' names, of any type") {
  std::vector<TensorDescription> inputs{
      {"age", DType::Int64, {-1, 1}, {}}, {"rich", DType::Bool, {-1}, {}}, {"height", DType::Float64, {-1, 1}, {}}};
  TemporaryFolder folder;
  CsvSamples samples = opened(folder, "id,height,target,age,rich\nx,1.5,0.25,3.0,true\ny,,2,-4,0\n", inputs);
  Result<CsvSamples::Tensors> first = samples.sample(0);
  REQUIRE(first);
  REQUIRE(first->inputs.size() == 3);
  CHECK(sameTensor(first->inputs[0].tensor, makeTensor<int64_t>(DType::Int64, {1, 1}, {3})));
  CHECK(sameTensor(first->inputs[1].tensor, makeTensor<uint8_t>(DType::Bool, {1}, {1})));
  CHECK(sameTensor(first->inputs[2].tensor, makeTensor<double>(DType::Float64, {1, 1}, {1.5})));
  // One label with a fraction makes all floating.
  REQUIRE(first->labels.size() == 1);
  CHECK(first->labels[0].name == "target");
  CHECK(sameTensor(samples.sample(1)->labels[0].tensor, makeTensor<double>(DType::Float64, {1}, {2})));
  CHECK(sameTensor(opened(folder, "z,x\n5,6\n", {{"x", DType::Float32, {1, 1}, {}}}).sample(0)->inputs[0].tensor,
                   makeTensor<float>(DType::Float32, {1, 1}, {6})));
}

TEST_CASE("a model with a fixed batch takes rows together") {
  TemporaryFolder folder;
  std::vector<TensorDescription> inputs{{"x", DType::Float32, {2, -1}, {}}};
  CsvSamples samples = opened(folder, "a,b,label\n1,2,0\n3,4,1\n5,6,2\n7,8,3\n9,10,4\n", inputs);
  REQUIRE(samples.size() == 2);
  Result<CsvSamples::Tensors> second = samples.sample(1);
  REQUIRE(second);
  CHECK(sameTensor(second->inputs[0].tensor, makeTensor<float>(DType::Float32, {2, 2}, {5, 6, 7, 8})));
  CHECK(sameTensor(second->labels[0].tensor, makeTensor<int64_t>(DType::Int64, {2}, {2, 3})));
  CHECK_THAT(failure("a,b\n1,2\n", inputs), Contains("has 1 row below its header, but a sample of this model takes 2"));
}

TEST_CASE("tables that do not fit a model are told by line and column") {
  std::vector<TensorDescription> named{{"age", DType::Int32, {-1, 1}, {}}, {"size", DType::Float32, {-1}, {}}};
  CHECK_THAT(failure("a,b,c\n1,2,x y\n", {table}),
             Contains("a.csv', line 2, column 3 ('c'): 'x y' is not a number; where a value is missing"));
  CHECK_THAT(failure("a,b,c\n1,2,1e999\n", {table}), Contains("beyond what a number can be"));
  CHECK_THAT(failure("a,b\n1,2\n", {table}),
             Contains("has 2 feature columns, but the model's input 'x' (float32[?,3]) needs 3"));
  CHECK_THAT(failure("agee,size\n1,2\n", named),
             Contains("no column for the model's input 'age' (int32[?,1]) (did you mean 'agee'?)"));
  CHECK_THAT(failure("age,size\n,2\n", named), Contains("line 2, column 1 ('age'): the field is empty, but int32"));
  CHECK_THAT(failure("age,size\n1.5,2\n", named), Contains("('age'): '1.5' is no value of int32"));
  CHECK_THAT(failure("age,size\n3000000000,2\n", named), Contains("'3000000000' is no value of int32"));
  CHECK_THAT(failure("age,size,label\n1,2,cat\n", named),
             Contains("('label'): 'cat' is not a number") && Contains("classes are written as their index"));
  CHECK_THAT(failure("age,size,label\n1,2,\n", named), Contains("column 3 ('label'): the label is missing"));
  CHECK_THAT(failure(",a,b,c\n0,1,2,3\n", {table}), Contains("column 1 has no name") && Contains("index=False"));
  CHECK_THAT(failure("a,a,b\n1,2,3\n", {table}), Contains("two columns are named 'a'"));
  CHECK_THAT(failure("a;b;c\n1;2;3\n", {table}), Contains("fields are separated by commas"));
  CHECK_THAT(failure("a\n1\n", {{"x", DType::Float32, {1, 3, 8, 8}, {}}}), Contains("cannot come from a table"));
  CHECK_THAT(failure("a,b\n1,2\n", {{"a", DType::Float32, {1}, {}}, {"b", DType::Float32, {2}, {}}}),
             Contains("take 1 and 2 rows at once"));
  CHECK_THAT(failure("a,b,c\n", {table}), Contains("has 0 rows"));
}
