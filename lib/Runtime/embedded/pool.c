/* The threads of a session. Each worker waits for its own ticket to change: it spins for a while, because the
 * kernels of one inference follow each other within microseconds, then sleeps in the kernel (futex). Only the
 * workers that a launch needs are woken. */
#include "Runtime/embedded/runtime.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { FUTEX_WAIT_PRIVATE_OP = 128, FUTEX_WAKE_PRIVATE_OP = 129, SPIN_NS = 50000, CACHE_LINE = 128 };

struct worker {
  uint32_t ticket;   /* changes once for each piece of work, and to stop */
  uint32_t sleeping; /* the worker is in, or about to enter, a futex wait */
  uint32_t number;
  pthread_t thread;
  struct mlc_pool *pool;
} __attribute__((aligned(CACHE_LINE)));

struct mlc_pool {
  struct mlc_job *job;
  uint32_t workers;
  uint32_t spin_ns; /* 0 where threads outnumber CPUs: a spinning one would keep a working one waiting */
  uint32_t stop;
  uint32_t pending __attribute__((aligned(CACHE_LINE))); /* pieces that workers have not finished */
  uint32_t caller_sleeping;
  struct worker worker[];
};

uint64_t mlc_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint32_t mlc_usable_cpus(void) {
  uint64_t mask[128]; /* 8,192 CPUs: what Linux can be built for */
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  uint32_t count = 0;
  for (long i = 0; i < bytes / 8; ++i)
    for (uint64_t bits = mask[i]; bits; bits &= bits - 1)
      ++count;
  return count ? count : 1;
}

void mlc_job_piece(struct mlc_job *job, int64_t index) {
  if (job->sve_bits && mlc_cpu_sve_bits() != job->sve_bits) {
    __atomic_store_n(&job->wrong_sve, 1, __ATOMIC_RELAXED);
    return;
  }
  /* index * count cannot overflow where it matters: written with quotient and remainder. */
  int64_t each = job->count / job->pieces, rest = job->count % job->pieces;
  int64_t begin = index * each + (index < rest ? index : rest);
  int64_t end = begin + each + (index < rest ? 1 : 0);
  char *scratch = job->scratch ? job->scratch + index * job->scratch_bytes : NULL;
  job->kernel(job->buffers, job->scalars, begin, end, scratch);
}

/* Waits until *word differs from `value`. */
static void wait_while(uint32_t *word, uint32_t value, uint32_t *sleeping, uint32_t spin_ns) {
  if (spin_ns) {
    uint64_t start = mlc_clock_ns();
    do
      for (int i = 0; i < 64; ++i) {
        if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
          return;
        mlc_cpu_relax();
      }
    while (mlc_clock_ns() - start < spin_ns);
  }
  /* Sequentially consistent on both sides: either the waker sees `sleeping`, or this sees the new word. */
  __atomic_store_n(sleeping, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value)
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE_OP, value, NULL, NULL, 0);
  __atomic_store_n(sleeping, 0, __ATOMIC_RELAXED);
}

static void wake_if_asleep(uint32_t *word, uint32_t *sleeping) {
  if (__atomic_load_n(sleeping, __ATOMIC_SEQ_CST))
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE_OP, 1, NULL, NULL, 0);
}

static void *worker_main(void *argument) {
  struct worker *self = argument;
  struct mlc_pool *pool = self->pool;
  mlc_cpu_enter_float();
  for (uint32_t ticket = 0;; ++ticket) {
    wait_while(&self->ticket, ticket, &self->sleeping, pool->spin_ns);
    if (__atomic_load_n(&pool->stop, __ATOMIC_ACQUIRE))
      return NULL;
    mlc_job_piece(pool->job, (int64_t)self->number + 1);
    /* Nothing of the job or its caller's stack may be touched once the caller can go on. */
    uint32_t left = __atomic_sub_fetch(&pool->pending, 1, __ATOMIC_SEQ_CST);
    if (left == 0)
      wake_if_asleep(&pool->pending, &pool->caller_sleeping);
  }
}

struct mlc_pool *mlc_pool_open(uint32_t workers) {
  void *memory;
  size_t size = sizeof(struct mlc_pool) + workers * sizeof(struct worker);
  if (posix_memalign(&memory, CACHE_LINE, size) != 0)
    return NULL;
  memset(memory, 0, size);
  struct mlc_pool *pool = memory;
  pool->spin_ns = workers + 1 <= mlc_usable_cpus() ? SPIN_NS : 0;
  /* The program's signals are not for these threads: they start with all blocked. */
  sigset_t all, former;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &former);
  for (uint32_t i = 0; i < workers; ++i) {
    struct worker *worker = &pool->worker[i];
    worker->number = i;
    worker->pool = pool;
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
      break;
    pool->workers = i + 1;
  }
  sigprocmask(SIG_SETMASK, &former, NULL);
  if (pool->workers < workers) {
    mlc_pool_close(pool);
    return NULL;
  }
  return pool;
}

void mlc_pool_run(struct mlc_pool *pool, struct mlc_job *job) {
  uint32_t others = (uint32_t)job->pieces - 1;
  pool->job = job;
  __atomic_store_n(&pool->pending, others, __ATOMIC_RELAXED);
  for (uint32_t i = 0; i < others; ++i) {
    __atomic_add_fetch(&pool->worker[i].ticket, 1, __ATOMIC_SEQ_CST);
    wake_if_asleep(&pool->worker[i].ticket, &pool->worker[i].sleeping);
  }
  mlc_job_piece(job, 0);
  for (uint32_t left; (left = __atomic_load_n(&pool->pending, __ATOMIC_ACQUIRE)) != 0;)
    wait_while(&pool->pending, left, &pool->caller_sleeping, pool->spin_ns);
}

void mlc_pool_close(struct mlc_pool *pool) {
  __atomic_store_n(&pool->stop, 1, __ATOMIC_RELEASE);
  for (uint32_t i = 0; i < pool->workers; ++i) {
    __atomic_add_fetch(&pool->worker[i].ticket, 1, __ATOMIC_SEQ_CST);
    wake_if_asleep(&pool->worker[i].ticket, &pool->worker[i].sleeping);
  }
  for (uint32_t i = 0; i < pool->workers; ++i)
    pthread_join(pool->worker[i].thread, NULL);
  free(pool);
}

void mlc_pool_abandon(struct mlc_pool *pool) { free(pool); }
