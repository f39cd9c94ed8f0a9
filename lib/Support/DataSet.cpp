#include "Support/DataSet.h"

#include "Support/InputMatching.h"
#include "Support/MissingFile.h"
#include "Support/Npy.h"
#include "Support/Npz.h"
#include "Support/OutputNames.h"
#include "Support/RandomInputs.h"
#include "Support/Sha256.h"
#include "Support/TensorProtoFile.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <optional>

namespace mlc {

namespace fs = std::filesystem;

namespace {
/// The K of "PREFIX<K>SUFFIX"; nothing for other names.
std::optional<int64_t> numberIn(const std::string &name, std::string_view prefix, std::string_view suffix) {
  if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix))
    return std::nullopt;
  int64_t number;
  const char *begin = name.data() + prefix.size(), *end = name.data() + name.size() - suffix.size();
  auto [next, error] = std::from_chars(begin, end, number);
  return error == std::errc() && next == end && number >= 0 ? std::optional(number) : std::nullopt;
}

struct Listing {
  std::vector<std::string> npz, npy;
  std::vector<std::pair<int64_t, std::string>> testSets;
  bool inputProtos = false;
};

Result<Listing> listFolder(const std::string &path) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name.starts_with("."))
      continue;
    if (it->path().extension() == ".npz")
      listing.npz.push_back(it->path().string());
    else if (it->path().extension() == ".npy")
      listing.npy.push_back(it->path().string());
    else if (auto number = numberIn(name, "test_data_set_", ""))
      listing.testSets.emplace_back(*number, it->path().string());
    else if (numberIn(name, "input_", ".pb"))
      listing.inputProtos = true;
  }
  if (error)
    return badInput(fmt::format("cannot read the folder '{}': {}", path, error.message()));
  std::sort(listing.npz.begin(), listing.npz.end());
  std::sort(listing.npy.begin(), listing.npy.end());
  std::sort(listing.testSets.begin(), listing.testSets.end());
  return listing;
}

/// PREFIX0.pb, PREFIX1.pb, …
Result<std::vector<NamedTensor>> readProtos(const fs::path &folder, std::string_view prefix) {
  std::vector<NamedTensor> tensors;
  for (int64_t k = 0;; ++k) {
    fs::path file = folder / fmt::format("{}{}.pb", prefix, k);
    std::error_code error;
    if (!fs::exists(file, error))
      return tensors;
    Result<NamedTensor> tensor = readTensorProto(file.string());
    if (!tensor)
      return tensor.error();
    tensors.push_back(std::move(*tensor));
  }
}

/// Gives the tensors the names of the described ones by position, unless all have names that are among them.
void nameByPosition(std::vector<NamedTensor> &tensors, const std::vector<TensorDescription> &described) {
  bool named = std::all_of(tensors.begin(), tensors.end(), [&](const NamedTensor &tensor) {
    return std::any_of(described.begin(), described.end(),
                       [&](const TensorDescription &description) { return description.name == tensor.name; });
  });
  for (size_t i = 0; !named && i < tensors.size() && i < described.size(); ++i)
    tensors[i].name = described[i].name;
}

/// What is left of a sample's arrays once its inputs are taken: those that are outputs, moved out of `arrays`.
std::vector<NamedTensor> takeOutputs(std::vector<NamedTensor> &arrays, const std::vector<TensorDescription> &outputs) {
  std::vector<NamedTensor> expected;
  for (const TensorDescription &output : outputs)
    std::erase_if(arrays, [&](NamedTensor &array) {
      bool found = array.name == output.name;
      if (found)
        expected.push_back(std::move(array));
      return found;
    });
  return expected;
}

constexpr std::string_view whatDataIs =
    "a .npz file, a folder of .npz files, a folder of .npy files named as the inputs, a folder of images (.png, .jpg), "
    "a .csv file, or a folder with test_data_set_0/input_0.pb";
} // namespace

Result<DataSet> DataSet::open(const DataSource &source, std::vector<TensorDescription> inputs,
                              std::vector<TensorDescription> outputs, DimSizes dims) {
  DataSet set;
  set.source_ = source;
  set.inputs_ = std::move(inputs);
  set.outputs_ = std::move(outputs);
  set.dims_ = std::move(dims);
  if (!source.given())
    return usageError("there is no data: name some with --data, or ask for made-up inputs with --random SEED");
  if (source.seed) {
    for (int64_t i = 0; i < std::max<int64_t>(source.maxSamples, 1); ++i)
      set.places_.push_back(fmt::format("random_{}", i));
  } else {
    const std::string &path = source.path;
    std::error_code error;
    if (!fs::exists(path, error))
      return badInput(
          fmt::format("there is no data at '{}'{}; it should be {}", path, didYouMeanFile(path), whatDataIs));
    std::string extension = fs::path(path).extension().string();
    Result<void> opened;
    if (fs::is_directory(path, error)) {
      opened = set.openFolder();
    } else if (extension == ".csv") {
      opened = set.openCsv();
    } else {
      bool npy = extension == ".npy";
      if (!npy && extension != ".npz")
        return badInput(fmt::format("'{}' is not a kind of data that is known; it should be {}", path, whatDataIs));
      if (npy && set.inputs_.size() != 1)
        return badInput(fmt::format("'{}' is one array, but the model has {} inputs; use a .npz file or a folder "
                                    "of .npy files named as the inputs",
                                    path, set.inputs_.size()));
      set.format_ = npy ? Format::NpyFolder : Format::Npz;
      set.places_ = {path};
    }
    if (!opened)
      return opened.error();
    if (!source.preprocess.empty() && set.format_ != Format::Images)
      return usageError(
          fmt::format("--preprocess describes images, but '{}' is none of their folders; where other data "
                      "are images, put the description into their folder, as {}",
                      path, preprocessFile));
    if (source.maxSamples > 0 && set.places_.size() > size_t(source.maxSamples))
      set.places_.resize(size_t(source.maxSamples));
  }
  if (Result<Sample> first = set.sample(0); !first)
    return first.error();
  return set;
}

Result<void> DataSet::openFolder() {
  const std::string &path = source_.path;
  Result<Listing> listing = listFolder(path);
  if (!listing)
    return listing.error();
  bool protos = !listing->testSets.empty() || listing->inputProtos;
  int kinds = int(protos) + int(!listing->npz.empty()) + int(!listing->npy.empty());
  std::error_code error;
  // Pictures may lie beside other data without being meant, but a description is.
  if (kinds > 1 || (kinds == 1 && fs::exists(fs::path(path) / preprocessFile, error)))
    return badInput(fmt::format("the folder '{}' mixes kinds of data; it should be {}", path, whatDataIs));
  if (!listing->npz.empty()) {
    format_ = Format::Npz;
    places_ = std::move(listing->npz);
  } else if (!listing->npy.empty()) {
    format_ = Format::NpyFolder;
    places_ = {path};
  } else if (protos) {
    format_ = Format::OnnxTestData;
    if (listing->testSets.empty())
      places_ = {path};
    for (auto &[number, place] : listing->testSets)
      places_.push_back(std::move(place));
  } else if (isImageFolder(path)) {
    return openImages();
  } else {
    return badInput(fmt::format("the folder '{}' holds no data; it should be {}", path, whatDataIs));
  }
  return {};
}

Result<void> DataSet::openImages() {
  Result<ImageSamples> images = ImageSamples::open(source_.path, source_.preprocess, inputs_, source_.maxSamples);
  if (!images)
    return images.error();
  format_ = Format::Images;
  for (size_t i = 0; i < images->size(); ++i)
    places_.push_back(images->name(i));
  images_ = std::make_shared<const ImageSamples>(std::move(*images));
  return {};
}

Result<void> DataSet::openCsv() {
  Result<CsvSamples> csv = CsvSamples::open(source_.path, inputs_);
  if (!csv)
    return csv.error();
  format_ = Format::Csv;
  for (size_t i = 0; i < csv->size(); ++i)
    places_.push_back(fmt::format("{}_{}", fs::path(source_.path).stem().string(), i));
  csv_ = std::make_shared<const CsvSamples>(std::move(*csv));
  return {};
}

Result<Sample> DataSet::sample(size_t index) const {
  const std::string &place = places_.at(index);
  switch (format_) {
  case Format::Random: {
    Result<std::vector<NamedTensor>> inputs = randomInputs(inputs_, dims_, source_.seed.value_or(0), index);
    if (!inputs)
      return inputs.error();
    return Sample{place, std::move(*inputs), {}, {}};
  }
  case Format::OnnxTestData:
    return readTestData(place);
  case Format::Images:
    return readImages(index);
  case Format::Csv:
    return readCsv(index);
  case Format::Npz:
  case Format::NpyFolder:
    break;
  }
  return readArrays(place);
}

Result<std::string> DataSet::fingerprint(size_t index) const {
  const std::string &place = places_.at(index);
  switch (format_) {
  case Format::Npz:
  case Format::NpyFolder:
  case Format::OnnxTestData:
    return sha256Tree(place);
  case Format::Images:
    return images_->fingerprint(index);
  case Format::Random:
  case Format::Csv:
    break;
  }
  Result<Sample> made = sample(index);
  if (!made)
    return made.error();
  std::string all;
  for (const NamedTensor &input : made->inputs)
    all += fmt::format("{} {} {}\n", input.name, describeType(input.tensor.dtype, input.tensor.shape),
                       sha256({reinterpret_cast<const char *>(input.tensor.bytes.data()), input.tensor.bytes.size()}));
  return sha256(all);
}

Result<Sample> DataSet::readArrays(const std::string &place) const {
  std::vector<NamedTensor> arrays;
  std::error_code error;
  if (format_ == Format::Npz) {
    Result<std::vector<NamedTensor>> read = readNpz(place);
    if (!read)
      return read.error();
    arrays = std::move(*read);
  } else if (!fs::is_directory(place, error)) {
    Result<Tensor> array = readNpy(place);
    if (!array)
      return array.error();
    arrays.push_back({inputs_.front().name, std::move(*array)});
  } else {
    Result<Listing> listing = listFolder(place);
    if (!listing)
      return listing.error();
    for (const std::string &file : listing->npy) {
      Result<Tensor> array = readNpy(file);
      if (!array)
        return array.error();
      std::string name = fs::path(file).stem().string();
      for (const auto *described : {&inputs_, &outputs_})
        for (const TensorDescription &tensor : *described)
          if (fileNameOf(tensor.name) == name)
            name = tensor.name;
      arrays.push_back({std::move(name), std::move(*array)});
    }
  }
  Result<std::vector<NamedTensor>> inputs = matchInputs(arrays, inputs_, fmt::format("'{}'", place));
  if (!inputs)
    return inputs.error();
  std::string name = fs::path(place).stem().string();
  std::vector<NamedTensor> expected = takeOutputs(arrays, outputs_);
  return Sample{name.empty() ? "sample_0" : name, std::move(*inputs), std::move(expected), std::move(arrays)};
}

Result<Sample> DataSet::readImages(size_t index) const {
  Result<Tensor> input = images_->input(index);
  if (!input)
    return input.error();
  std::vector<NamedTensor> given;
  given.push_back({inputs_.front().name, std::move(*input)});
  Result<std::vector<NamedTensor>> inputs = matchInputs(given, inputs_, fmt::format("'{}'", images_->path(index)));
  if (!inputs)
    return inputs.error();
  return Sample{places_[index], std::move(*inputs), {}, images_->labels(index)};
}

Result<Sample> DataSet::readCsv(size_t index) const {
  Result<CsvSamples::Tensors> row = csv_->sample(index);
  if (!row)
    return row.error();
  Result<std::vector<NamedTensor>> inputs = matchInputs(row->inputs, inputs_, fmt::format("'{}'", source_.path));
  if (!inputs)
    return inputs.error();
  return Sample{places_[index], std::move(*inputs), {}, std::move(row->labels)};
}

Result<Sample> DataSet::readTestData(const std::string &place) const {
  Result<std::vector<NamedTensor>> arrays = readProtos(place, "input_");
  if (!arrays)
    return arrays.error();
  if (arrays->size() != inputs_.size())
    return badInput(fmt::format("'{}' holds {} files input_K.pb, counted from 0, but the model has {} inputs", place,
                                arrays->size(), inputs_.size()));
  nameByPosition(*arrays, inputs_);
  Result<std::vector<NamedTensor>> inputs = matchInputs(*arrays, inputs_, fmt::format("'{}'", place));
  if (!inputs)
    return inputs.error();
  Result<std::vector<NamedTensor>> outputs = readProtos(place, "output_");
  if (!outputs)
    return outputs.error();
  nameByPosition(*outputs, outputs_);
  std::string name = fs::path(place).filename().string();
  return Sample{name.empty() ? "test_data_set_0" : name, std::move(*inputs), takeOutputs(*outputs, outputs_), {}};
}

} // namespace mlc
