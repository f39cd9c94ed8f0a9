// What the functions of Compiler.h are asked to do. Every field has a sensible default except `model`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mlc {

/// A report of how far an operation is. Called from the thread that called the operation.
struct PhaseEvent {
  std::string phase;     ///< "import", "compress", "compile", "check", …: one word
  double progress = 0.0; ///< 0 … 1 of this phase; negative where it is unknown
  std::string detail;    ///< what is being worked on, may be empty
};
using PhaseCallback = std::function<void(const PhaseEvent &)>;

/// Sizes of dynamic dimensions by their name in the model, for inputs that are made up (--random).
using DimSizes = std::map<std::string, int64_t>;

/// Where samples of the model's inputs come from. At most one of `path` and `seed` is set.
///
/// `path` is a .npz file (one sample, arrays named as the inputs), a folder of .npz files (one sample each), a
/// folder of .npy files named as the inputs (one sample), a .npy file (for a model with one input), a folder
/// with ONNX test data (`test_data_set_N/input_K.pb`, or input_K.pb directly), a .csv file (one sample a row; columns
/// named as the inputs, or the features of a single input [N,F]), or a folder of .png and .jpg images, directly or in
/// sub-folders that are their classes, with a description of how they become the model's input (`preprocess.json`).
/// docs/formats.md has the details.
struct DataSource {
  std::string path;
  std::optional<uint64_t> seed;
  int64_t maxSamples = 0;      ///< use at most this many samples, 0: all there are (for a seed: one)
  std::string preprocess = {}; ///< the description of images; empty: preprocess.json in their folder

  bool given() const { return !path.empty() || seed.has_value(); }
};

/// A limit on what a metric of the task gives for the compressed model.
struct MetricGate {
  std::string metric; ///< "top1", "cer:blank=0", …
  bool atLeast = true;
  double limit = 0.0;
};

/// A limit in a unit of its own, or as a fraction of the original's.
struct CostLimit {
  double value = 0.0;
  bool relative = false;
};

/// Limits that a check enforces; a gate that is not set always passes.
struct Gates {
  std::optional<double> minCosine;  ///< every sample of every floating output
  std::optional<double> maxAbs;     ///< every element of every output
  std::optional<double> minTop1;    ///< fraction 0 … 1, of every output with class scores
  std::optional<CostLimit> maxSize; ///< bytes of the library; relative to the ONNX file with its weights
  std::vector<MetricGate> metrics;
  std::optional<double> maxDrop;       ///< of each metric that is asked for, as MetricRow::drop
  std::optional<CostLimit> maxLatency; ///< milliseconds of an inference, the median; relative to the original at fp32
  std::optional<CostLimit> maxMemory;  ///< bytes of weights and arena; relative to the original at fp32

  /// Some gate needs samples to be run.
  bool needSamples() const {
    return minCosine || maxAbs || minTop1 || !metrics.empty() || maxDrop || maxLatency || maxMemory;
  }
  bool any() const { return needSamples() || maxSize; }
};

/// Where what calibration saw is kept, so that the same model and data need not run again, and a run that was
/// interrupted goes on where it was.
struct CalibrationCacheOptions {
  bool use = true;
  std::string directory; ///< empty: $XDG_CACHE_HOME/mlcompress/calibration, or below ~/.cache
};

/// How a model becomes int8.
struct Int8Options {
  DataSource calib; ///< not given: activations are quantized at run time
  /// How ranges of activations follow from those samples: "lp" (or "lp:3"), "mse", "min-max",
  /// "moving-average", "percentile" (or "percentile:99.9"), "entropy".
  std::string calibrator = "lp";
  /// Moves scale between neighbouring layers first, where single channels are much larger than the others.
  bool equalize = false;
  /// With `calib`: divides activations by a factor for each channel and multiplies the weights by it, wherever that
  /// makes the layer more accurate (SmoothQuant).
  bool smooth = true;
  /// With `calib`: adds to each layer's bias what the rounding of its weights takes from its mean output.
  bool correctBias = true;
};

/// Which layers are compressed. A selector is a node's name (* and ? as in file names), /REGEX/, op:TYPE or
/// FIRST..LAST, all layers on a way between two nodes.
struct LayerSelection {
  std::vector<std::string> include; ///< these alone; empty: all
  std::vector<std::string> exclude; ///< not these
};

/// How the weights of matrix products become 4 bits, and embedding tables with them.
struct Int4Options {
  DataSource calib;   ///< given: weights are rounded by GPTQ (arXiv 2210.17323); else to nearest
  int64_t group = 32; ///< weights of a column that share a scale: 32, 64 or 128
};

/// Options of quantize(): an ONNX model to its int8 form in QDQ representation, or with `int4` to weights of 4 bits in
/// blocks (com.microsoft's MatMulNBits).
struct QuantizeOptions {
  std::string model;
  std::string out; ///< path of the .onnx to write
  Int8Options int8;
  LayerSelection layers;
  bool int4 = false;  ///< of `int8` only the calibration data counts then
  int64_t group = 32; ///< as Int4Options::group
  CalibrationCacheOptions calibrationCache;
  DimSizes dims;
  PhaseCallback onPhase;
};

/// Options of compile(): an ONNX model to a directory with a library, header and manifest.
struct CompileOptions {
  std::string model;
  std::string target = "host";
  std::string out;    ///< directory to write; empty: defaultOutputDirectory()
  std::string name;   ///< name of the library; empty: the model file's name without its extension
  bool force = false; ///< replace `out` even where it holds files that mlcompress did not write
  int threads = 0;    ///< threads of the compiler, 0: all of this machine
  PhaseCallback onPhase;
};

/// Options of optimize(): compress, compile, check and report in one go.
struct OptimizeOptions {
  std::string model;
  std::string target = "host";
  std::string out;
  std::string name;
  bool force = false;
  int threads = 0;
  bool int8 = false;
  bool bf16 = false; ///< products of contractions in bf16, summed in f32; not with int8
  /// Weights stored as float16, and with `quantization.calib` on targets that compute with it values between layers;
  /// sums are fp32, inputs and outputs keep their types. Not with int8, bf16 or int4.
  bool fp16 = false;
  bool int4 = false;  ///< weights of matrix products in 4 bits; not with int8 or bf16
  int64_t group = 32; ///< for int4: Int4Options::group
  /// As defaultOutputDirectory() takes it.
  std::string precision() const { return int8 ? "int8" : bf16 ? "bf16" : int4 ? "int4" : fp16 ? "fp16" : ""; }
  Int8Options quantization; ///< for int8; its calibration data also for int4 and fp16
  CalibrationCacheOptions calibrationCache;
  LayerSelection layers;
  /// With int8 and `gates.maxDrop`: seconds that the search for the fastest mix of precisions within the drop may take.
  double budgetSeconds = 600;
  /// With int8: measure what each layer loses, alone and in the compressed model.
  bool sensitivity = false;
  std::string recipe; ///< recipe.json of another run: its options and each layer's precision; empty: none
  DataSource data;    ///< for the check; not given: the samples of the calibration where they are, else no check
  DimSizes dims;
  std::vector<std::string> metrics; ///< of the task, NAME[@K][:ARGUMENT=VALUE,…] as docs/metrics.md has them
  Gates gates;
  std::string runner; ///< command that runs programs of the target on this machine, such as "qemu-aarch64 …"
  PhaseCallback onPhase;
};

/// Options of check(): a compiled library against the original model.
struct CheckOptions {
  std::string model;
  std::string library; ///< directory written by mlcompress, or the .so in it
  DataSource data;
  DimSizes dims;
  std::vector<std::string> metrics; ///< of the task, NAME[@K][:ARGUMENT=VALUE,…] as docs/metrics.md has them
  Gates gates;
  std::string runner;
  int threads = 1; ///< threads of the library's sessions
  PhaseCallback onPhase;
};

/// Options of run().
struct RunOptions {
  std::string model; ///< .onnx (compiled for the host first), a .so, or a directory written by mlcompress
  DataSource inputs;
  std::string outputs; ///< folder to write: SAMPLE.npz each, or test_data_set_N/output_K.pb where inputs were .pb;
                       ///< a path ending in .npz: that file, for a single sample
  DimSizes dims;
  std::string runner;
  int threads = 1;
  PhaseCallback onPhase;
};

/// Options of bench().
struct BenchOptions {
  std::string model; ///< as RunOptions::model
  DataSource inputs; ///< the first sample is timed; not given: seed 0
  DimSizes dims;
  std::string runner;
  int threads = 1;
  double seconds = 2.0; ///< time to measure, after warming up
  bool profile = false; ///< also the time of each kernel, beside what this machine could do
  PhaseCallback onPhase;
};

} // namespace mlc
