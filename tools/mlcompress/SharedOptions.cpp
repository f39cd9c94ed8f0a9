#include "SharedOptions.h"

#include "Support/EditDistance.h"
#include "mlcompress/Compiler.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace mlc {

static constexpr double infinity = std::numeric_limits<double>::infinity();

CLI::Validator between(double least, double most) {
  auto check = [least, most](std::string &text) {
    double value = 0;
    if (!CLI::detail::lexical_cast(text, value) || std::isnan(value))
      return fmt::format("'{}' is not a number", text);
    if (value >= least && value <= most)
      return std::string();
    return std::isinf(most) ? fmt::format("'{}' is less than {}", text, least)
                            : fmt::format("'{}' is not between {} and {}", text, least, most);
  };
  return CLI::Validator(check, "");
}

void addOutputOptions(CLI::App &command, Invocation &invocation) {
  command.add_flag("--json", invocation.json, "print the result as JSON instead of tables");
  CLI::Option *verbose = command.add_flag("-v,--verbose", invocation.verbose, "print a line for each phase");
  command.add_flag("-q,--quiet", invocation.quiet, "show no progress")->excludes(verbose);
}

void addDataOptions(CLI::App &command, DataSource &data, const std::string &flag, const std::string &what) {
  CLI::Option *path = command.add_option(flag, data.path, what + ": .npz, folder of .npz or .npy, or ONNX test data")
                          ->type_name("DATA");
  command.add_option("--random", data.seed, "make up inputs from this seed instead")->type_name("SEED")->excludes(path);
  command.add_option("--samples", data.maxSamples, "use at most this many samples")
      ->type_name("N")
      ->check(between(1, infinity));
}

void addDimOption(CLI::App &command, DimSizes &dims) {
  auto parse = [&dims](const std::vector<std::string> &values) {
    for (const std::string &value : values) {
      size_t equals = value.rfind('=');
      int64_t size = 0;
      bool valid = equals != std::string::npos && equals > 0;
      if (valid) {
        const char *begin = value.data() + equals + 1, *end = value.data() + value.size();
        auto [next, error] = std::from_chars(begin, end, size);
        valid = error == std::errc() && next == end && size >= 0;
      }
      if (!valid)
        throw CLI::ValidationError("--dim", fmt::format("'{}' is not NAME=SIZE, as in batch=8", value));
      dims[value.substr(0, equals)] = size;
    }
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--dim", parse,
          "size of a dynamic dimension for made-up inputs; NAME is its name in the model or INPUT.AXIS "
          "(default: 1 for axis 0, 32 for others)")
      ->type_name("NAME=SIZE")
      ->allow_extra_args(false);
}

void addInt8Options(CLI::App &command, Int8Options &options, CLI::Option *needs) {
  const char *group = "Quantization to int8";
  auto add = [&](CLI::Option *option) {
    option->group(group);
    if (needs)
      option->needs(needs);
    return option;
  };
  CLI::Option *calib =
      command
          .add_option("--calib", options.calib.path,
                      "samples to calibrate with; without them activations are quantized at run time, and weights of "
                      "4 bits are rounded to nearest")
          ->type_name("DATA")
          ->group(group);
  add(command.add_option("--calib-method", options.calibrator,
                         "how ranges follow from the samples: min-max, moving-average, percentile (or "
                         "percentile:99.9), entropy, mse"))
      ->type_name("METHOD")
      ->capture_default_str()
      ->needs(calib);
  add(command.add_flag("--equalize", options.equalize,
                       "move scale between neighbouring layers first, where single channels are much larger than "
                       "the others"));
  add(command.add_flag("--correct-bias", options.correctBias,
                       "add to each layer's bias what the rounding of its weights takes from its mean output"))
      ->needs(calib);
}

CLI::Option *addInt4Options(CLI::App &command, bool &int4, int64_t &group) {
  CLI::Option *flag = command.add_flag("--int4", int4,
                                       "store weights of matrix products and embedding tables as 4-bit integers; with "
                                       "--calib rounded by GPTQ");
  for (const char *name : {"--calib-method", "--equalize", "--correct-bias"})
    command.get_option(name)->excludes(flag);
  command.add_option("--group", group, "weights that share a scale: 32, 64 or 128")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::IsMember({32, 64, 128}))
      ->needs(flag);
  return flag;
}

void addGateOptions(CLI::App &command, Gates &gates) {
  const char *group = "Gates (exit code 1 where one fails)";
  command.add_option("--min-cosine", gates.minCosine, "least cosine of any sample of a floating output")
      ->type_name("X")
      ->check(between(-1, 1))
      ->group(group);
  command.add_option("--max-abs", gates.maxAbs, "largest absolute error of any element")
      ->type_name("X")
      ->check(between(0, infinity))
      ->group(group);
  command.add_option("--min-top1", gates.minTop1, "least fraction of rows whose best class is the same")
      ->type_name("X")
      ->check(between(0, 1))
      ->group(group);
  command
      .add_option_function<uint64_t>(
          "--max-size", [&gates](uint64_t size) { gates.maxSize = int64_t(size); },
          "largest size of the library in bytes, or with kb, mb, gb (1024 based)")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->group(group);
}

void addRunnerOption(CLI::App &command, std::string &runner) {
  command
      .add_option("--runner", runner,
                  "command that runs the target's programs here, as in \"qemu-aarch64 -L /usr/aarch64-linux-gnu\"")
      ->type_name("COMMAND");
}

void addThreadsOption(CLI::App &command, int &threads, const std::string &what) {
  command.add_option("--threads", threads, what)->type_name("N")->check(between(0, 1024))->capture_default_str();
}

Result<void> checkTarget(const std::string &target) {
  std::vector<std::string> names;
  for (const TargetInfo &info : listTargets()) {
    if (info.name == target)
      return {};
    names.push_back(info.name);
  }
  return usageError(
      fmt::format("unknown target '{}'{}; 'mlcompress targets' lists all", target, didYouMean(target, names)));
}

} // namespace mlc
