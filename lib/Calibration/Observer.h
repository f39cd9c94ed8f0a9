// What watches one value of the graph while samples run, and can be kept in a file between two runs.
#pragma once

#include "Calibration/ChannelMeans.h"
#include "Calibration/Gptq.h"
#include "Calibration/Smoothing.h"
#include "Calibration/StateFile.h"
#include "Calibration/Statistics.h"

#include <array>

namespace mlc {

/// After samples 0 … n-1 its state depends on those alone, wherever it was saved and loaded in between.
class Observer {
public:
  virtual ~Observer() = default;
  /// Adds the value's tensor of sample `sample`; they come in order.
  virtual Result<void> add(const Tensor &tensor, int64_t sample) = 0;
  virtual void save(StateWriter &file) const = 0;
  /// Replaces the state; what is left of it where the file is damaged is cleared by clear().
  virtual void load(StateReader &file) = 0;
  virtual void clear() = 0;
};

/// An observer of all samples alike.
template <typename State> class StateObserver : public Observer {
public:
  explicit StateObserver(State state = {}) : state_(std::move(state)) {}

  Result<void> add(const Tensor &tensor, int64_t) override { return state_.add(tensor); }
  void save(StateWriter &file) const override { state_.save(file); }
  void load(StateReader &file) override { state_.load(file); }
  void clear() override { state_.clear(); }
  const State &state() const { return state_; }

private:
  State state_;
};

/// Rows of every other sample, and of those between them.
struct RowHalves : Observer {
  std::array<ActivationRows, 2> halves;

  Result<void> add(const Tensor &tensor, int64_t sample) override { return halves[sample % 2].add(tensor); }
  void save(StateWriter &file) const override {
    for (const ActivationRows &half : halves)
      half.save(file);
  }
  void load(StateReader &file) override {
    for (ActivationRows &half : halves)
      half.load(file);
  }
  void clear() override { halves = {}; }
};

} // namespace mlc
