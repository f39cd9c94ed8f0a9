// Data against the inputs of a model: names, element types and shapes.
#pragma once

#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <string>
#include <vector>

namespace mlc {

/// The tensors of `given` that belong to `inputs`, in the order of `inputs`. An Error names what is missing (with
/// "did you mean") or does not fit. A float32 array serves a bfloat16 input, rounded to nearest even, because
/// numpy has no bfloat16. Names that are no input are left over in `given`. `source` names the data in messages.
Result<std::vector<NamedTensor>> matchInputs(std::vector<NamedTensor> &given,
                                             const std::vector<TensorDescription> &inputs, const std::string &source);

} // namespace mlc
