// op-tests FILE.mlir… [--target NAME] [--runner COMMAND] [--only TEXT] [--every N] [--all-ops]
//
// Compiles the functions of the files (see OpTest.h) for a target, all in this process, runs each on its inputs and
// compares with what is right: the outputs that the file gives, which the evaluator must give as well, or else the
// evaluator's. --every N takes a fixed sample of about one of N. --all-ops: an op of the dialect that no function
// holds is an error. Exit codes: 0 all agree, 1 not, 2 usage or unreadable file, 77 this CPU lacks what the target
// needs.
#include "OpTest.h"

#include "Graph/Graph.h"
#include "Pipeline/Pipeline.h"
#include "Reference/Evaluate.h"
#include "Runtime/LoadedModel.h"
#include "Runtime/Runner.h"
#include "Support/TemporaryFile.h"

#include "mlir/Parser/Parser.h"

#include <atomic>
#include <fmt/format.h>
#include <iostream>
#include <mutex>
#include <thread>

using namespace mlc;
using namespace mlc::test;

namespace {

struct Arguments {
  std::vector<std::string> files;
  std::string target = "host", runner, only;
  uint64_t every = 1;
  bool allOps = false;
};

Result<Arguments> parse(int count, char **values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    std::string name = values[i];
    if (name.rfind("--", 0) != 0) {
      arguments.files.push_back(name);
      continue;
    }
    if (name == "--all-ops") {
      arguments.allOps = true;
      continue;
    }
    if (i + 1 == count)
      return usageError(name + " takes a value");
    std::string value = values[++i];
    if (name == "--target")
      arguments.target = value;
    else if (name == "--runner")
      arguments.runner = value;
    else if (name == "--only")
      arguments.only = value;
    else if (name == "--every")
      arguments.every = std::strtoul(value.c_str(), nullptr, 10);
    else
      return usageError("unknown option " + name);
  }
  if (arguments.files.empty() || arguments.every == 0)
    return usageError(
        "usage: op-tests FILE.mlir… [--target NAME] [--runner COMMAND] [--only TEXT] [--every N] [--all-ops]");
  return arguments;
}

/// A library, here or in an emulator.
class Library {
public:
  static Result<Library> open(const std::string &path, const std::string &runner) {
    Library library;
    library.path_ = path;
    library.runner_ = runner;
    if (!runner.empty())
      return library;
    SessionOptions options;
    options.threads = 2; // kernels are cut into pieces, as in real use
    auto opened = LoadedModel::open(path, options);
    if (!opened)
      return opened.error();
    library.model_.emplace(std::move(*opened));
    return library;
  }

  Result<std::vector<Tensor>> run(const std::vector<Tensor> &inputs) {
    if (model_)
      return model_->run(inputs);
    std::vector<NamedTensor> named;
    for (const Tensor &input : inputs)
      named.push_back({fmt::format("x{}", named.size()), input});
    auto results = runThroughRunner(path_, runner_, named);
    if (!results)
      return results.error();
    std::vector<Tensor> tensors;
    for (NamedTensor &result : *results)
      tensors.push_back(std::move(result.tensor));
    return tensors;
  }

private:
  std::string path_, runner_;
  std::optional<LoadedModel> model_;
};

std::string compareAll(const char *whose, const std::vector<Tensor> &expected, const std::vector<Tensor> &actual,
                       double tolerance) {
  if (expected.size() != actual.size())
    return fmt::format("{}: {} outputs where {} are right", whose, actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    if (std::string text = difference(expected[i], actual[i], tolerance); !text.empty())
      return fmt::format("{}, output {}: {}", whose, i, text);
  return "";
}

std::string checkRun(const OpTest &test, const OpRun &run, mlir::ModuleOp module, Library &library) {
  auto evaluated = evaluate(module.lookupSymbol<mlir::func::FuncOp>("main"), run.inputs);
  auto actual = library.run(run.inputs);
  if (!run.error.empty()) {
    if (evaluated)
      return "the evaluator gives a result where an error is right";
    if (actual)
      return "the library gives a result where an error is right";
    if (actual.error().message.find(run.error) == std::string::npos)
      return "the error is '" + actual.error().message + "'";
    return "";
  }
  if (!evaluated)
    return "the evaluator fails: " + evaluated.error().message;
  if (!actual)
    return "the library fails: " + actual.error().message;
  if (!run.outputs)
    return compareAll("library", *evaluated, *actual, test.tolerance);
  std::string text = compareAll("evaluator", *run.outputs, *evaluated, test.tolerance);
  return text.empty() ? compareAll("library", *run.outputs, *actual, test.tolerance) : text;
}

/// "" or what is wrong.
std::string check(const OpTest &test, const Target &target, const std::string &runner) {
  Session session;
  session.context().disableMultithreading(); // the tests are the parallelism
  auto parsed = [&] { return mlir::parseSourceString<mlir::ModuleOp>(test.module, &session.context()); };
  mlir::OwningOpRef<mlir::ModuleOp> module = parsed(), consumed = parsed();
  if (!module || !consumed)
    return session.error(ExitCode::BadInput, "does not parse").message;
  auto file = TemporaryFile::create("libtest.so");
  if (!file)
    return file.error().message;
  LibraryOptions options;
  options.modelName = "test";
  options.soname = "libtest.so";
  options.outputPath = file->path();
  options.toolVersion = "test";
  if (auto built = compileGraph(session, std::move(consumed), target, options); !built)
    return "does not compile: " + built.error().message;
  auto library = Library::open(file->path(), runner);
  if (!library)
    return library.error().message;
  for (size_t i = 0; i < test.runs.size(); ++i)
    if (std::string text = checkRun(test, test.runs[i], *module, *library); !text.empty())
      return fmt::format("run {}: {}", i, text);
  return "";
}

bool inSample(const std::string &name, uint64_t every) {
  uint64_t hash = 0;
  for (unsigned char c : name)
    hash = hash * 131 + c;
  return hash % every == 0;
}

} // namespace

int main(int count, char **values) {
  auto arguments = parse(count, values);
  if (!arguments) {
    std::cerr << "op-tests: " << arguments.error().message << "\n";
    return 2;
  }
  std::vector<OpTest> tests;
  std::set<std::string> covered;
  for (const std::string &file : arguments->files) {
    auto read = readOpTests(file, covered);
    if (!read) {
      std::cerr << "op-tests: " << read.error().message << "\n";
      return 2;
    }
    for (OpTest &test : *read)
      if (test.name.find(arguments->only) != std::string::npos && inSample(test.name, arguments->every))
        tests.push_back(std::move(test));
  }
  auto target = findTarget(arguments->target), host = findTarget("host");
  if (!target || !host) {
    std::cerr << "op-tests: " << (target ? host : target).error().message << "\n";
    return 2;
  }
  bool native = target->arch == host->arch;
  if (native && (target->features & ~host->features)) {
    std::cout << "skipped: this CPU lacks features of " << target->name << "\n";
    return 77;
  }
  if (!native && arguments->runner.empty()) {
    std::cout << "skipped: " << target->name << " needs a --runner here\n";
    return 77;
  }

  std::atomic<size_t> next = 0, failed = 0;
  std::mutex mutex;
  auto work = [&] {
    for (size_t i = next++; i < tests.size(); i = next++) {
      std::string text = check(tests[i], *target, native ? "" : arguments->runner);
      if (text.empty())
        continue;
      std::lock_guard<std::mutex> lock(mutex);
      ++failed;
      std::cout << "FAIL " << tests[i].name << ": " << text << std::endl;
    }
  };
  std::vector<std::thread> threads(std::max(1u, std::thread::hardware_concurrency()));
  for (std::thread &thread : threads)
    thread = std::thread(work);
  for (std::thread &thread : threads)
    thread.join();

  size_t uncovered = 0;
  if (arguments->allOps)
    for (const std::string &op : everyOp())
      if (!covered.count(op)) {
        ++uncovered;
        std::cout << "FAIL no test holds " << op << "\n";
      }
  std::cout << tests.size() - failed << " of " << tests.size() << " op tests pass for " << target->name << std::endl;
  return failed || uncovered ? 1 : 0;
}
