#include "Pipeline/DataWarnings.h"

#include "Check/DataGuards.h"
#include "Support/DataSet.h"

namespace mlc {

static Result<InputSurvey> surveyOf(const DataSource &source, const std::vector<TensorDescription> &inputs,
                                    const std::vector<TensorDescription> &outputs, const DimSizes &dims) {
  constexpr int64_t kSurveyed = 256;
  auto set = DataSet::open(source, inputs, outputs, dims);
  if (!set)
    return set.error();
  InputSurvey survey;
  for (size_t i = 0; i < set->size() && i < kSurveyed; ++i) {
    auto sample = set->sample(i);
    if (!sample)
      return sample.error();
    survey.add(*sample);
  }
  return survey;
}

Result<std::vector<std::string>> dataWarnings(const DataSource &calib, const DataSource &data,
                                              const std::vector<TensorDescription> &inputs,
                                              const std::vector<TensorDescription> &outputs, const DimSizes &dims) {
  // What is made up looks like nothing that a model has seen, and says so itself.
  bool hasCalib = !calib.path.empty(), hasData = !data.path.empty();
  std::vector<std::string> none;
  if (!hasCalib && !hasData)
    return none;
  auto first = surveyOf(hasCalib ? calib : data, inputs, outputs, dims);
  if (!first)
    return first.error();
  if (!hasCalib || !hasData)
    return guardWarnings(*first, nullptr);
  auto second = surveyOf(data, inputs, outputs, dims);
  if (!second)
    return second.error();
  return guardWarnings(*first, &*second);
}

} // namespace mlc
