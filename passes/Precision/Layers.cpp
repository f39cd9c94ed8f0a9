#include "passes/Precision/Layers.h"

#include "Graph/Constants.h"
#include "Graph/NodeName.h"
#include "Support/EditDistance.h"
#include "passes/Quantization/Contractions.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

#include <regex>

using namespace mlir;

namespace mlc {

static bool isLayer(Operation *op) {
  if (auto gather = dyn_cast<graph::GatherOp>(op)) {
    ElementsAttr table = graph::constantOf(gather.getInput());
    return table && table.getElementType().isF32();
  }
  return quantization::isContraction(op) || isa<graph::RecurrentOp>(op);
}

std::vector<Layer> layersOf(ModuleOp module) {
  std::vector<Layer> layers;
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return layers;
  llvm::StringMap<int> met;
  main.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isLayer(op))
      return;
    std::string name = graph::nodeName(op);
    if (int count = ++met[name]; count > 1)
      name += "#" + std::to_string(count);
    layers.push_back({op, std::move(name)});
  });
  return layers;
}

void setPrecision(Operation *layer, StringRef precision, StringRef reason) {
  layer->setAttr(kPrecisionAttr, StringAttr::get(layer->getContext(), precision));
  layer->setAttr(kPrecisionReasonAttr, StringAttr::get(layer->getContext(), reason));
}

StringRef precisionOf(Operation *layer) {
  auto precision = layer->getAttrOfType<StringAttr>(kPrecisionAttr);
  return precision ? precision.getValue() : StringRef();
}

std::optional<std::string> reservedFromPrecision(Operation *layer, StringRef precision) {
  StringRef own = precisionOf(layer);
  if (own.empty() || own == precision)
    return std::nullopt;
  auto reason = layer->getAttrOfType<StringAttr>(kPrecisionReasonAttr);
  return reason ? reason.getValue().str() : std::string();
}

void dropPrecisions(ModuleOp module) {
  module.walk([](Operation *op) {
    op->removeAttr(kPrecisionAttr);
    op->removeAttr(kPrecisionReasonAttr);
  });
}

namespace {

// "a*b?" as a regular expression.
std::string regexOf(const std::string &glob) {
  std::string regex;
  for (char c : glob) {
    if (c == '*')
      regex += ".*";
    else if (c == '?')
      regex += '.';
    else if (std::isalnum(static_cast<unsigned char>(c)) || c == '_')
      regex += c;
    else
      regex += std::string("\\") + c;
  }
  return regex;
}

StringRef familyOf(Operation *op) {
  if (isa<graph::ConvOp>(op))
    return "conv";
  if (isa<graph::ConvTransposeOp>(op))
    return "convtranspose";
  if (isa<graph::MatmulOp>(op))
    return "matmul";
  return isa<graph::GatherOp>(op) ? "gather" : "lstm";
}

// All ops that compute from the op's results, or that its results are computed from.
llvm::DenseSet<Operation *> reachable(ArrayRef<Operation *> from, bool forwards) {
  llvm::DenseSet<Operation *> met(from.begin(), from.end());
  SmallVector<Operation *> open(from);
  auto visit = [&](Operation *op) {
    if (op && met.insert(op).second)
      open.push_back(op);
  };
  while (!open.empty()) {
    Operation *op = open.pop_back_val();
    if (forwards) {
      for (Operation *user : op->getUsers())
        visit(user);
    } else {
      op->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          visit(operand.getDefiningOp());
      });
    }
    // What stands inside control flow belongs to the op around it, and the other way round.
    if (!isa<func::FuncOp>(op->getParentOp()))
      visit(op->getParentOp());
    for (Region &region : op->getRegions())
      region.walk([&](Operation *inner) { visit(inner); });
  }
  return met;
}

class Selection {
public:
  explicit Selection(ModuleOp module) : module_(module), layers_(layersOf(module)) {}

  const std::vector<Layer> &layers() const { return layers_; }

  Result<llvm::DenseSet<Operation *>> select(const std::vector<std::string> &selectors) {
    llvm::DenseSet<Operation *> all;
    for (const std::string &selector : selectors) {
      auto found = select(selector);
      if (!found)
        return found.error();
      if (found->empty())
        return usageError("'" + selector + "' selects no layer of the model" + suggestion(selector) +
                          "; report.json of a run without it lists them");
      all.insert(found->begin(), found->end());
    }
    return all;
  }

private:
  Result<std::vector<Operation *>> select(const std::string &selector) {
    if (selector.empty())
      return usageError("an empty name selects no layer");
    if (std::vector<Operation *> exact = named(selector); !exact.empty())
      return exact;
    if (selector.size() > 1 && selector.front() == '/' && selector.back() == '/')
      return matching(selector, selector.substr(1, selector.size() - 2), /*whole=*/false);
    if (selector.starts_with("op:"))
      return ofType(selector.substr(3));
    if (size_t dots = selector.find(".."); dots != std::string::npos)
      return between(selector.substr(0, dots), selector.substr(dots + 2));
    return matching(selector, regexOf(selector), /*whole=*/true);
  }

  std::vector<Operation *> named(const std::string &name) const {
    std::vector<Operation *> found;
    for (const Layer &layer : layers_)
      if (layer.name == name || graph::nodeName(layer.op) == name)
        found.push_back(layer.op);
    return found;
  }

  Result<std::vector<Operation *>> matching(const std::string &selector, const std::string &text, bool whole) const {
    std::optional<std::regex> regex;
    try {
      regex.emplace(text);
    } catch (const std::regex_error &error) {
      return usageError("'" + selector + "' is not a regular expression: " + error.what());
    }
    std::vector<Operation *> found;
    for (const Layer &layer : layers_)
      if (whole ? std::regex_match(layer.name, *regex) : std::regex_search(layer.name, *regex))
        found.push_back(layer.op);
    return found;
  }

  Result<std::vector<Operation *>> ofType(std::string type) const {
    std::string lower = StringRef(type).lower();
    if (lower == "gemm")
      lower = "matmul";
    else if (lower == "gru" || lower == "rnn")
      lower = "lstm";
    std::vector<Operation *> found;
    for (const Layer &layer : layers_)
      if (familyOf(layer.op) == lower)
        found.push_back(layer.op);
    return found;
  }

  // Ends may be any nodes, not layers alone.
  Result<std::vector<Operation *>> between(const std::string &first, const std::string &last) {
    SmallVector<Operation *> ends[2];
    module_.walk([&](Operation *op) {
      std::string name = graph::nodeName(op);
      if (name == first)
        ends[0].push_back(op);
      if (name == last)
        ends[1].push_back(op);
    });
    for (int i = 0; i < 2; ++i)
      if (ends[i].empty())
        return usageError("the model has no node '" + (i ? last : first) + "', an end of '" + first + ".." + last +
                          "'");
    llvm::DenseSet<Operation *> after = reachable(ends[0], true), before = reachable(ends[1], false);
    std::vector<Operation *> found;
    for (const Layer &layer : layers_)
      if (after.contains(layer.op) && before.contains(layer.op))
        found.push_back(layer.op);
    return found;
  }

  std::string suggestion(const std::string &selector) const {
    std::vector<std::string> names;
    for (const Layer &layer : layers_)
      names.push_back(layer.name);
    return didYouMean(selector, names);
  }

  ModuleOp module_;
  std::vector<Layer> layers_;
};

} // namespace

Result<void> selectLayers(ModuleOp module, const std::vector<std::string> &include,
                          const std::vector<std::string> &exclude) {
  if (include.empty() && exclude.empty())
    return {};
  Selection selection(module);
  auto included = selection.select(include), excluded = selection.select(exclude);
  if (!included)
    return included.error();
  if (!excluded)
    return excluded.error();
  for (const Layer &layer : selection.layers()) {
    if (excluded->contains(layer.op))
      setPrecision(layer.op, "f32", "excluded by --exclude");
    else if (!include.empty() && !included->contains(layer.op))
      setPrecision(layer.op, "f32", "not among --include");
  }
  return {};
}

} // namespace mlc
