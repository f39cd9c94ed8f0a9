#include "Support/CsvSamples.h"

#include "Support/DTypeConversion.h"
#include "Support/EditDistance.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <set>

namespace mlc {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
/// Up to here every whole number is a double.
constexpr double largestExact = 9007199254740992.0;

bool isLabel(const std::string &column) { return column == "label" || column == "target"; }

/// [N] or [N,1]: one value a row.
bool isScalar(const TensorDescription &input) {
  return input.shape.size() == 1 || (input.shape.size() == 2 && input.shape[1] == 1);
}

std::string typeText(const TensorDescription &input) {
  return fmt::format("'{}' ({})", input.name, describeType(input.dtype, input.shape));
}

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool isWhole(double value) { return std::abs(value) <= largestExact && value == std::floor(value); }
} // namespace

Result<CsvSamples> CsvSamples::open(const std::string &path, const std::vector<TensorDescription> &inputs) {
  Result<CsvFile> file = CsvFile::open(path);
  if (!file)
    return file.error();
  CsvSamples samples(std::move(*file));
  for (auto step : {&CsvSamples::fitColumns, &CsvSamples::fitRows})
    if (auto result = (samples.*step)(inputs); !result)
      return result.error();
  if (auto result = samples.readLabels(); !result)
    return result.error();
  return samples;
}

Result<void> CsvSamples::fitColumns(const std::vector<TensorDescription> &inputs) {
  const std::vector<std::string> &header = file_.header();
  std::set<std::string> seen;
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i].empty())
      return badInput(fmt::format("'{}': column {} has no name; if it numbers the rows, write the file without it (in "
                                  "pandas, with index=False)",
                                  file_.path(), i + 1));
    if (!seen.insert(header[i]).second)
      return badInput(fmt::format("'{}': two columns are named '{}'", file_.path(), header[i]));
  }
  if (header.size() == 1)
    for (char separator : {';', '\t'})
      if (header[0].find(separator) != std::string::npos)
        return badInput(
            fmt::format("'{}' has one column, '{}'; fields are separated by commas", file_.path(), header[0]));
  auto columnOf = [&](const std::string &name) { return size_t(std::ranges::find(header, name) - header.begin()); };

  bool byName = inputs.size() != 1 || (isScalar(inputs[0]) && columnOf(inputs[0].name) < header.size());
  bool table = !byName && inputs[0].shape.size() == 2;
  if (table) {
    Input input{inputs[0], {}};
    for (size_t i = 0; i < header.size(); ++i)
      if (!isLabel(header[i]))
        input.columns.push_back(i);
    int64_t features = inputs[0].shape[1];
    if (features >= 0 && size_t(features) != input.columns.size())
      return badInput(fmt::format("'{}' has {} feature column{}, but the model's input {} needs {}; all columns but "
                                  "'label' and 'target' are features",
                                  file_.path(), input.columns.size(), input.columns.size() == 1 ? "" : "s",
                                  typeText(inputs[0]), features));
    inputs_.push_back(std::move(input));
  }
  for (const TensorDescription &input : inputs) {
    if (table)
      break;
    if (!isScalar(input) && !(input.shape.size() == 2 && input.shape[1] < 0))
      return badInput(
          fmt::format("'{}': the model's input {} cannot come from a table; that serves inputs [N] or [N,1] "
                      "by their names, or a single input [N,F]",
                      file_.path(), typeText(input)));
    size_t column = columnOf(input.name);
    if (column == header.size())
      return badInput(fmt::format("'{}' has no column for the model's input {}{}", file_.path(), typeText(input),
                                  didYouMean(input.name, header)));
    inputs_.push_back({input, {column}});
  }
  for (size_t i = 0; i < header.size(); ++i)
    if (isLabel(header[i]) && std::ranges::none_of(inputs, [&](const auto &input) { return input.name == header[i]; }))
      labels_.push_back({i});
  return {};
}

Result<void> CsvSamples::fitRows(const std::vector<TensorDescription> &inputs) {
  int64_t rows = -1;
  for (const TensorDescription &input : inputs) {
    if (input.shape[0] < 0)
      continue;
    if (rows >= 0 && rows != input.shape[0])
      return badInput(fmt::format("'{}': the model's inputs take {} and {} rows at once; rows of a table serve all "
                                  "inputs alike",
                                  file_.path(), rows, input.shape[0]));
    rows = input.shape[0];
  }
  rowsPerSample_ = size_t(std::max<int64_t>(rows, 1));
  if (file_.rows() < rowsPerSample_)
    return badInput(fmt::format("'{}' has {} row{} below its header, but a sample of this model takes {}", file_.path(),
                                file_.rows(), file_.rows() == 1 ? "" : "s", rowsPerSample_));
  return {};
}

Result<void> CsvSamples::readLabels() {
  for (size_t i = 0; i < file_.rows() && !labels_.empty(); ++i) {
    CsvFile::Row row = file_.row(i);
    for (Label &label : labels_) {
      Result<double> value = number(row, label.column, DType::Float64);
      if (!value)
        return badInput(value.error().message + "; classes are written as their index");
      if (std::isnan(*value))
        return badInput(place(row, label.column) + ": the label is missing");
      label.whole = label.whole && isWhole(*value);
    }
  }
  return {};
}

std::string CsvSamples::place(const CsvFile::Row &row, size_t column) const {
  return fmt::format("'{}', line {}, column {} ('{}')", file_.path(), row.line, column + 1, file_.header()[column]);
}

Result<double> CsvSamples::number(const CsvFile::Row &row, size_t column, DType type) const {
  std::string_view field = trimmed(row.fields[column]);
  if (field.empty() && isFloating(type))
    return nan;
  if (field.empty())
    return badInput(fmt::format("{}: the field is empty, but {} has no value for what is missing", place(row, column),
                                dtypeName(type)));
  if (type == DType::Bool && (field == "true" || field == "True" || field == "TRUE"))
    return 1.0;
  if (type == DType::Bool && (field == "false" || field == "False" || field == "FALSE"))
    return 0.0;
  std::string_view digits = field;
  if (digits.starts_with("+") && !digits.starts_with("+-"))
    digits.remove_prefix(1);
  double value = 0.0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool all = end == digits.data() + digits.size();
  if (error == std::errc::result_out_of_range && all)
    return badInput(fmt::format("{}: '{}' is beyond what a number can be", place(row, column), field));
  if (error != std::errc() || !all)
    return badInput(fmt::format("{}: '{}' is not a number{}", place(row, column), field,
                                isFloating(type) ? "; where a value is missing, the field is left empty" : ""));
  return value;
}

Result<CsvSamples::Tensors> CsvSamples::sample(size_t index) const {
  std::vector<CsvFile::Row> rows;
  for (size_t i = 0; i < rowsPerSample_; ++i)
    rows.push_back(file_.row(index * rowsPerSample_ + i));
  Tensors tensors;
  for (const Input &input : inputs_) {
    DType type = input.description.dtype;
    std::vector<int64_t> shape{int64_t(rows.size())};
    if (input.description.shape.size() == 2)
      shape.push_back(int64_t(input.columns.size()));
    Tensor values(DType::Float64, shape);
    auto *out = values.data<double>();
    for (const CsvFile::Row &row : rows)
      for (size_t column : input.columns) {
        Result<double> value = number(row, column, type);
        if (!value)
          return value.error();
        *out++ = *value;
      }
    Tensor converted = convert(values, type);
    // Types without fractions must hold each value itself.
    for (size_t i = 0, count = rows.size() * input.columns.size(); i < count && !isFloating(type); ++i) {
      double back = 0.0, value = values.data<double>()[i];
      toDouble(converted, int64_t(i), 1, &back);
      if (back != value || !isWhole(value)) {
        const CsvFile::Row &row = rows[i / input.columns.size()];
        size_t column = input.columns[i % input.columns.size()];
        return badInput(fmt::format("{}: '{}' is no value of {}, which the model's input '{}' needs",
                                    place(row, column), row.fields[column], dtypeName(type), input.description.name));
      }
    }
    tensors.inputs.push_back({input.description.name, std::move(converted)});
  }
  for (const Label &label : labels_) {
    Tensor values(DType::Float64, {int64_t(rows.size())});
    for (size_t i = 0; i < rows.size(); ++i) {
      Result<double> value = number(rows[i], label.column, DType::Float64);
      if (!value)
        return value.error();
      values.data<double>()[i] = *value;
    }
    tensors.labels.push_back({file_.header()[label.column], label.whole ? convert(values, DType::Int64) : values});
  }
  return tensors;
}

} // namespace mlc
