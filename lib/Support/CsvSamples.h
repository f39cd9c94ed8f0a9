// Rows of a table as samples of a model with tabular inputs.
#pragma once

#include "Support/Csv.h"
#include "mlcompress/Reports.h"

#include <optional>

namespace mlc {

/// Which columns of a .csv file make the inputs of a model, and which is the label (docs/formats.md).
class CsvSamples {
public:
  /// Fits the columns to `inputs`, and reads the labels of all rows to know their type.
  static Result<CsvSamples> open(const std::string &path, const std::vector<TensorDescription> &inputs);

  /// Rows by the inputs' first dimension; what does not fill the last sample is left out.
  size_t size() const { return file_.rows() / rowsPerSample_; }

  struct Tensors {
    std::vector<NamedTensor> inputs; ///< in the order of the model
    std::vector<NamedTensor> labels; ///< "label" or "target": int64, or float64 where one has a fraction
  };
  Result<Tensors> sample(size_t index) const;

private:
  struct Input {
    TensorDescription description;
    std::vector<size_t> columns;
  };
  struct Label {
    size_t column;
    bool whole = true; ///< every row's is a whole number
  };

  explicit CsvSamples(CsvFile file) : file_(std::move(file)) {}
  Result<void> fitColumns(const std::vector<TensorDescription> &inputs);
  Result<void> fitRows(const std::vector<TensorDescription> &inputs);
  Result<void> readLabels();
  /// A field as a number; an Error names line and column.
  Result<double> number(const CsvFile::Row &row, size_t column, DType type) const;
  std::string place(const CsvFile::Row &row, size_t column) const;

  CsvFile file_;
  size_t rowsPerSample_ = 1;
  std::vector<Input> inputs_;
  std::vector<Label> labels_;
};

} // namespace mlc
