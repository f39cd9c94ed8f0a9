// What watches one value of the graph while samples run, and can be kept in a file between two runs.
#pragma once

#include "Calibration/ChannelMeans.h"
#include "Calibration/Gptq.h"
#include "Calibration/Smoothing.h"
#include "Calibration/StateFile.h"
#include "Calibration/Statistics.h"

#include <array>
#include <functional>
#include <optional>
#include <string>

namespace mlc {

/// After samples 0 … n-1 its state depends on those alone, wherever it was saved and loaded in between.
class Observer {
public:
  virtual ~Observer() = default;
  /// What is observed, and how: observers of one kind that see the same have the same state.
  virtual std::string kind() const = 0;
  /// Adds the value's tensor of sample `sample`; they come in order.
  virtual Result<void> add(const Tensor &tensor, int64_t sample) = 0;
  virtual void save(StateWriter &file) const = 0;
  /// Replaces the state; what is left of it where the file is damaged is cleared by clear().
  virtual void load(StateReader &file) = 0;
  virtual void clear() = 0;
  /// After the last sample; may replace the state by what follows from it. Not called where that was loaded.
  virtual Result<void> finish() { return {}; }
};

/// An observer of all samples alike.
template <typename State> class StateObserver : public Observer {
public:
  explicit StateObserver(State state = {}) : state_(std::move(state)) {}

  std::string kind() const override { return state_.kind(); }
  Result<void> add(const Tensor &tensor, int64_t) override { return state_.add(tensor); }
  void save(StateWriter &file) const override { state_.save(file); }
  void load(StateReader &file) override { state_.load(file); }
  void clear() override { state_.clear(); }
  const State &state() const { return state_; }

private:
  State state_;
};

/// Chooses the smoothing of activations by rows of every other sample and of those between them (chooseSmoothing), for
/// the weights that `weights` gives; where it gives none, as for depthwise convolutions. A lone sample has every other
/// item of its batch. The rows are dropped then.
class SmoothingObserver : public Observer {
public:
  using Weights = std::function<Result<std::vector<Tensor>>()>;
  /// Channels lie along `dimension` of what is observed; `names` are those of the layers that read it.
  SmoothingObserver(Weights weights, int64_t dimension, std::string names)
      : weights_(std::move(weights)), dimension_(dimension), names_(std::move(names)) {}

  std::string kind() const override { return "smoothing of" + names_; }
  Result<void> add(const Tensor &tensor, int64_t sample) override;
  void save(StateWriter &file) const override;
  void load(StateReader &file) override;
  void clear() override;
  Result<void> finish() override;
  /// Once it is finished; nullopt where there is no smoothing that is worth it.
  const std::optional<Smoothing> &chosen() const { return chosen_; }

private:
  Weights weights_;
  int64_t dimension_;
  std::string names_;
  std::array<ActivationRows, 2> halves_, ofFirst_; ///< of all samples, and of the items of the first
  std::optional<Smoothing> chosen_;
};

/// Rounds the weights of all products that read the observed rows by GPTQ; to nearest where no row was seen. The
/// Hessian is dropped then.
class GptqObserver : public Observer {
public:
  /// Of one product, [depth, columns].
  using Weights = std::function<Result<Tensor>()>;
  GptqObserver(int64_t depth, int64_t block, std::vector<Weights> weights, std::string names)
      : hessian_(depth), block_(block), weights_(std::move(weights)), names_(std::move(names)) {}

  std::string kind() const override { return "gptq in blocks of " + std::to_string(block_) + " of" + names_; }
  Result<void> add(const Tensor &tensor, int64_t) override { return hessian_.add(tensor); }
  void save(StateWriter &file) const override;
  void load(StateReader &file) override;
  void clear() override;
  Result<void> finish() override;
  /// Once it is finished, for each of the products: its weights, or why they cannot be rounded.
  std::vector<Result<graph::BlockWeights>> &rounded() { return rounded_; }

private:
  InputHessian hessian_;
  int64_t block_;
  std::vector<Weights> weights_;
  std::string names_; ///< of the products
  std::vector<Result<graph::BlockWeights>> rounded_;
};

} // namespace mlc
