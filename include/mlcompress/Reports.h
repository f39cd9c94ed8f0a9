// What the functions of Compiler.h answer: plain structs with every number that tables and JSON files show.
#pragma once

#include "mlcompress/Tensor.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mlc {

/// Name and type of a model's input or output.
struct TensorDescription {
  std::string name;
  DType dtype = DType::Undefined;
  std::vector<int64_t> shape;       ///< -1: dynamic
  std::vector<std::string> symbols; ///< name of each dynamic dimension, "" where it has none; may be empty
};

/// A node that the compiler cannot handle.
struct UnsupportedNode {
  std::string node;
  std::string op;
  std::string domain; ///< "" is ONNX's own
  int64_t opset = 0;
  std::string reason;
};

/// What inspect() finds in an ONNX file.
struct ModelInfo {
  std::string name;
  std::string producer;
  int64_t irVersion = 0;
  std::map<std::string, int64_t> opsets; ///< by domain, "" is ONNX's own
  std::vector<TensorDescription> inputs;
  std::vector<TensorDescription> outputs;
  std::map<std::string, int64_t> nodes; ///< count by operator
  int64_t parameterCount = 0;
  int64_t parameterBytes = 0;
  int64_t fileBytes = 0; ///< with external weights
  std::vector<UnsupportedNode> unsupported;
};

/// Agreement of one output with its reference over all samples. Elements where either side is NaN or infinite
/// are counted, and left out of the errors.
struct OutputAgreement {
  std::string name;
  DType dtype = DType::Undefined;
  int64_t samples = 0;
  int64_t elements = 0;
  double maxAbs = 0.0;
  double meanAbs = 0.0;
  double relativeL2 = 0.0;         ///< |a - r| / |r|; infinite where r is zero and a is not
  double cosine = 1.0;             ///< of all samples as one vector; two zero vectors count as 1, one as 0
  double minCosine = 1.0;          ///< the worst sample's
  double sqnrDb = 0.0;             ///< 10 log10(|r|² / |a - r|²); infinite where nothing differs
  int64_t nanCount = 0;            ///< in the result
  int64_t infCount = 0;            ///< in the result
  int64_t nonFiniteMismatches = 0; ///< elements where NaN, +inf or -inf stands on one side only
  std::optional<double> top1;      ///< floating outputs with a last axis above 1: fraction of rows with equal argmax
  std::optional<double> equal;     ///< integer and bool outputs: fraction of equal elements
};

/// Bounds that hold a measured value with 95 % confidence.
struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// A metric of the task: the original's value and the compressed model's on the same samples.
struct MetricRow {
  std::string metric; ///< as it was asked for: "top1", "cer", "recall@10", …
  std::string output; ///< the output it is taken from; "" where it needs several
  std::string truth;  ///< what both are compared with: "labels", or "original", whose value is then the perfect one
  bool higherIsBetter = true;
  double baseline = 0.0;
  double candidate = 0.0;
  double drop = 0.0;                ///< what was lost, as a fraction; docs/metrics.md says of what. Below 0: a gain
  std::optional<Interval> interval; ///< of the drop: paired bootstrap over items; absent below two items
  std::optional<Interval> candidateInterval; ///< of the candidate's value, likewise
  int64_t samples = 0;
  int64_t items = 0;       ///< what the bootstrap drew: samples, or the rows of those that are batches
  std::string worstSample; ///< the one that lost most, "" where no single sample can be named
  double worstDrop = 0.0;
};

/// One row of the gate table.
struct GateRow {
  std::string gate;   ///< "min-cosine", "max-abs", "min-top1", "at least", "at most", "max-drop", "max-size",
                      ///< "max-latency", "max-memory" (of which "max-size 0.3x", …), "finite", "collapse", "evaluator"
  std::string output; ///< "" where it is about none
  double limit = 0.0;
  double measured = 0.0;            ///< NaN where there is nothing to measure
  std::optional<Interval> interval; ///< of `measured`, where it comes from samples
  bool passed = false;
  bool inconclusive = false; ///< too few samples: the limit lies within the interval
  std::string metric = {};   ///< of the task, for "at least", "at most" and "max-drop"
};

/// What check() measured.
struct CheckReport {
  std::string baseline; ///< what the library was compared with: "evaluator", "fp32 library"; empty: nothing, only the
                        ///< size was checked
  int64_t samples = 0;
  std::vector<OutputAgreement> outputs;
  std::vector<MetricRow> metrics; ///< of the task, as asked for
  std::vector<GateRow> gates;
  bool passed = true;                ///< every gate passed
  bool inconclusive = false;         ///< no gate failed, but one could not be decided with these samples
  std::vector<std::string> warnings; ///< what is probably wrong with the model or the data
};

/// A part of the model that did not get what was asked for, and why.
struct Fallback {
  std::string node;
  std::string op;
  std::string wanted; ///< "int8", "vnni", …
  std::string got;    ///< "fp32", "generic", …
  std::string reason;
};

/// One row of the lowering report: which kernel computes which nodes.
struct KernelRow {
  std::string kernel;
  std::vector<std::string> nodes;
  std::string instructionSet;
  std::string precision;
  std::string note; ///< why not better, may be empty
};

struct PhaseTime {
  std::string phase;
  double seconds = 0.0;
};

/// A file of an output directory.
struct OutputFile {
  std::string name;
  int64_t bytes = 0;
  std::string sha256; ///< 64 hexadecimal digits
};

/// What compile() made.
struct CompileReport {
  std::string name;
  std::string target;
  std::string directory;
  std::vector<TensorDescription> inputs;
  std::vector<TensorDescription> outputs;
  std::vector<OutputFile> files;
  std::string library;      ///< file name in `directory`
  int64_t modelBytes = 0;   ///< the ONNX file with its external weights
  int64_t libraryBytes = 0; ///< the shared library
  int64_t weightBytes = 0;  ///< of these, packed weights
  double seconds = 0.0;
  int64_t peakMemoryBytes = 0; ///< of the compiler's process
  std::vector<PhaseTime> phases;
  std::vector<KernelRow> kernels;
  std::vector<Fallback> fallbacks;
};

/// What quantize() made.
struct QuantizeReport {
  std::string path;
  bool dynamic = false; ///< no calibration data: activations are quantized at run time
  bool blocks = false;  ///< weights of 4 bits in blocks; activations stay as they are
  int64_t calibrationSamples = 0;
  int64_t calibrationCached = 0; ///< of these, what the cache knew and no run was needed for
  std::string calibrator;        ///< as it was asked for; empty where `dynamic`
  int64_t quantizedNodes = 0;
  int64_t modelBytes = 0;
  int64_t quantizedBytes = 0;
  double seconds = 0.0;
  std::vector<Fallback> fallbacks;
  std::vector<std::string> notes; ///< about the cache of calibration
};

/// One layer of the model as it was compressed.
struct LayerRow {
  std::string node;      ///< of the ONNX file
  std::string op;        ///< of the graph
  std::string precision; ///< "int8", "int8 dynamic", "int8 weights", "int4 weights", "bf16", "fp16 weights", "fp32", …
  std::string reason;    ///< why it is not what was asked for, or ""
  int64_t weightBytes = 0;
  double sparsity = 0.0;                   ///< share of weights that are zero
  std::optional<double> localSqnrDb;       ///< of its output, when it alone is compressed and reads exact inputs
  std::optional<double> accumulatedSqnrDb; ///< of its output in the compressed model
  std::optional<double> clipped;           ///< share of its input's elements beyond the range that calibration chose
  std::optional<double> milliseconds;      ///< its kernels' time in one inference
};

/// A choice of precisions that the search under an accuracy budget measured.
struct Candidate {
  std::string name;                      ///< "fp32", "int8", "int8 but 3 layers", …
  std::map<std::string, int64_t> layers; ///< count by precision
  int64_t weightBytes = 0;
  double milliseconds = 0.0; ///< an inference: measured on the target, or modelled
  bool measured = false;     ///< else modelled
  double drop = 0.0;         ///< by the budget's metric
  bool passes = false;       ///< keeps the budget
  bool onFront = false;      ///< no other is both faster (with weights of 4 bits: smaller) and more accurate
  bool chosen = false;
};

/// Latency of one inference, in milliseconds.
struct Latency {
  double medianMs = 0.0;
  double minMs = 0.0;
  double p95Ms = 0.0;
  int64_t runs = 0;
  int threads = 1;
};

/// A file or folder that went in. Only the last part of its path is kept.
struct HashedSource {
  std::string name;
  std::string sha256; ///< 64 hexadecimal digits; of a folder: of its files' hashes and names
};

/// What optimize() did.
struct OptimizeReport {
  HashedSource model;
  std::optional<HashedSource> calib, data, recipe; ///< absent where there is none, or it was made up
  CompileReport compile;
  std::optional<QuantizeReport> quantize;
  std::optional<CheckReport> check;     ///< absent: there was no data
  std::optional<Latency> latencyBefore; ///< the model as it came, compiled at fp32; host and a check only
  std::optional<Latency> latencyAfter;  ///< the library that was made; host and a check only
  std::vector<LayerRow> layers;         ///< in the model's order; of contractions and recurrent layers
  std::vector<Candidate> candidates;    ///< of a search under an accuracy budget
  std::vector<std::string> notes;       ///< sentences the user should read, such as "no calibration data: …"
  std::vector<std::string> warnings;    ///< what is probably wrong with the data or the model
};

/// What run() wrote.
struct RunReport {
  int64_t samples = 0;
  std::vector<std::string> files;
  std::vector<TensorDescription> outputs; ///< with the shapes of the first sample
  double seconds = 0.0;
};

/// What one core of a machine does at most, in giga-operations (a multiply-add counts as two) and gigabytes a second;
/// 0 where it has no instruction for it.
struct MachineLimits {
  double f32 = 0.0;
  double bf16 = 0.0;
  double int8 = 0.0;
  double memory = 0.0; ///< read from beyond the caches
};

/// One launch of the schedule, averages of an inference.
struct KernelProfile {
  KernelRow kernel;
  double milliseconds = 0.0;
  double operations = 0.0;    ///< a multiply-add counts as two
  double bytes = 0.0;         ///< read and written, each element once
  double limitFraction = 0.0; ///< least time that the limits allow, of arithmetic or memory, over the time taken
};

/// What bench() measured.
struct BenchReport {
  std::string name;
  std::string target;
  Latency latency;
  std::vector<TensorDescription> inputs; ///< with the shapes that were timed
  int64_t libraryBytes = 0;
  int64_t workspaceBytes = 0;
  std::optional<MachineLimits> limits; ///< with BenchOptions::profile only
  std::vector<KernelProfile> profile;  ///< as the schedule launches them; with BenchOptions::profile only
};

/// A row of `mlcompress targets`.
struct TargetInfo {
  std::string name;
  std::string architecture; ///< "x86_64", "aarch64"
  std::string description;
  std::vector<std::string> features;
};

/// A row of `mlcompress ops`.
struct OperatorInfo {
  std::string name;
  std::string domain;
  int64_t sinceOpset = 0;
  int64_t untilOpset = 0;
  std::string types; ///< element types of its first operand
  std::string note;  ///< limits, may be empty
};

} // namespace mlc
