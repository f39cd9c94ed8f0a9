// The whole compiler as one list of steps.
#pragma once

#include "Codegen/Native/Native.h"
#include "Pipeline/Observation.h"
#include "mlcompress/Options.h"
#include "mlcompress/Result.h"
#include "passes/Quantization/Report.h"
#include "passes/QuantizeBlocks/QuantizeBlocks.h"
#include "targets/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mlc {

class CalibrationCache;

/// One compilation's context: dialects, threads, and the diagnostics of all stages, which become one Error.
class Session {
public:
  explicit Session(PhaseCallback onPhase = {});
  ~Session();

  mlir::MLIRContext &context() { return *context_; }
  /// Reports a phase.
  void phase(const std::string &name, double progress = -1, const std::string &detail = "");
  /// The diagnostics since the last call as an Error of this kind.
  Error error(ExitCode code, const std::string &otherwise);

private:
  std::unique_ptr<mlir::MLIRContext> context_;
  PhaseCallback onPhase_;
  std::mutex mutex_;
  std::vector<std::string> messages_;
};

/// ONNX file → simplified graph.
Result<mlir::OwningOpRef<mlir::ModuleOp>> importGraph(Session &session, const std::string &path, const DimSizes &dims);

/// Prepares an f32 graph for int8: equalizes it where that is asked for, and with calibration data writes ranges and
/// means of channels on its values (Calibration/Calibrate.h).
struct Calibration {
  bool dynamic = false; ///< there was no data: activations are to be quantized at run time
  bool blocks = false;  ///< weights of 4 bits
  int64_t samples = 0;
  std::vector<Observation> passes;
  std::vector<std::string> warnings; ///< branches that no sample took
};
Result<Calibration> calibrateGraph(Session &session, mlir::ModuleOp graph, const Int8Options &request,
                                   const DimSizes &dims, const CalibrationCache &cache);

/// Calibrated f32 graph → QDQ graph, and bf16 for layers that were given it (passes/Precision). An entry for each
/// layer.
Result<QuantizationReport> quantizeGraph(Session &session, mlir::ModuleOp graph, const Calibration &calibration);

/// Rounds the weights of an f32 graph's matrix products to 4 bits, as calibration data advise, else to nearest: those
/// of layers that were given another precision are not among them. `calibration` says what it was done with.
Result<LayerBlockWeights> calibrateGraphInBlocks(Session &session, mlir::ModuleOp graph, const Int4Options &request,
                                                 const DimSizes &dims, const CalibrationCache &cache,
                                                 Calibration &calibration);

/// f32 graph → graph whose matrix products and embedding tables have weights of 4 bits in blocks of `group`; of layers
/// that were given int8, weights of 8 bits and activations quantized at run time.
Result<QuantizationReport> quantizeGraphInBlocks(Session &session, mlir::ModuleOp graph, int64_t group,
                                                 const LayerBlockWeights &weights);

/// Marks contractions for products in bf16 where the target has instructions for them; an entry for each contraction.
Result<QuantizationReport> bfloat16Graph(Session &session, mlir::ModuleOp graph, const Target &target);

/// Stores weights as float16 and, with calibration data and where the target computes with it, values between layers;
/// an entry for each layer. `calibration` says how many samples were taken.
Result<QuantizationReport> float16Graph(Session &session, mlir::ModuleOp graph, const Target &target,
                                        const DataSource &calib, const DimSizes &dims, const CalibrationCache &cache,
                                        Calibration &calibration);

/// Graph → shared library. The graph is consumed: lowered in place of itself.
Result<LibraryReport> compileGraph(Session &session, mlir::OwningOpRef<mlir::ModuleOp> graph, const Target &target,
                                   const LibraryOptions &options);

} // namespace mlc
