#include "Codegen/Schedule/Arena.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace mlc::codegen {

StaticArena packStatic(const std::vector<BufferLife> &lives, int64_t alignment) {
  auto padded = [&](int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
  std::vector<size_t> order(lives.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return lives[a].bytes > lives[b].bytes; });
  StaticArena arena;
  arena.offsets.resize(lives.size());
  std::vector<size_t> placed; // by offset
  for (size_t i : order) {
    int64_t size = padded(lives[i].bytes), at = 0;
    for (size_t other : placed) {
      bool together = lives[other].first <= lives[i].last && lives[i].first <= lives[other].last;
      if (!together)
        continue;
      if (at + size <= arena.offsets[other])
        break;
      at = std::max(at, arena.offsets[other] + padded(lives[other].bytes));
    }
    arena.offsets[i] = at;
    arena.total = std::max(arena.total, at + size);
    auto place = std::upper_bound(placed.begin(), placed.end(), at,
                                  [&](int64_t offset, size_t other) { return offset < arena.offsets[other]; });
    placed.insert(place, i);
  }
  return arena;
}

SlotArena packSlots(const std::vector<BufferLife> &lives) {
  struct Slot {
    int64_t busyUntil, bytes;
  };
  std::vector<Slot> slots;
  std::vector<size_t> order(lives.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return lives[a].first < lives[b].first; });
  SlotArena arena;
  arena.slotOf.resize(lives.size());
  for (size_t i : order) {
    // The free slot that fits with the least waste, else the one that grows least.
    int64_t best = -1, bestCost = std::numeric_limits<int64_t>::max();
    for (size_t s = 0; s < slots.size(); ++s) {
      if (slots[s].busyUntil >= lives[i].first)
        continue;
      int64_t difference = slots[s].bytes - lives[i].bytes;
      int64_t cost = difference >= 0 ? difference : -2 * difference;
      if (cost < bestCost) {
        bestCost = cost;
        best = static_cast<int64_t>(s);
      }
    }
    if (best < 0) {
      best = static_cast<int64_t>(slots.size());
      slots.push_back({0, 0});
    }
    slots[best].busyUntil = lives[i].last;
    slots[best].bytes = std::max(slots[best].bytes, lives[i].bytes);
    arena.slotOf[i] = best;
  }
  arena.slots = static_cast<int64_t>(slots.size());
  return arena;
}

} // namespace mlc::codegen
