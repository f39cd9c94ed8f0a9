#include "../support/TemporaryFolder.h"
#include "Calibration/Observer.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <random>

using namespace mlc;

namespace {
constexpr int64_t kLimit = 1 << 30;

Tensor rows(unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor tensor(DType::Float32, {3, 8});
  for (int64_t i = 0; i < tensor.numElements(); ++i)
    tensor.data<float>()[i] = normal(random) * static_cast<float>(1 << seed % 7);
  return tensor;
}

Tensor weights() {
  Tensor tensor = rows(99);
  tensor.shape = {8, 3};
  return tensor;
}

// One of each kind.
struct Observers {
  StateObserver<TensorStatistics> statistics;
  StateObserver<ChannelMeans> means{ChannelMeans(1)};
  SmoothingObserver rows{[] { return Result<std::vector<Tensor>>(std::vector<Tensor>{weights()}); }, -1, " w"};
  GptqObserver gptq{8, 4, {[] { return Result<Tensor>(weights()); }}, " w"};

  std::vector<Observer *> all() { return {&statistics, &means, &rows, &gptq}; }
  void add(int64_t first, int64_t end) {
    for (int64_t sample = first; sample < end; ++sample)
      for (Observer *observer : all())
        REQUIRE(observer->add(::rows(static_cast<unsigned>(sample)), sample));
  }
  Result<void> save(const std::string &path, int64_t limit = kLimit) {
    StateWriter file(path, limit);
    for (Observer *observer : all())
      observer->save(file);
    return file.commit();
  }
  bool load(const std::string &path) {
    StateReader file(path);
    for (Observer *observer : all())
      observer->load(file);
    return file.finished();
  }
};

std::string bytesOf(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::string &path, const std::string &bytes) { std::ofstream(path, std::ios::binary) << bytes; }
} // namespace

TEST_CASE("observers go on from a file as if they had never stopped") {
  TemporaryFolder folder;
  std::string half = folder / "half", resumed = folder / "resumed", whole = folder / "whole";
  // Enough rows that some are dropped on both sides of the break.
  Observers first, second, uninterrupted;
  first.add(0, 301);
  REQUIRE(first.save(half));
  REQUIRE(second.load(half));
  second.add(301, 700);
  uninterrupted.add(0, 700);
  REQUIRE(second.save(resumed));
  REQUIRE(uninterrupted.save(whole));
  CHECK(bytesOf(resumed) == bytesOf(whole));
  CHECK(bytesOf(resumed) != bytesOf(half));
  CHECK(second.statistics.state() == uninterrupted.statistics.state());

  // What follows from the rows takes their place.
  auto largeChannel = [](int64_t sample) {
    Tensor tensor = rows(static_cast<unsigned>(7 * sample));
    for (int64_t row = 0; row < 3; ++row)
      tensor.data<float>()[row * 8] = row % 2 ? 60.0f : -60.0f;
    return tensor;
  };
  Observers smoothed, known;
  for (int64_t sample = 0; sample < 64; ++sample)
    REQUIRE(smoothed.rows.add(largeChannel(sample), sample));
  REQUIRE(smoothed.rows.finish());
  REQUIRE(smoothed.rows.chosen());
  smoothed.add(0, 3);
  REQUIRE(smoothed.gptq.finish());
  REQUIRE(smoothed.save(half));
  REQUIRE(known.load(half));
  REQUIRE(known.rows.chosen());
  CHECK(known.rows.chosen()->factors == smoothed.rows.chosen()->factors);
  REQUIRE(known.gptq.rounded().size() == 1);
  REQUIRE(known.gptq.rounded()[0]);
  CHECK(known.gptq.rounded()[0]->codes == smoothed.gptq.rounded()[0]->codes);
  CHECK(known.gptq.rounded()[0]->scales == smoothed.gptq.rounded()[0]->scales);
  REQUIRE(first.save(half));

  // Cleared, they are as new.
  for (Observer *observer : second.all())
    observer->clear();
  second.add(0, 301);
  REQUIRE(second.save(resumed));
  CHECK(bytesOf(resumed) == bytesOf(half));
}

TEST_CASE("every damage to a state is noticed") {
  TemporaryFolder folder;
  std::string path = folder / "state", damaged = folder / "damaged";
  Observers observers;
  observers.add(0, 5);
  REQUIRE(observers.save(path));
  std::string bytes = bytesOf(path);
  auto loads = [&](const std::string &content) {
    write(damaged, content);
    return Observers().load(damaged);
  };
  CHECK(loads(bytes));
  for (size_t i = 0; i < bytes.size(); i += i < 64 || i + 64 > bytes.size() ? 1 : 97) {
    INFO("byte " << i);
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    CHECK_FALSE(loads(flipped));
    CHECK_FALSE(loads(bytes.substr(0, i)));
  }
  CHECK_FALSE(loads(bytes + "x"));
  CHECK_FALSE(Observers().load(folder / "missing"));
}

TEST_CASE("a large state is written in pieces, of which none can be lost or exchanged") {
  TemporaryFolder folder;
  std::string path = folder / "state";
  std::vector<int32_t> numbers(1 << 20);
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<int32_t>(i * i);
  {
    StateWriter file(path, kLimit);
    file.values(numbers);
    REQUIRE(file.commit());
  }
  auto loads = [&] {
    StateReader file(path);
    return file.values<int32_t>() == numbers && file.finished();
  };
  CHECK(loads());
  std::string bytes = bytesOf(path);
  constexpr size_t kHeader = 12, kPiece = (1 << 20) + 12;
  std::string exchanged = bytes;
  exchanged.replace(kHeader + kPiece, kPiece, bytes.substr(kHeader + 2 * kPiece, kPiece));
  exchanged.replace(kHeader + 2 * kPiece, kPiece, bytes.substr(kHeader + kPiece, kPiece));
  write(path, exchanged);
  CHECK_FALSE(loads());
  write(path, bytes.substr(0, kHeader + kPiece) + bytes.substr(kHeader + 2 * kPiece));
  CHECK_FALSE(loads());
}

TEST_CASE("a state appears whole or not at all") {
  TemporaryFolder folder;
  std::string path = folder / "state";
  Observers observers;
  observers.add(0, 5);
  CHECK_FALSE(observers.save(path, 100));
  {
    StateWriter file(path, kLimit);
    file.value(1);
  }
  CHECK(std::filesystem::is_empty(folder.path));
  CHECK_FALSE(observers.save(folder / "no/such/folder"));
}
