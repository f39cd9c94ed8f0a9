// A folder of images as samples of a model with one input.
#pragma once

#include "Support/ImageFolder.h"
#include "Support/ImagePreprocessing.h"

namespace mlc {

class ImageSamples {
public:
  /// Finds the images of `folder`, and reads their description: at `preprocess`, or where that is empty
  /// preprocess.json in the folder, if it is there. With `maxSamples` above 0, at most as many, taken evenly from all
  /// images, so that sorted classes are all among them.
  static Result<ImageSamples> open(const std::string &folder, const std::string &preprocess,
                                   const std::vector<TensorDescription> &inputs, int64_t maxSamples);

  /// One image each, or as many as the input's first dimension says; what does not fill the last is left out.
  size_t size() const { return images_.size() / size_t(imagesPerSample_); }
  /// Of the first image of the sample.
  const std::string &path(size_t index) const { return images_[index * size_t(imagesPerSample_)].path; }
  const std::string &name(size_t index) const { return images_[index * size_t(imagesPerSample_)].name; }

  Result<Tensor> input(size_t index) const;
  /// SHA-256 of the sample's image files and of the description.
  Result<std::string> fingerprint(size_t index) const;
  /// "label", int64 with one element an image; nothing where images lie directly in the folder.
  std::vector<NamedTensor> labels(size_t index) const;

private:
  std::vector<ImagePlace> images_;
  ImagePreprocessing how_;
  std::string description_; ///< the file that says how, may be empty
  int64_t imagesPerSample_ = 1;
};

} // namespace mlc
