// Refers to every function of the public headers: one that libmlcompress.so does not export fails to link.
// Usage: package-api VERSION
#include "mlcompress/Compiler.h"
#include "mlcompress/Json.h"

#include <iostream>

using namespace mlc;

namespace {
// One parameter each: an overload is chosen by its parameter.
std::string (*const jsonOfModel)(const ModelInfo &) = toJson;
std::string (*const jsonOfOptimize)(const OptimizeReport &) = toJson;
std::string (*const jsonOfCompile)(const CompileReport &) = toJson;
std::string (*const jsonOfQuantize)(const QuantizeReport &) = toJson;
std::string (*const jsonOfCheck)(const CheckReport &) = toJson;
std::string (*const jsonOfRun)(const RunReport &) = toJson;
std::string (*const jsonOfBench)(const BenchReport &) = toJson;
std::string (*const jsonOfTargets)(const std::vector<TargetInfo> &) = toJson;
std::string (*const jsonOfOperators)(const std::vector<OperatorInfo> &) = toJson;

int failures = 0;
void expect(bool holds, const char *what) {
  if (!holds) {
    std::cerr << "failed: " << what << '\n';
    ++failures;
  }
}

// A model that is not there: each command says so, with an exit code of its own choosing.
template <typename Report, typename Options>
void expectMissing(Result<Report> (*command)(const Options &), Options options) {
  Result<Report> report = command(options);
  expect(!report, "a missing model is an error");
  if (!report)
    expect(report.error().code == ExitCode::BadInput && !report.error().message.empty(),
           report.error().message.c_str());
}
} // namespace

int main(int argc, char **argv) {
  expect(argc == 2 && std::string(version()) == argv[1], "version() is the project's");
  expect(byteSize(DType::Float16) == 2 && dtypeName(DType::Float16) == "float16", "types");
  expect(describeType(DType::Float32, {2, -1}) == "float32[2,?]", "describeType");
  Tensor tensor(DType::Int32, {2, 3});
  expect(tensor.numElements() == 6 && Tensor(tensor).data<int32_t>()[5] == 0, "Tensor");
  expect(!defaultOutputDirectory("a/b.onnx", "host", "int8").empty(), "defaultOutputDirectory");

  const std::string missing = "no such file.onnx";
  Result<ModelInfo> info = inspect(missing);
  expect(!info && info.error().code == ExitCode::BadInput, "inspect of a missing model");
  DataSource random{.path = "", .seed = 1};
  expectMissing(optimize, OptimizeOptions{.model = missing, .out = "package-api-out"});
  expectMissing(compile, CompileOptions{.model = missing, .out = "package-api-out"});
  expectMissing(quantize, QuantizeOptions{.model = missing, .out = "package-api-out.onnx"});
  expectMissing(check, CheckOptions{.model = missing, .library = missing, .data = random});
  expectMissing(run, RunOptions{.model = missing, .inputs = random, .outputs = "package-api-out.npz"});
  expectMissing(bench, BenchOptions{.model = missing, .inputs = random});

  for (const std::string &text :
       {jsonOfModel({}), jsonOfOptimize({}), jsonOfCompile({}), jsonOfQuantize({}), jsonOfCheck({}), jsonOfRun({}),
        jsonOfBench({}), jsonOfTargets(listTargets()), jsonOfOperators(listOperators())})
    expect(!text.empty() && (text.front() == '{' || text.front() == '['), "toJson");
  return failures ? 1 : 0;
}
