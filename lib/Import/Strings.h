// Strings that a model makes and uses up inside: as places in a table that is known when compiling.
#pragma once

#include "Import/Node.h"

namespace mlc::importer {

struct Strings {
  mlir::Value places; ///< i64, places in the table
  llvm::SmallVector<std::string> table;
};

/// A value that stands for a tensor of strings while a model is imported.
mlir::Value makeStrings(Node &n, const Strings &strings);
std::optional<Strings> stringsOf(mlir::Value value);

} // namespace mlc::importer
