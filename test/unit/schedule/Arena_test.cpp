// Buffers that live at the same time never overlap, and the arena is not much larger than what lives at once.
#include "Codegen/Schedule/Arena.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace mlc::codegen;

namespace {

constexpr int64_t kAlignment = 64;

std::vector<BufferLife> randomLives(uint32_t seed, int count) {
  std::mt19937 random(seed);
  std::vector<BufferLife> lives;
  for (int i = 0; i < count; ++i) {
    int64_t first = random() % 100;
    lives.push_back({first, first + static_cast<int64_t>(random() % 12), 1 + static_cast<int64_t>(random() % 5000)});
  }
  return lives;
}

bool together(const BufferLife &a, const BufferLife &b) { return a.first <= b.last && b.first <= a.last; }

int64_t padded(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

} // namespace

TEST_CASE("buffers of known size that live together do not overlap") {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::vector<BufferLife> lives = randomLives(seed, 80);
    StaticArena arena = packStatic(lives, kAlignment);
    int64_t liveAtOnce = 0;
    for (int64_t time = 0; time < 120; ++time) {
      int64_t sum = 0;
      for (const BufferLife &life : lives)
        if (life.first <= time && time <= life.last)
          sum += padded(life.bytes);
      liveAtOnce = std::max(liveAtOnce, sum);
    }
    for (size_t i = 0; i < lives.size(); ++i) {
      REQUIRE(arena.offsets[i] % kAlignment == 0);
      REQUIRE(arena.offsets[i] + lives[i].bytes <= arena.total);
      for (size_t j = 0; j < i; ++j) {
        bool apart = arena.offsets[i] + lives[i].bytes <= arena.offsets[j] ||
                     arena.offsets[j] + lives[j].bytes <= arena.offsets[i];
        REQUIRE((apart || !together(lives[i], lives[j])));
      }
    }
    CHECK(arena.total >= liveAtOnce);
    CHECK(arena.total <= liveAtOnce * 3 / 2);
  }
}

TEST_CASE("buffers of one slot never live together") {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::vector<BufferLife> lives = randomLives(seed, 80);
    SlotArena arena = packSlots(lives);
    for (size_t i = 0; i < lives.size(); ++i) {
      REQUIRE(arena.slotOf[i] < arena.slots);
      for (size_t j = 0; j < i; ++j)
        REQUIRE((arena.slotOf[i] != arena.slotOf[j] || !together(lives[i], lives[j])));
    }
    CHECK(arena.slots < static_cast<int64_t>(lives.size()));
  }
}

TEST_CASE("no buffers need no arena") {
  CHECK(packStatic({}, kAlignment).total == 0);
  CHECK(packSlots({}).slots == 0);
}
