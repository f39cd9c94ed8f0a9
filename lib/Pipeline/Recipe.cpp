#include "Pipeline/Recipe.h"

#include "Check/Json.h"
#include "Support/MissingFile.h"
#include "mlcompress/Compiler.h"
#include "passes/Precision/Layers.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>

using namespace mlir;

namespace mlc {

constexpr int kRecipeSchema = 1;

Result<Recipe> recipeOf(const OptimizeOptions &options, ModuleOp graph, const std::set<std::string> &selected) {
  Recipe recipe;
  auto model = manifestSource(options.model);
  if (!model)
    return model.error();
  recipe.model = *model;
  if ((options.int8 || options.int4 || options.fp16) && !options.quantization.calib.path.empty()) {
    auto calib = manifestSource(options.quantization.calib.path);
    if (!calib)
      return calib.error();
    recipe.calib = *calib;
    recipe.calibSamples = options.quantization.calib.maxSamples;
  }
  recipe.int8 = options.int8;
  recipe.bf16 = options.bf16;
  recipe.fp16 = options.fp16;
  recipe.int4 = options.int4;
  recipe.group = options.int4 ? options.group : 0;
  if (options.int8) {
    recipe.calibrator = options.quantization.calibrator;
    recipe.equalize = options.quantization.equalize;
    recipe.smooth = options.quantization.smooth;
    recipe.correctBias = options.quantization.correctBias;
  }
  for (const Layer &layer : layersOf(graph)) {
    if (precisionOf(layer.op).empty())
      continue;
    auto reason = layer.op->getAttrOfType<StringAttr>(kPrecisionReasonAttr);
    recipe.layers.push_back({layer.name, precisionOf(layer.op).str(), reason ? reason.getValue().str() : "",
                             selected.count(layer.name) == 0});
  }
  return recipe;
}

Result<void> applyRecipe(const Recipe &recipe, OptimizeOptions &options) {
  auto model = manifestSource(options.model);
  if (!model)
    return model.error();
  if (model->sha256 != recipe.model.sha256)
    return badInput(fmt::format("the recipe '{}' was made for another model: '{}' with the hash {}, but '{}' has {}",
                                options.recipe, recipe.model.name, recipe.model.sha256, options.model, model->sha256));
  if (recipe.calib) {
    if (options.quantization.calib.path.empty())
      return usageError(fmt::format("the recipe '{}' was calibrated with '{}': give --calib with the same data",
                                    options.recipe, recipe.calib->name));
    auto calib = manifestSource(options.quantization.calib.path);
    if (!calib)
      return calib.error();
    if (calib->sha256 != recipe.calib->sha256)
      return badInput(fmt::format("the recipe '{}' was calibrated with other data than '{}': '{}' with the hash {}",
                                  options.recipe, options.quantization.calib.path, recipe.calib->name,
                                  recipe.calib->sha256));
    options.quantization.calib.maxSamples = recipe.calibSamples;
  }
  options.int8 = recipe.int8;
  options.bf16 = recipe.bf16;
  options.fp16 = recipe.fp16;
  options.int4 = recipe.int4;
  if (recipe.int4)
    options.group = recipe.group;
  if (recipe.int8) {
    options.quantization.calibrator = recipe.calibrator;
    options.quantization.equalize = recipe.equalize;
    options.quantization.smooth = recipe.smooth;
    options.quantization.correctBias = recipe.correctBias;
  }
  return {};
}

Result<void> applyRecipe(const Recipe &recipe, ModuleOp graph, bool searched) {
  std::map<std::string, Operation *> layers;
  for (const Layer &layer : layersOf(graph))
    layers[layer.name] = layer.op;
  for (const Recipe::Given &given : recipe.layers) {
    auto found = layers.find(given.layer);
    if (found == layers.end())
      return badInput(fmt::format("the recipe names a layer '{}', which the model has not", given.layer));
    if (given.searched == searched)
      setPrecision(found->second, given.precision, given.reason);
  }
  return {};
}

std::string formatRecipe(const Recipe &recipe) {
  Json layers = Json::array();
  for (const Recipe::Given &given : recipe.layers)
    layers.push_back({{"layer", given.layer},
                      {"precision", given.precision},
                      {"reason", given.reason},
                      {"searched", given.searched}});
  Json json = {{"tool", "mlcompress"},
               {"recipe", kRecipeSchema},
               {"tool_version", version()},
               {"model", jsonOf(recipe.model)},
               {"calib", recipe.calib ? jsonOf(*recipe.calib) : Json()},
               {"calib_samples", recipe.calibSamples},
               {"int8", recipe.int8},
               {"bf16", recipe.bf16},
               {"fp16", recipe.fp16},
               {"int4", recipe.int4},
               {"group", recipe.group},
               {"calib_method", recipe.calibrator},
               {"equalize", recipe.equalize},
               {"smooth", recipe.smooth},
               {"correct_bias", recipe.correctBias},
               {"layers", layers}};
  return textOf(json);
}

Result<Recipe> readRecipe(const std::string &path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code))
    return badInput(fmt::format("there is no recipe at '{}'{}", path, didYouMeanFile(path)));
  std::ifstream file(path);
  Json json = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return badInput(fmt::format("'{}' is not JSON, so no recipe", path));
  Recipe recipe;
  try {
    if (json.at("recipe") != kRecipeSchema)
      return badInput(fmt::format("'{}' is a recipe of another version ({}; this tool reads {})", path,
                                  json.at("recipe").dump(), kRecipeSchema));
    recipe.model = {json.at("model").at("name"), json.at("model").at("sha256")};
    if (!json.at("calib").is_null())
      recipe.calib = HashedSource{json.at("calib").at("name"), json.at("calib").at("sha256")};
    recipe.calibSamples = json.at("calib_samples");
    recipe.int8 = json.at("int8");
    recipe.bf16 = json.at("bf16");
    recipe.fp16 = json.value("fp16", false); // older ones have it not
    recipe.int4 = json.at("int4");
    recipe.group = json.at("group");
    recipe.calibrator = json.at("calib_method");
    recipe.equalize = json.at("equalize");
    recipe.smooth = json.at("smooth");
    recipe.correctBias = json.at("correct_bias");
    for (const Json &layer : json.at("layers"))
      recipe.layers.push_back({layer.at("layer"), layer.at("precision"), layer.at("reason"), layer.at("searched")});
  } catch (const Json::exception &error) {
    return badInput(fmt::format("'{}' is no recipe that mlcompress wrote: {}", path, error.what()));
  }
  return recipe;
}

} // namespace mlc
