/* Memory of values that a loop of the schedule makes again and again. */
#include "Runtime/embedded/runtime.h"

#include <string.h>

void *mlc_rt_grow(struct mlc_session *session, struct mlc_growable *growable, int64_t bytes, int64_t keep) {
  if (growable->data && bytes <= growable->capacity)
    return growable->data;
  /* At least twice what it was, so that what was outgrown is together no larger than what is in use. */
  int64_t capacity = bytes;
  if (growable->capacity <= INT64_MAX / 2 && capacity < 2 * growable->capacity)
    capacity = 2 * growable->capacity;
  void *data = mlc_rt_segment(session, capacity);
  if (!data)
    return NULL;
  if (keep > 0)
    memcpy(data, growable->data, (size_t)keep);
  growable->data = data;
  growable->capacity = capacity;
  return data;
}
