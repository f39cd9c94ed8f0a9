#include "Support/ImageSamples.h"

#include "Support/Sha256.h"

#include <filesystem>
#include <fmt/format.h>

namespace mlc {

namespace fs = std::filesystem;

Result<ImageSamples> ImageSamples::open(const std::string &folder, const std::string &preprocess,
                                        const std::vector<TensorDescription> &inputs, int64_t maxSamples) {
  std::error_code error;
  std::string description = preprocess, inFolder = (fs::path(folder) / preprocessFile).string();
  if (description.empty() && fs::exists(inFolder, error))
    description = inFolder;
  Result<ImagePreprocessing> how = readImagePreprocessing(description, inputs);
  if (!how)
    return how.error();
  Result<std::vector<ImagePlace>> images = listImages(folder, how->classes);
  if (!images)
    return images.error();
  ImageSamples samples;
  samples.how_ = std::move(*how);
  samples.description_ = description;
  samples.imagesPerSample_ = std::max<int64_t>(inputs.front().shape[0], 1);
  size_t count = images->size(), wanted = count;
  if (maxSamples > 0 && maxSamples < int64_t(count) / samples.imagesPerSample_)
    wanted = size_t(maxSamples * samples.imagesPerSample_);
  for (size_t i = 0; i < wanted; ++i)
    samples.images_.push_back(std::move((*images)[i * count / wanted]));
  if (samples.size() == 0)
    return badInput(fmt::format("the folder '{}' holds {} image{}, but a sample of this model takes {}", folder, count,
                                count == 1 ? "" : "s", samples.imagesPerSample_));
  return samples;
}

Result<Tensor> ImageSamples::input(size_t index) const {
  Tensor batch;
  for (int64_t i = 0; i < imagesPerSample_; ++i) {
    const std::string &path = images_[index * size_t(imagesPerSample_) + size_t(i)].path;
    Result<Image> image = readImage(path);
    if (!image)
      return image.error();
    Result<Tensor> tensor = preprocess(std::move(*image), how_, path);
    if (!tensor)
      return tensor;
    if (i == 0) {
      batch = std::move(*tensor);
      continue;
    }
    if (batch.bytes.size() != tensor->bytes.size() * size_t(i) ||
        !std::equal(batch.shape.begin() + 1, batch.shape.end(), tensor->shape.begin() + 1))
      return badInput(fmt::format("'{}' has another size than the images before it, but the model takes {} at once; "
                                  "write \"resize\" or \"crop\" into the description",
                                  path, imagesPerSample_));
    batch.bytes.insert(batch.bytes.end(), tensor->bytes.begin(), tensor->bytes.end());
    ++batch.shape[0];
  }
  return batch;
}

Result<std::string> ImageSamples::fingerprint(size_t index) const {
  std::vector<std::string> files;
  if (!description_.empty())
    files.push_back(description_);
  for (int64_t i = 0; i < imagesPerSample_; ++i)
    files.push_back(images_[index * size_t(imagesPerSample_) + size_t(i)].path);
  std::string hashes;
  for (const std::string &file : files) {
    Result<std::string> hash = sha256File(file);
    if (!hash)
      return hash;
    hashes += *hash;
  }
  return sha256(hashes);
}

std::vector<NamedTensor> ImageSamples::labels(size_t index) const {
  Tensor label(DType::Int64, {imagesPerSample_});
  for (int64_t i = 0; i < imagesPerSample_; ++i) {
    const ImagePlace &image = images_[index * size_t(imagesPerSample_) + size_t(i)];
    if (!image.label)
      return {};
    label.data<int64_t>()[i] = *image.label;
  }
  return {{"label", std::move(label)}};
}

} // namespace mlc
