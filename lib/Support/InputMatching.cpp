#include "Support/InputMatching.h"

#include "Support/DTypeConversion.h"
#include "Support/EditDistance.h"
#include "Support/NarrowTypes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace mlc {

namespace {
struct SeenSize {
  int64_t size;
  std::string input;
};

Result<void> checkShape(const Tensor &tensor, const TensorDescription &input, const std::string &source,
                        std::map<std::string, SeenSize> &sizes) {
  bool fits = tensor.shape.size() == input.shape.size();
  for (size_t d = 0; fits && d < input.shape.size(); ++d)
    fits = input.shape[d] < 0 || input.shape[d] == tensor.shape[d];
  if (!fits)
    return badInput(fmt::format("{}: input '{}' is {}, but the model needs {}", source, input.name,
                                describeType(tensor.dtype, tensor.shape), describeType(input.dtype, input.shape)));
  for (size_t d = 0; d < input.shape.size() && d < input.symbols.size(); ++d) {
    if (input.shape[d] >= 0 || input.symbols[d].empty())
      continue;
    auto [seen, first] = sizes.try_emplace(input.symbols[d], SeenSize{tensor.shape[d], input.name});
    if (seen->second.size != tensor.shape[d])
      return badInput(fmt::format("{}: dimension '{}' is {} in input '{}' but {} in input '{}'; they must be equal",
                                  source, input.symbols[d], seen->second.size, seen->second.input, tensor.shape[d],
                                  input.name));
  }
  return {};
}
} // namespace

Result<std::vector<NamedTensor>> matchInputs(std::vector<NamedTensor> &given,
                                             const std::vector<TensorDescription> &inputs, const std::string &source) {
  std::vector<std::string> names;
  for (const NamedTensor &tensor : given)
    names.push_back(tensor.name);
  std::vector<NamedTensor> matched;
  std::map<std::string, SeenSize> sizes;
  for (const TensorDescription &input : inputs) {
    auto found = given.begin();
    while (found != given.end() && found->name != input.name)
      ++found;
    if (found == given.end()) {
      auto nearest = nearestName(input.name, names);
      return badInput(
          fmt::format("{}: there is no data for the model's input '{}' ({}); it holds {}{}", source, input.name,
                      describeType(input.dtype, input.shape),
                      names.empty() ? "nothing" : fmt::format("'{}'", fmt::join(names, "', '")),
                      nearest ? fmt::format(" (did you mean '{}'? Then rename it to '{}')", *nearest, input.name)
                              : "; arrays carry the names of the inputs"));
    }
    NamedTensor tensor = std::move(*found);
    given.erase(found);
    if (tensor.tensor.dtype == numpyType(input.dtype))
      tensor.tensor = convert(tensor.tensor, input.dtype);
    if (tensor.tensor.dtype != input.dtype)
      return badInput(fmt::format("{}: input '{}' is {}, but the model needs {}; convert it, in numpy with "
                                  ".astype('{}')",
                                  source, input.name, dtypeName(tensor.tensor.dtype), dtypeName(input.dtype),
                                  dtypeName(numpyType(input.dtype))));
    if (auto result = checkShape(tensor.tensor, input, source, sizes); !result)
      return result.error();
    matched.push_back(std::move(tensor));
  }
  return matched;
}

} // namespace mlc
