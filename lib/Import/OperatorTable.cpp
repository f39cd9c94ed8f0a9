#include "Import/OperatorTable.h"
#include "Import/Import.h"
#include "Support/NarrowTypes.h"

#include <algorithm>

using namespace mlir;

namespace mlc::importer {

const std::vector<OperatorRow> &allOperators() {
  static const std::vector<OperatorRow> table = [] {
    Rows rows;
    addElementwiseOperators(rows);
    addActivationOperators(rows);
    addShapeOperators(rows);
    addIndexingOperators(rows);
    addConstantOperators(rows);
    addContractionOperators(rows);
    addConvolutionOperators(rows);
    addReductionOperators(rows);
    addNormalizationOperators(rows);
    addSpatialOperators(rows);
    addQuantizationOperators(rows);
    addControlOperators(rows);
    addRecurrentOperators(rows);
    addAttentionOperators(rows);
    addLinearAttentionOperators(rows);
    addLossOperators(rows);
    addSamplingOperators(rows);
    addSignalOperators(rows);
    addEinsumOperators(rows);
    addPlacesOperators(rows);
    addDeterminantOperators(rows);
    addSelectionOperators(rows);
    addSequenceOperators(rows);
    addPreprocessingOperators(rows);
    addPredictionOperators(rows);
    addFusedOperators(rows);
    addFusedAttentionOperators(rows);
    addQLinearOperators(rows);
    addBlockQuantizedOperators(rows);
    std::sort(rows.begin(), rows.end(), [](const OperatorRow &a, const OperatorRow &b) {
      return std::pair<StringRef, StringRef>(a.domain, a.name) < std::pair<StringRef, StringRef>(b.domain, b.name);
    });
    return rows;
  }();
  return table;
}

const OperatorRow *findOperator(const std::string &domain, const std::string &name) {
  const auto &rows = allOperators();
  auto key = std::pair<StringRef, StringRef>(domain, name);
  auto row = std::lower_bound(rows.begin(), rows.end(), key, [](const OperatorRow &a, const auto &b) {
    return std::pair<StringRef, StringRef>(a.domain, a.name) < b;
  });
  return row != rows.end() && domain == row->domain && name == row->name ? &*row : nullptr;
}

bool admits(Types types, Type elementType) {
  auto integer = dyn_cast<IntegerType>(elementType);
  bool isBool = integer && integer.getWidth() == 1;
  if (types == Types::Stored || types == Types::Sequence)
    return true;
  if (isNarrow(graph::dtypeOf(elementType)))
    return false;
  switch (types) {
  case Types::Sequence:
  case Types::Stored:
  case Types::Any:
    return true;
  case Types::Float:
    return !integer;
  case Types::Signed:
    return !integer || (!isBool && !integer.isUnsigned());
  case Types::Numeric:
    return !isBool;
  case Types::Integer:
    return integer && !isBool;
  case Types::Bool:
    return isBool;
  }
  return false;
}

const char *describe(Types types) {
  switch (types) {
  case Types::Sequence:
  case Types::Stored:
    return "any";
  case Types::Any:
    return "any of 8 bits and more but float8";
  case Types::Float:
    return "float16, bfloat16, float32, float64";
  case Types::Signed:
    return "floats and signed integers";
  case Types::Numeric:
    return "floats and integers";
  case Types::Integer:
    return "integers";
  case Types::Bool:
    return "bool";
  }
  return "";
}

} // namespace mlc::importer

namespace mlc {

std::vector<OperatorSupport> supportedOperators() {
  std::vector<OperatorSupport> list;
  for (const importer::OperatorRow &row : importer::allOperators())
    list.push_back({row.name, *row.domain ? row.domain : "ai.onnx", row.since, row.until, importer::describe(row.types),
                    row.limits});
  return list;
}

} // namespace mlc
