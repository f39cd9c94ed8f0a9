#include "Calibration/Observer.h"

#include "Calibration/BlockQuantization.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace mlc {

namespace {
// Lets as many threads factorize as memory allows, one at least.
class FactorMemory {
public:
  explicit FactorMemory(int64_t depth) : bytes_(depth * depth * static_cast<int64_t>(sizeof(double) + sizeof(float))) {
    std::unique_lock lock(mutex());
    returned().wait(lock, [&] { return taken() == 0 || taken() + bytes_ <= kMost; });
    taken() += bytes_;
  }
  FactorMemory(const FactorMemory &) = delete;
  ~FactorMemory() {
    {
      std::lock_guard lock(mutex());
      taken() -= bytes_;
    }
    returned().notify_all();
  }

private:
  static constexpr int64_t kMost = int64_t(384) << 20;
  static std::mutex &mutex() {
    static std::mutex mutex;
    return mutex;
  }
  static std::condition_variable &returned() {
    static std::condition_variable returned;
    return returned;
  }
  static int64_t &taken() {
    static int64_t taken = 0;
    return taken;
  }
  int64_t bytes_;
};
} // namespace

// Items first, first + 2, … of a batch.
static Tensor everyOther(const Tensor &batch, int64_t first) {
  int64_t items = batch.shape.empty() ? 0 : batch.shape[0], taken = items > first ? (items - first + 1) / 2 : 0;
  std::vector<int64_t> shape = batch.shape;
  if (!shape.empty())
    shape[0] = taken;
  Tensor result(batch.dtype, shape);
  size_t bytes = items ? batch.bytes.size() / static_cast<size_t>(items) : 0;
  for (int64_t i = 0; i < taken; ++i)
    std::copy_n(batch.bytes.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(first + 2 * i) * bytes), bytes,
                result.bytes.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(i) * bytes));
  return result;
}

Result<void> SmoothingObserver::add(const Tensor &tensor, int64_t sample) {
  if (sample == 0)
    for (int64_t half = 0; half < 2; ++half)
      if (auto added = ofFirst_[half].add(everyOther(tensor, half), dimension_); !added)
        return added;
  if (sample > 0)
    ofFirst_ = {};
  return halves_[sample % 2].add(tensor, dimension_);
}

void SmoothingObserver::save(StateWriter &file) const {
  for (const auto *rows : {&halves_, &ofFirst_})
    for (const ActivationRows &half : *rows)
      half.save(file);
  file.value(static_cast<uint8_t>(chosen_.has_value()));
  if (!chosen_)
    return;
  for (double value : {chosen_->alpha, chosen_->errorBefore, chosen_->errorAfter})
    file.value(value);
  file.values(chosen_->factors);
}

void SmoothingObserver::load(StateReader &file) {
  clear();
  for (auto *rows : {&halves_, &ofFirst_})
    for (ActivationRows &half : *rows)
      half.load(file);
  if (file.value<uint8_t>() == 0)
    return;
  chosen_.emplace();
  for (double *value : {&chosen_->alpha, &chosen_->errorBefore, &chosen_->errorAfter})
    *value = file.value<double>();
  chosen_->factors = file.values<float>();
}

void SmoothingObserver::clear() {
  halves_ = ofFirst_ = {};
  chosen_.reset();
}

Result<void> SmoothingObserver::finish() {
  auto weights = weights_();
  if (!weights)
    return weights.error();
  const auto &[first, second] = ofFirst_[0].rows().empty() ? halves_ : ofFirst_;
  chosen_ = weights->empty() ? chooseDepthwiseSmoothing(first, second) : chooseSmoothing(first, second, *weights);
  halves_ = ofFirst_ = {};
  return {};
}

void GptqObserver::save(StateWriter &file) const {
  hessian_.save(file);
  file.value(static_cast<int64_t>(rounded_.size()));
  for (const Result<graph::BlockWeights> &weights : rounded_) {
    file.value(static_cast<uint8_t>(static_cast<bool>(weights)));
    if (!weights) {
      const std::string &message = weights.error().message;
      file.values(std::vector<char>(message.begin(), message.end()));
      continue;
    }
    for (int64_t size : {weights->depth, weights->columns, weights->block})
      file.value(size);
    file.values(weights->codes);
    file.values(weights->scales);
    file.values(weights->zeroPoints);
  }
}

void GptqObserver::load(StateReader &file) {
  rounded_.clear();
  hessian_.load(file);
  for (auto left = file.value<int64_t>(); left > 0 && file.ok(); --left) {
    if (file.value<uint8_t>() == 0) {
      std::vector<char> message = file.values<char>();
      rounded_.emplace_back(badInput({message.begin(), message.end()}));
      continue;
    }
    graph::BlockWeights weights;
    for (int64_t *size : {&weights.depth, &weights.columns, &weights.block})
      *size = file.value<int64_t>();
    weights.codes = file.values<uint8_t>();
    weights.scales = file.values<float>();
    weights.zeroPoints = file.values<uint8_t>();
    rounded_.emplace_back(std::move(weights));
  }
}

void GptqObserver::clear() {
  hessian_ = InputHessian(hessian_.depth());
  rounded_.clear();
}

Result<void> GptqObserver::finish() {
  FactorMemory memory(hessian_.depth());
  auto factor = factorOf(hessian_);
  hessian_ = InputHessian(hessian_.depth());
  for (const Weights &read : weights_) {
    auto weights = read();
    if (!weights)
      return weights.error();
    rounded_.push_back(factor ? gptq(*weights, *factor, block_) : quantizeBlocks(*weights, block_));
  }
  return {};
}

} // namespace mlc
