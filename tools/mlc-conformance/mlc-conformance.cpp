// mlc-conformance LISTFILE [--seconds N] [--parallel N] [--target NAME --runner COMMAND] [--evaluator yes]
//
// Compiles models for this machine, or for another CPU that COMMAND emulates, and runs them on data; with --evaluator
// the reference evaluator runs them instead. Each line of LISTFILE is
//     model.onnx<TAB>data folder[<TAB>data folder…]
// The inputs are data folder/input_K.pb in the order of the model's inputs; the outputs are written beside them as
// output_K.pb. For each line one line is printed, in the same order:
//     OK|UNSUPPORTED|ERROR|CRASH|TIMEOUT message
// Every model has a process of its own, so that none takes others along.
#include "Pipeline/Pipeline.h"
#include "Reference/Evaluate.h"
#include "Runtime/LoadedModel.h"
#include "Runtime/Runner.h"
#include "Support/TemporaryFile.h"
#include "Support/TensorProtoFile.h"
#include "mlcompress/Compiler.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <list>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlc;

namespace {

struct Arguments {
  std::string list;
  std::string target = "host", runner;
  bool evaluator = false;
  double seconds = 50;
  size_t parallel = 2;
};

struct Job {
  std::string model;
  std::vector<std::string> folders;
};

// One line of text, however the message is laid out.
std::string oneLine(std::string text) {
  for (char &c : text)
    if (c == '\n' || c == '\r')
      c = ' ';
  return text;
}

std::string describe(const Error &error) {
  return (error.code == ExitCode::Unsupported ? "UNSUPPORTED " : "ERROR ") + oneLine(error.message);
}

// ---- one model, in its own process -------------------------------------------------------------

Result<std::vector<Tensor>> readInputs(const std::string &folder, size_t count) {
  std::vector<Tensor> inputs;
  for (size_t k = 0; k < count; ++k) {
    auto tensor = readTensorProto(folder + "/input_" + std::to_string(k) + ".pb");
    if (!tensor)
      return tensor.error();
    inputs.push_back(std::move(tensor->tensor));
  }
  return inputs;
}

Result<void> writeOutputs(const std::string &folder, const std::vector<NamedTensor> &outputs) {
  for (size_t k = 0; k < outputs.size(); ++k)
    if (auto written = writeTensorProto(folder + "/output_" + std::to_string(k) + ".pb", outputs[k]); !written)
      return written.error();
  return {};
}

std::vector<NamedTensor> named(const std::vector<std::string> &names, std::vector<Tensor> tensors) {
  std::vector<NamedTensor> result;
  for (size_t i = 0; i < tensors.size(); ++i)
    result.push_back({names[i], std::move(tensors[i])});
  return result;
}

Result<std::vector<NamedTensor>> evaluated(mlir::ModuleOp graph, const std::vector<NamedTensor> &inputs) {
  std::vector<Tensor> tensors;
  for (const NamedTensor &input : inputs)
    tensors.push_back(input.tensor);
  auto main = graph.lookupSymbol<mlir::func::FuncOp>("main");
  auto outputs = evaluate(main, tensors);
  if (!outputs)
    return outputs.error();
  std::vector<std::string> names;
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    names.push_back(main.getResultAttrOfType<mlir::StringAttr>(i, graph::kNameAttr).getValue().str());
  return named(names, std::move(*outputs));
}

// Runs a library here.
Result<std::vector<NamedTensor>> runHere(const std::string &library, const std::vector<NamedTensor> &inputs) {
  SessionOptions options;
  options.threads = 2; // kernels are cut into pieces, as in real use
  auto model = LoadedModel::open(library, options);
  if (!model)
    return model.error();
  std::vector<Tensor> tensors;
  for (const NamedTensor &input : inputs)
    tensors.push_back(input.tensor);
  auto outputs = model->run(tensors);
  if (!outputs)
    return outputs.error();
  std::vector<std::string> names;
  for (const auto &output : model->outputs())
    names.push_back(output.name);
  return named(names, std::move(*outputs));
}

Result<void> compileAndRun(const Job &job, const Arguments &arguments, const std::string &library) {
  auto target = findTarget(arguments.target);
  if (!target)
    return target.error();
  Session session;
  session.context().disableMultithreading(); // the processes are the parallelism
  auto graph = importGraph(session, job.model, {});
  if (!graph)
    return graph.error();
  auto main = (**graph).lookupSymbol<mlir::func::FuncOp>("main");
  std::vector<std::string> inputNames;
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    inputNames.push_back(main.getArgAttrOfType<mlir::StringAttr>(i, graph::kNameAttr).getValue().str());
  std::vector<std::vector<NamedTensor>> sets;
  for (const std::string &folder : job.folders) {
    auto inputs = readInputs(folder, inputNames.size());
    if (!inputs)
      return inputs.error();
    sets.push_back(named(inputNames, std::move(*inputs)));
  }
  if (!arguments.evaluator) {
    LibraryOptions options;
    options.modelName = "case";
    options.soname = "libcase.so";
    options.outputPath = library;
    options.toolVersion = version();
    if (auto built = compileGraph(session, std::move(*graph), *target, options); !built)
      return built.error();
  }
  for (size_t i = 0; i < sets.size(); ++i) {
    auto outputs = arguments.evaluator         ? evaluated(**graph, sets[i])
                   : !arguments.runner.empty() ? runThroughRunner(library, arguments.runner, sets[i])
                                               : runHere(library, sets[i]);
    if (!outputs)
      return outputs.error();
    if (auto written = writeOutputs(job.folders[i], *outputs); !written)
      return written;
  }
  return {};
}

// ---- the processes -----------------------------------------------------------------------------

struct Child {
  size_t job;
  pid_t pid;
  int pipe;
  std::chrono::steady_clock::time_point end;
  TemporaryFile library; // of the parent: a child that dies leaves nothing behind
  std::string text;
};

Child start(const Job &job, size_t index, const Arguments &arguments) {
  auto library = TemporaryFile::create("libcase.so");
  if (!library) {
    std::cerr << "mlc-conformance: " << library.error().message << "\n";
    std::exit(static_cast<int>(ExitCode::BadInput));
  }
  int ends[2];
  if (pipe(ends) != 0) {
    std::perror("mlc-conformance: pipe");
    std::exit(static_cast<int>(ExitCode::BadInput));
  }
  std::cout.flush();
  pid_t pid = fork();
  if (pid < 0) {
    std::perror("mlc-conformance: fork");
    std::exit(static_cast<int>(ExitCode::BadInput));
  }
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    auto result = compileAndRun(job, arguments, library->path());
    std::string line = result ? "OK" : describe(result.error());
    ssize_t written = write(ends[1], line.data(), line.size());
    _exit(written == static_cast<ssize_t>(line.size()) ? 0 : 1);
  }
  close(ends[1]);
  auto limit =
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(arguments.seconds));
  return {index, pid, ends[0], std::chrono::steady_clock::now() + limit, std::move(*library), ""};
}

// What the process came to, after it ended.
std::string outcome(const Child &child) {
  int status = 0;
  waitpid(child.pid, &status, 0);
  close(child.pipe);
  if (WIFSIGNALED(status))
    return std::string("CRASH ") + strsignal(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0 || child.text.empty())
    return "CRASH exit code " + std::to_string(WEXITSTATUS(status));
  return child.text;
}

// Waits until one child has ended or run out of time; its line.
std::pair<size_t, std::string> waitForOne(std::list<Child> &children, double seconds) {
  for (;;) {
    std::vector<pollfd> polls;
    auto now = std::chrono::steady_clock::now(), next = children.front().end;
    for (const Child &child : children) {
      polls.push_back({child.pipe, POLLIN, 0});
      next = std::min(next, child.end);
    }
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count() + 1;
    poll(polls.data(), polls.size(), static_cast<int>(std::max<int64_t>(left, 0)));
    now = std::chrono::steady_clock::now();
    auto event = polls.begin();
    for (auto at = children.begin(); at != children.end(); ++at, ++event) {
      Child &child = *at;
      std::string line;
      if (event->revents) {
        char buffer[4096];
        ssize_t count = read(child.pipe, buffer, sizeof buffer);
        if (count > 0) {
          child.text.append(buffer, count);
          continue;
        }
        line = outcome(child);
      } else if (now >= child.end) {
        kill(child.pid, SIGKILL);
        outcome(child);
        line = "TIMEOUT after " + std::to_string(static_cast<int>(seconds)) + " s";
      } else {
        continue;
      }
      size_t job = child.job;
      children.erase(at);
      return {job, line};
    }
  }
}

Result<std::vector<Job>> readJobs(const std::string &path) {
  std::ifstream file(path);
  if (!file)
    return badInput("'" + path + "': cannot be read");
  std::vector<Job> jobs;
  std::string line;
  while (std::getline(file, line)) {
    Job job;
    for (size_t at = 0; at <= line.size();) {
      size_t end = std::min(line.find('\t', at), line.size());
      std::string part = line.substr(at, end - at);
      if (at == 0)
        job.model = part;
      else
        job.folders.push_back(part);
      at = end + 1;
    }
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Result<Arguments> parse(int count, char **values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    std::string name = values[i];
    if (name.rfind("--", 0) != 0) {
      arguments.list = name;
      continue;
    }
    if (i + 1 == count)
      return usageError(name + " takes a value");
    std::string value = values[++i];
    if (name == "--seconds")
      arguments.seconds = std::strtod(value.c_str(), nullptr);
    else if (name == "--parallel")
      arguments.parallel = std::strtoul(value.c_str(), nullptr, 10);
    else if (name == "--target")
      arguments.target = value;
    else if (name == "--runner")
      arguments.runner = value;
    else if (name == "--evaluator")
      arguments.evaluator = value == "yes";
    else
      return usageError("unknown option " + name);
  }
  if (arguments.list.empty() || arguments.seconds <= 0 || arguments.parallel == 0)
    return usageError("usage: mlc-conformance LISTFILE [--seconds N] [--parallel N] [--target NAME --runner COMMAND] "
                      "[--evaluator yes]");
  return arguments;
}

} // namespace

int main(int count, char **values) {
  auto arguments = parse(count, values);
  if (!arguments) {
    std::cerr << "mlc-conformance: " << arguments.error().message << "\n";
    return static_cast<int>(arguments.error().code);
  }
  auto jobs = readJobs(arguments->list);
  if (!jobs) {
    std::cerr << "mlc-conformance: " << jobs.error().message << "\n";
    return static_cast<int>(jobs.error().code);
  }
  std::vector<std::string> lines(jobs->size());
  std::list<Child> children;
  size_t started = 0, printed = 0;
  while (printed < jobs->size()) {
    while (started < jobs->size() && children.size() < arguments->parallel) {
      children.push_back(start((*jobs)[started], started, *arguments));
      ++started;
    }
    auto [job, line] = waitForOne(children, arguments->seconds);
    lines[job] = line;
    for (; printed < started && !lines[printed].empty(); ++printed)
      std::cout << lines[printed] << std::endl;
  }
  return 0;
}
