// A compressed model that has stopped to tell its inputs apart: errors of a mean may hide it, its answers do not.
#pragma once

#include "mlcompress/Reports.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mlc {

/// Watches one output over all items (entries of axis 0 of a batch, else samples) of both models.
class CollapseDetector {
public:
  explicit CollapseDetector(std::string output) : output_(std::move(output)) {}

  /// Both of one shape. Floats of one or two axes name a class by their largest element, integers by themselves.
  void add(const Tensor &original, const Tensor &compressed);

  struct Finding {
    std::string warning; ///< a sentence for the user
    GateRow gate;        ///< "collapse", failed
  };
  /// Where the compressed model gives nearly all items one class, or nearly the same vector, while the original does
  /// not. Nothing below ten items.
  std::optional<Finding> finding() const;

private:
  struct Side {
    std::map<int64_t, int64_t> answers;
    std::vector<double> direction; ///< sum of the items' vectors, each of length 1
    double largestShare() const;
    double spread(int64_t items) const; ///< one less the mean cosine between two items, themselves included
  };
  void addVectors(const Tensor &tensor, Side &side);

  std::string output_;
  int64_t items_ = 0;
  bool namesClasses_ = true, isVector_ = true;
  Side original_, compressed_;
};

/// What finding() warns of, or "".
std::string collapseWarning(const CollapseDetector &detector);

} // namespace mlc
