// recipe.json: how a model was compressed, so that it can be done again. Schema in docs/formats.md.
#pragma once

#include "Check/Manifest.h"
#include "mlcompress/Options.h"
#include "mlcompress/Result.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mlc {

/// The options that decide what a compressed model computes, and the precision of each layer that was given one.
struct Recipe {
  HashedSource model;
  std::optional<HashedSource> calib;
  int64_t calibSamples = 0; ///< the limit that was set, 0: none
  bool int8 = false, bf16 = false, fp16 = false, int4 = false;
  int64_t group = 0; ///< for int4
  std::string calibrator;
  bool equalize = false, smooth = false, correctBias = false;
  struct Given {
    std::string layer, precision, reason;
    bool searched = false; ///< found by a search, after the graph was calibrated: until then the layer was like others
  };
  std::vector<Given> layers;
};

/// Of these options, with the precisions that the graph's layers were given; those of layers that are not among
/// `selected` by a search.
Result<Recipe> recipeOf(const OptimizeOptions &options, mlir::ModuleOp graph, const std::set<std::string> &selected);
/// Sets the options that a recipe decides. Errors (bad input): it is of another model or other calibration data.
Result<void> applyRecipe(const Recipe &recipe, OptimizeOptions &options);
/// Gives the graph's layers their precisions: before calibration those that were selected, after it those that were
/// `searched`. Errors: a layer that the graph has not.
Result<void> applyRecipe(const Recipe &recipe, mlir::ModuleOp graph, bool searched);

/// The same recipe gives the same bytes.
std::string formatRecipe(const Recipe &recipe);
Result<Recipe> readRecipe(const std::string &path);

} // namespace mlc
