// Every ONNX operator that can be imported: one row each, from one function a family.
#pragma once

#include "Import/Node.h"

#include <vector>

namespace mlc::importer {

/// Element types of an operator's first operand; Stored are all, the narrow ones of Support/NarrowTypes.h as well,
/// Sequence allows sequences and optionals in place of tensors.
enum class Types { Sequence, Stored, Any, Float, Signed, Numeric, Integer, Bool };

struct OperatorRow {
  const char *name;
  int since, until; ///< opset versions of the operator's domain
  Types types;
  Handler handler;
  const char *limits = "";
  const char *domain = "";
};

inline constexpr int kFirstOpset = 6, kLastOpset = 28;

/// The row for an operator; null where there is none of this domain and name. Versions are not looked at.
const OperatorRow *findOperator(const std::string &domain, const std::string &name);
const std::vector<OperatorRow> &allOperators();

bool admits(Types types, mlir::Type elementType);
const char *describe(Types types);

// The families, one file each.
using Rows = std::vector<OperatorRow>;
void addElementwiseOperators(Rows &rows);
void addActivationOperators(Rows &rows);
void addShapeOperators(Rows &rows);
void addIndexingOperators(Rows &rows);
void addConstantOperators(Rows &rows);
void addContractionOperators(Rows &rows);
void addConvolutionOperators(Rows &rows);
void addReductionOperators(Rows &rows);
void addNormalizationOperators(Rows &rows);
void addSpatialOperators(Rows &rows);
void addQuantizationOperators(Rows &rows);
void addControlOperators(Rows &rows);
void addRecurrentOperators(Rows &rows);
void addAttentionOperators(Rows &rows);
void addLinearAttentionOperators(Rows &rows);
void addLossOperators(Rows &rows);
void addSamplingOperators(Rows &rows);
void addSignalOperators(Rows &rows);
void addEinsumOperators(Rows &rows);
void addPlacesOperators(Rows &rows);
void addDeterminantOperators(Rows &rows);
void addSelectionOperators(Rows &rows);
void addSequenceOperators(Rows &rows);
void addPreprocessingOperators(Rows &rows);
void addPredictionOperators(Rows &rows);
void addFusedOperators(Rows &rows);
void addFusedAttentionOperators(Rows &rows);
void addQLinearOperators(Rows &rows);
void addBlockQuantizedOperators(Rows &rows);

} // namespace mlc::importer
