#include "SharedOptions.h"

#include "Support/EditDistance.h"
#include "mlcompress/Compiler.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <optional>

namespace mlc {

static constexpr const char *kindsOfData = ".npz, folder of .npz, .npy or images, .csv, or ONNX test data";
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
  CLI::Option *path = command.add_option(flag, data.path, what + ": " + kindsOfData)->type_name("DATA");
  command.add_option("--random", data.seed, "make up inputs from this seed instead")->type_name("SEED")->excludes(path);
  command.add_option("--samples", data.maxSamples, "use at most this many samples")
      ->type_name("N")
      ->check(between(1, infinity));
}

void addPreprocessOption(CLI::App &command, std::vector<DataSource *> images) {
  command
      .add_option_function<std::string>(
          "--preprocess",
          [images](const std::string &path) {
            for (DataSource *source : images)
              source->preprocess = path;
          },
          "how images become the model's input, as JSON (default: preprocess.json in their folder)")
      ->type_name("FILE");
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
  // Not through add(): weights of 4 bits and recipes use it too.
  CLI::Option *calib = command
                           .add_option("--calib", options.calib.path,
                                       std::string("samples to calibrate with (") + kindsOfData +
                                           "); without them activations are quantized at run time, and weights of 4 "
                                           "bits are rounded to nearest")
                           ->type_name("DATA")
                           ->group(group);
  add(command.add_option("--calib-method", options.calibrator,
                         "how ranges follow from the samples: lp (least error to the power of 2.4; lp:3 sets "
                         "it), mse, min-max, moving-average, percentile (or percentile:99.9), entropy"))
      ->type_name("METHOD")
      ->capture_default_str()
      ->needs(calib);
  add(command.add_flag("--equalize", options.equalize,
                       "move scale between neighbouring layers first, where single channels are much larger than "
                       "the others"));
  add(command.add_flag("!--no-smooth", options.smooth,
                       "do not move outliers of activations into the weights where that makes products more accurate"))
      ->needs(calib);
  add(command.add_flag("!--no-correct-bias", options.correctBias,
                       "do not add to each layer's bias what the rounding of its weights takes from its mean output"))
      ->needs(calib);
}

void addCalibrationCacheOptions(CLI::App &command, CalibrationCacheOptions &options) {
  CLI::Option *calib = command.get_option("--calib");
  const std::string &group = calib->get_group();
  CLI::Option *directory = command
                               .add_option("--calib-cache", options.directory,
                                           "where to keep what calibration saw, so that the same model and samples "
                                           "need not run again (default: mlcompress/calibration in $XDG_CACHE_HOME "
                                           "or ~/.cache)")
                               ->type_name("DIR")
                               ->needs(calib)
                               ->group(group);
  command.add_flag("!--no-calib-cache", options.use, "calibrate anew, and keep nothing of it")
      ->needs(calib)
      ->excludes(directory)
      ->group(group);
}

CLI::Option *addInt4Options(CLI::App &command, bool &int4, int64_t &group) {
  CLI::Option *flag = command.add_flag("--int4", int4,
                                       "store weights of matrix products and embedding tables as 4-bit integers; with "
                                       "--calib rounded by GPTQ");
  for (const char *name : {"--calib-method", "--equalize", "--no-smooth", "--no-correct-bias"})
    command.get_option(name)->excludes(flag);
  command.add_option("--group", group, "weights that share a scale: 32, 64 or 128")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::IsMember({32, 64, 128}))
      ->needs(flag);
  return flag;
}

/// A number, or a percentage as a fraction of one.
static std::optional<double> fractionOf(std::string text) {
  bool percent = text.ends_with('%');
  if (percent)
    text.pop_back();
  double value = 0;
  if (!CLI::detail::lexical_cast(text, value) || !std::isfinite(value))
    return std::nullopt;
  return percent ? value / 100 : value;
}

/// METRIC>=VALUE or METRIC<=VALUE.
static MetricGate metricGate(const std::string &text) {
  size_t sign = text.find("=", text.find_first_of("<>"));
  std::optional<double> limit;
  if (sign != std::string::npos && sign >= 2 && (text[sign - 1] == '>' || text[sign - 1] == '<'))
    limit = fractionOf(text.substr(sign + 1));
  if (!limit)
    throw CLI::ValidationError("--gate",
                               fmt::format("'{}' is not METRIC>=VALUE or METRIC<=VALUE, as in \"top1>=0.75\"", text));
  return {text.substr(0, sign - 1), text[sign - 1] == '>', *limit};
}

/// A multiple of the original's cost ("0.3x"), or what `absolute` makes of the text, which answers with an error.
template <typename Absolute>
static CostLimit costLimit(const char *flag, std::string text, const char *example, Absolute absolute) {
  CostLimit limit;
  limit.relative = text.ends_with('x');
  if (limit.relative)
    text.pop_back();
  else
    absolute(text);
  if (!CLI::detail::lexical_cast(text, limit.value) || !(limit.value >= 0) || std::isinf(limit.value))
    throw CLI::ValidationError(
        flag, fmt::format("'{}' is neither {} nor a multiple of the original's, as in 0.5x", text, example));
  return limit;
}

void addGateOptions(CLI::App &command, std::vector<std::string> &metrics, Gates &gates) {
  command
      .add_option("--metric", metrics,
                  "report a metric of the task: top1, f1, auc, rmse, cosine, recall@K, map, miou, tokens, perplexity, "
                  "cer, … (docs/metrics.md); labels are arrays of the samples that are no inputs")
      ->type_name("NAME")
      ->allow_extra_args(false);
  const char *group = "Gates (exit code 1 where one fails, 5 where the samples are too few to tell)";
  command
      .add_option_function<std::vector<std::string>>(
          "--gate",
          [&gates](const std::vector<std::string> &texts) {
            for (const std::string &text : texts)
              gates.metrics.push_back(metricGate(text));
          },
          "limit on a metric of the compressed model, as in \"top1>=0.75\" or \"cer<=8%\"")
      ->type_name("METRIC>=X")
      ->allow_extra_args(false)
      ->group(group);
  command
      .add_option_function<std::string>(
          "--max-drop",
          [&gates](const std::string &text) {
            gates.maxDrop = fractionOf(text);
            if (!gates.maxDrop || *gates.maxDrop < 0 || *gates.maxDrop >= 1)
              throw CLI::ValidationError(
                  "--max-drop", fmt::format("'{}' is not a part of the original's accuracy: write 1% or 0.01", text));
          },
          "what each metric may lose of the original's, as in 1% or 0.01")
      ->type_name("PART")
      ->group(group);
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
  auto cost = [&](const char *flag, std::optional<CostLimit> &limit, const char *what, const char *type,
                  const char *example, auto absolute) {
    command
        .add_option_function<std::string>(
            flag,
            [flag, example, absolute, &limit](const std::string &text) {
              limit = costLimit(flag, text, example, absolute);
            },
            what)
        ->type_name(type)
        ->group(group);
  };
  auto bytes = [](std::string &text) { CLI::AsSizeValue(false)(text); };
  cost("--max-size", gates.maxSize,
       "largest size of the library in bytes, with kb, mb, gb (1024 based), or as a multiple of the ONNX file: 0.3x",
       "SIZE", "a size, as in 12mb,", bytes);
  cost("--max-latency", gates.maxLatency,
       "longest median time of an inference in milliseconds, or as a multiple of the original's at fp32: 0.8x", "MS",
       "milliseconds, as in 12 or 12ms,", [](std::string &text) {
         if (text.ends_with("ms"))
           text.resize(text.size() - 2);
       });
  cost("--max-memory", gates.maxMemory,
       "most memory of library and arena, in bytes, with kb, mb, gb, or as a multiple of the original's at fp32: 0.5x",
       "SIZE", "a size, as in 12mb,", bytes);
}

void addFraction(CLI::App &command, const std::string &flag, double &fraction, const std::string &what) {
  auto parse = [flag, &fraction](const std::string &text) {
    std::optional<double> value = fractionOf(text);
    if (!value || *value < 0)
      throw CLI::ValidationError(
          flag, fmt::format("'{}' is neither a percentage such as 1% nor a fraction such as 0.01", text));
    fraction = *value;
  };
  command.add_option_function<std::string>(flag, parse, fmt::format("{} (default: {:g}%)", what, 100 * fraction))
      ->type_name("X%");
}

void addLayerOptions(CLI::App &command, LayerSelection &layers) {
  const char *group = "Layers";
  const char *selector = "NAME (with * and ?), /REGEX/, op:Conv or FIRST..LAST";
  command
      .add_option("--include", layers.include,
                  fmt::format("compress these layers alone: {}; may be repeated", selector))
      ->type_name("LAYERS")
      ->allow_extra_args(false)
      ->group(group);
  command.add_option("--exclude", layers.exclude, "leave these layers as they are; may be repeated")
      ->type_name("LAYERS")
      ->allow_extra_args(false)
      ->group(group);
}

double parseSeconds(const std::string &text) {
  size_t digits = text.find_first_not_of("0123456789.");
  double value = 0;
  std::string unit = digits == std::string::npos ? "s" : text.substr(digits);
  double factor = unit == "s" ? 1 : unit == "min" || unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (!CLI::detail::lexical_cast(text.substr(0, digits), value) || factor == 0 || !(value > 0))
    throw CLI::ValidationError("--budget-time", fmt::format("'{}' is no time such as 90s, 10min or 1h", text));
  return value * factor;
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
