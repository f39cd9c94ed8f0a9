/* Memory of a session: one arena whose offsets the compiler planned, and segments for values whose size only
 * a run knows. */
#include "Runtime/embedded/runtime.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, HUGE_PAGE = 2 << 20 };

/* The header keeps the data behind it aligned. */
struct mlc_segment {
  struct mlc_segment *next;
} __attribute__((aligned(ALIGNMENT)));

void *mlc_arena_reserve(struct mlc_arena *arena, uint64_t bytes) {
  if (arena->base && bytes <= arena->size)
    return arena->base;
  uint64_t page = bytes >= HUGE_PAGE ? HUGE_PAGE : 4096;
  if (bytes > (uint64_t)INT64_MAX - page)
    return NULL;
  uint64_t size = bytes == 0 ? page : (bytes + page - 1) / page * page;
  /* The contents need not survive, so the old pages go first: the peak is the new size alone. */
  if (arena->base)
    munmap(arena->base, arena->size);
  arena->base = NULL;
  arena->size = 0;
  void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return NULL;
  if (size >= HUGE_PAGE)
    madvise(base, size, MADV_HUGEPAGE);
  arena->base = base;
  arena->size = size;
  return base;
}

void *mlc_arena_segment(struct mlc_arena *arena, uint64_t bytes) {
  void *memory;
  if (bytes > (uint64_t)INT64_MAX || posix_memalign(&memory, ALIGNMENT, sizeof(struct mlc_segment) + bytes) != 0)
    return NULL;
  struct mlc_segment *segment = memory;
  segment->next = arena->segments;
  arena->segments = segment;
  return segment + 1;
}

void mlc_arena_drop_segments(struct mlc_arena *arena) {
  while (arena->segments) {
    struct mlc_segment *next = arena->segments->next;
    free(arena->segments);
    arena->segments = next;
  }
}

void mlc_arena_close(struct mlc_arena *arena) {
  mlc_arena_drop_segments(arena);
  if (arena->base)
    munmap(arena->base, arena->size);
  arena->base = NULL;
}
