// Loops over every element of every sample: compiled for several instruction sets, of which the CPU's best is run.
// What such a function computes must not depend on that: sums in lanes that the code spells out, no products that are
// added.
#pragma once

#ifdef __x86_64__
#define MLC_WIDEST_VECTORS [[gnu::target_clones("avx512f", "avx2", "default")]]
#else
#define MLC_WIDEST_VECTORS
#endif
