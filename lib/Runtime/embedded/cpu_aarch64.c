/* AArch64: the kernel's hardware capability bits tell what core and operating system both have. The SVE
 * vector length belongs to the thread (prctl may shorten it), so it is read where kernels run. */
#include "Runtime/embedded/runtime.h"

#include <sys/auxv.h>

static uint64_t bit_if(unsigned long capabilities, int position, int feature) {
  return (uint64_t)(capabilities >> position & 1) << feature;
}

void mlc_cpu_detect(uint64_t wanted, struct mlc_cpu *cpu) {
  (void)wanted;
  unsigned long caps = getauxval(AT_HWCAP), caps2 = getauxval(AT_HWCAP2);
  cpu->features = bit_if(caps, 8, MLC_CPU_ATOMICS) | bit_if(caps, 10, MLC_CPU_ASIMDHP) |
                  bit_if(caps, 20, MLC_CPU_ASIMDDP) | bit_if(caps, 22, MLC_CPU_SVE) | bit_if(caps2, 1, MLC_CPU_SVE2) |
                  bit_if(caps2, 9, MLC_CPU_SVEI8MM) | bit_if(caps2, 12, MLC_CPU_SVEBF16) |
                  bit_if(caps2, 13, MLC_CPU_I8MM) | bit_if(caps2, 14, MLC_CPU_BF16);
  if (cpu->features >> MLC_CPU_SVE & 1)
    cpu->sve_bits = mlc_cpu_sve_bits();
}

uint32_t mlc_cpu_sve_bits(void) {
  register uint64_t bytes __asm__("x0");
  __asm__ volatile(".inst 0x04bf5020" : "=r"(bytes)); /* rdvl x0, #1; baseline assemblers do not know it */
  return (uint32_t)bytes * 8;
}

uint64_t mlc_cpu_enter_float(void) {
  uint64_t former;
  __asm__ volatile("mrs %0, fpcr" : "=r"(former));
  if (former != 0)
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
  return former;
}

void mlc_cpu_leave_float(uint64_t former) { __asm__ volatile("msr fpcr, %0" : : "r"(former)); }

void mlc_cpu_relax(void) { __asm__ volatile("yield"); }
