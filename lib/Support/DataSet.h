// Samples of a model's inputs from files or made up, for calibration, check, run and bench.
#pragma once

#include "Support/CsvSamples.h"
#include "Support/ImageSamples.h"
#include "mlcompress/Options.h"
#include "mlcompress/Reports.h"
#include "mlcompress/Result.h"

#include <memory>
#include <string>
#include <vector>

namespace mlc {

/// One sample: all inputs in the model's order, and outputs and labels where the data has them.
struct Sample {
  std::string name; ///< of its file, folder or row, without extension: unique in the data set
  std::vector<NamedTensor> inputs;
  std::vector<NamedTensor> expected; ///< outputs that came with the data, may be some or none
  /// What is right, for metrics of a task: arrays of a .npz file or folder of .npy files that are neither inputs nor
  /// outputs, under their names; the class index of an image's sub-folder ("label", int64[1]); a table's columns
  /// "label" and "target" (int64[1] or float64[1]). One element a row where a sample holds several images or rows.
  std::vector<NamedTensor> labels;
};

/// Finds samples once, and reads them one at a time.
class DataSet {
public:
  enum class Format { Npz, NpyFolder, OnnxTestData, Images, Csv, Random };

  /// Finds the samples of `source` and reads the first to see that it fits `inputs`. `outputs` tells which arrays
  /// are expected outputs, and their order in output_K.pb; may be empty.
  static Result<DataSet> open(const DataSource &source, std::vector<TensorDescription> inputs,
                              std::vector<TensorDescription> outputs = {}, DimSizes dims = {});

  size_t size() const { return places_.size(); }
  Format format() const { return format_; }

  /// Reads sample `index`.
  Result<Sample> sample(size_t index) const;

  /// SHA-256 of what sample `index` is made of: its files, or its numbers where it has none of its own.
  Result<std::string> fingerprint(size_t index) const;

private:
  Result<void> openFolder();
  Result<void> openImages();
  Result<void> openCsv();
  Result<Sample> readArrays(const std::string &place) const;
  Result<Sample> readTestData(const std::string &place) const;
  Result<Sample> readImages(size_t index) const;
  Result<Sample> readCsv(size_t index) const;

  DataSource source_;
  Format format_ = Format::Random;
  std::vector<TensorDescription> inputs_;
  std::vector<TensorDescription> outputs_;
  DimSizes dims_;
  std::vector<std::string> places_; ///< a file or folder a sample; for Random, Images and Csv the sample's name
  std::shared_ptr<const ImageSamples> images_;
  std::shared_ptr<const CsvSamples> csv_;
};

} // namespace mlc
