#include "Pipeline/ObserveSamples.h"

#include "Graph/WeightStore.h"
#include "Pipeline/Signature.h"
#include "Pipeline/TapRunner.h"
#include "passes/Precision/Layers.h"

#include "mlir/IR/Threading.h"

#include <chrono>

using namespace mlir;

namespace mlc {

namespace {

using Clock = std::chrono::steady_clock;

// Says when the state is to be kept: every ten seconds, and never for more than a twentieth of the time.
class Checkpoints {
public:
  bool due() const { return Clock::now() - last_ >= std::max<Clock::duration>(std::chrono::seconds(10), 20 * cost_); }
  template <typename Save> void time(Save save) {
    auto start = Clock::now();
    save();
    last_ = Clock::now();
    cost_ = last_ - start;
  }

private:
  Clock::time_point last_ = Clock::now();
  Clock::duration cost_{};
};

// The values to observe, each once, and the observers of each.
struct Observed {
  SmallVector<Value> values;
  std::vector<SmallVector<Observer *>> observers;
  std::vector<Observer *> all;
  std::string kinds;

  explicit Observed(ArrayRef<Tap> taps) {
    llvm::DenseMap<Value, size_t> known;
    for (const Tap &tap : taps) {
      auto [place, isNew] = known.try_emplace(tap.value, values.size());
      if (isNew) {
        values.push_back(tap.value);
        observers.emplace_back();
      }
      observers[place->second].push_back(tap.observer);
      all.push_back(tap.observer);
      kinds += tap.observer->kind() + " of " + std::to_string(place->second) + "\n";
    }
  }

  Result<void> add(MLIRContext *context, const std::vector<Tensor> &tensors, int64_t sample) const {
    return each(context, [&](Observer &observer, size_t i) { return observer.add(tensors[i], sample); });
  }
  Result<void> finish(MLIRContext *context) const {
    return each(context, [](Observer &observer, size_t) { return observer.finish(); });
  }

private:
  Result<void> each(MLIRContext *context, llvm::function_ref<Result<void>(Observer &, size_t)> act) const {
    std::vector<Result<void>> results(values.size());
    mlir::parallelFor(context, 0, values.size(), [&](size_t i) {
      for (Observer *observer : observers[i])
        if (results[i])
          results[i] = act(*observer, i);
    });
    for (Result<void> &result : results)
      if (!result)
        return result;
    return {};
  }
};

std::vector<size_t> evenly(size_t size, int64_t most) {
  size_t count = most > 0 ? std::min(size, static_cast<size_t>(most)) : size;
  std::vector<size_t> samples;
  for (size_t i = 0; i < count; ++i)
    samples.push_back(i * size / count);
  return samples;
}

} // namespace

Result<Observation> observeSamples(Session &session, ModuleOp graph, ArrayRef<Tap> taps,
                                   const ObservationRequest &request) {
  auto data = DataSet::open(request.source, inputsOf(graph), outputsOf(graph), request.dims);
  if (!data)
    return data.error();
  std::vector<size_t> samples = evenly(data->size(), request.most);
  auto count = static_cast<int64_t>(samples.size());
  if (count == 0)
    return badInput("the calibration data holds no sample");

  Observed observed(taps);
  graph::WeightStore::Keep keep(graph);
  TappedModule tapped = onlyTaps(graph, observed.values);
  dropPrecisions(*tapped.module);
  session.phase("calibrate", 0, "looking for statistics of an earlier run");
  std::vector<std::string> places = request.cache.places(observed.kinds, *tapped.module, *data, samples);
  Observation observation{count, 0, {}};
  CalibrationCache::Found found = request.cache.load(places, observed.all, observation.warnings);
  observation.cached = found.samples;
  if (observation.cached == count)
    return observation;

  auto runner = TapRunner::create(session, std::move(tapped));
  if (!runner)
    return runner.error();
  Checkpoints checkpoints;
  int64_t kept = found.whole ? 0 : found.samples; // and replaced by the next
  auto keepState = [&](int64_t done) {
    if (kept == done)
      return;
    request.cache.save(places, {done, done == count}, observed.all);
    request.cache.drop(places, kept);
    kept = done;
  };
  auto step = [&](int64_t i) -> Result<void> {
    auto sample = data->sample(samples[i]);
    if (!sample)
      return sample.error();
    auto tensors = (*runner)->run(std::move(*sample));
    if (!tensors)
      return tensors.error();
    return observed.add(&session.context(), **tensors, i);
  };
  for (int64_t i = observation.cached; i < count; ++i) {
    session.phase("calibrate", static_cast<double>(i) / count);
    if (auto done = step(i); !done) {
      keepState(i);
      return done.error();
    }
    if (checkpoints.due() && i + 1 < count)
      checkpoints.time([&] { keepState(i + 1); });
  }
  runner->reset();
  session.phase("calibrate", 1, "drawing conclusions");
  if (auto finished = observed.finish(&session.context()); !finished)
    return finished.error();
  keepState(count);
  return observation;
}

} // namespace mlc
