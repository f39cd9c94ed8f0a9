// The compiler's C++ API. Each function is a command of the command line tool; all are safe to call from several
// threads. No function throws; failures come back as an Error with a message for the user and an exit code.
#pragma once

#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

namespace mlc {

/// Version of mlcompress, "0.1.0".
const char *version();

/// Reads an ONNX file and lists what is in it, without compiling. A model with unsupported nodes is not an
/// error here: they are listed in the result.
Result<ModelInfo> inspect(const std::string &model);

/// Import, compress, compile, check (where there is data), report: writes one directory with libNAME.so, NAME.h,
/// manifest.json, report.json and, with int8, NAME.int8.onnx. A gate that fails is not an Error: see
/// OptimizeReport::check. Nothing is left behind on failure.
Result<OptimizeReport> optimize(const OptimizeOptions &options);

/// Import and compile as the model is: writes one directory with libNAME.so, NAME.h and manifest.json.
Result<CompileReport> compile(const CompileOptions &options);

/// Writes the model's int8 form as QDQ ONNX, which ONNX Runtime loads.
Result<QuantizeReport> quantize(const QuantizeOptions &options);

/// Runs the library and the original model on the same samples and compares their outputs.
Result<CheckReport> check(const CheckOptions &options);

/// Runs a library, or a model compiled for the host, on samples and writes the outputs.
Result<RunReport> run(const RunOptions &options);

/// Times single inferences.
Result<BenchReport> bench(const BenchOptions &options);

/// CPUs that --target takes, "host" first, in the order in which they should be shown.
std::vector<TargetInfo> listTargets();

/// Operators that can be compiled, by domain and name.
std::vector<OperatorInfo> listOperators();

/// Where optimize() and compile() write when they are not told: "NAME-TARGET" in the working directory, with
/// "-PRECISION" at the end for "int8", "int4" or "bf16"; `precision` is "" for a library as the model is.
std::string defaultOutputDirectory(const std::string &model, const std::string &target, const std::string &precision);

} // namespace mlc
