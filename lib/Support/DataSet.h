// Samples of a model's inputs from files or made up, for calibration, check, run and bench.
#pragma once

#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <string>
#include <vector>

namespace mlc {

/// One sample: all inputs in the model's order, and outputs where the data has them.
struct Sample {
  std::string name; ///< of its file or folder, without extension: unique in the data set
  std::vector<NamedTensor> inputs;
  std::vector<NamedTensor> expected; ///< outputs that came with the data, may be some or none
  std::vector<NamedTensor> labels;   ///< arrays that are neither: the truth that a task's metrics compare with
};

/// Finds samples once, and reads them one at a time.
class DataSet {
public:
  enum class Format { Npz, NpyFolder, OnnxTestData, Random };

  /// Finds the samples of `source` and reads the first to see that it fits `inputs`. `outputs` tells which arrays
  /// are expected outputs, and their order in output_K.pb; may be empty.
  static Result<DataSet> open(const DataSource &source, std::vector<TensorDescription> inputs,
                              std::vector<TensorDescription> outputs = {}, DimSizes dims = {});

  size_t size() const { return places_.size(); }
  Format format() const { return format_; }

  /// Reads sample `index`.
  Result<Sample> sample(size_t index) const;

private:
  Result<Sample> readArrays(const std::string &place) const;
  Result<Sample> readTestData(const std::string &place) const;

  DataSource source_;
  Format format_ = Format::Random;
  std::vector<TensorDescription> inputs_;
  std::vector<TensorDescription> outputs_;
  DimSizes dims_;
  std::vector<std::string> places_; ///< a file or folder a sample; for Random the sample's name
};

} // namespace mlc
