// Where the buffers of a schedule lie in the one arena of a session.
#pragma once

#include <cstdint>
#include <vector>

namespace mlc::codegen {

/// A buffer's life in the order of the schedule, both ends inclusive, and its size in bytes: exact where all sizes are
/// known at compile time, else at typical dimensions.
struct BufferLife {
  int64_t first = 0, last = 0;
  int64_t bytes = 0;
};

/// Offsets at which no two buffers that live at the same time overlap: largest first, each at the lowest place that is
/// free (greedy by size). For sizes that are known. Offsets and the total are multiples of `alignment`.
struct StaticArena {
  std::vector<int64_t> offsets;
  int64_t total = 0;
};
StaticArena packStatic(const std::vector<BufferLife> &lives, int64_t alignment);

/// Slots: buffers of one slot never live at the same time, whatever their sizes; the slot is as large as its largest
/// member. For sizes that only a run knows; `bytes` is the hint by which buffers share slots.
struct SlotArena {
  std::vector<int64_t> slotOf;
  int64_t slots = 0;
};
SlotArena packSlots(const std::vector<BufferLife> &lives);

} // namespace mlc::codegen
