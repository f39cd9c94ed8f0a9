/* x86-64: CPUID says what the core has, XCR0 which registers the operating system keeps across a context
 * switch. AMX tiles need a permission of the process on top (Linux 5.16, arch_prctl). */
#include "Runtime/embedded/runtime.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };

static uint64_t read_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static uint64_t bit_if(uint32_t reg, int position, int feature) { return (uint64_t)(reg >> position & 1) << feature; }

void mlc_cpu_detect(uint64_t wanted, struct mlc_cpu *cpu) {
  unsigned eax, ebx, ecx, edx;
  uint64_t base = 0, avx = 0, avx512 = 0, amx = 0;
  uint64_t xcr0 = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
    base |= bit_if(ecx, 23, MLC_CPU_POPCNT);
    avx |= bit_if(ecx, 12, MLC_CPU_FMA) | bit_if(ecx, 29, MLC_CPU_F16C);
    if (ecx >> 27 & 1) /* OSXSAVE */
      xcr0 = read_xcr0();
  }
  if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx))
    base |= bit_if(ecx, 5, MLC_CPU_LZCNT);
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    unsigned subleaves = eax;
    base |= bit_if(ebx, 3, MLC_CPU_BMI) | bit_if(ebx, 8, MLC_CPU_BMI2);
    avx |= bit_if(ebx, 5, MLC_CPU_AVX2);
    avx512 |= bit_if(ebx, 16, MLC_CPU_AVX512F) | bit_if(ebx, 17, MLC_CPU_AVX512DQ) | bit_if(ebx, 28, MLC_CPU_AVX512CD) |
              bit_if(ebx, 30, MLC_CPU_AVX512BW) | bit_if(ebx, 31, MLC_CPU_AVX512VL) |
              bit_if(ecx, 1, MLC_CPU_AVX512VBMI) | bit_if(ecx, 11, MLC_CPU_AVX512VNNI) |
              bit_if(edx, 23, MLC_CPU_AVX512FP16);
    amx |= bit_if(edx, 24, MLC_CPU_AMX_TILE) | bit_if(edx, 25, MLC_CPU_AMX_INT8) | bit_if(edx, 22, MLC_CPU_AMX_BF16);
    if (subleaves >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) {
      avx |= bit_if(eax, 4, MLC_CPU_AVXVNNI);
      avx512 |= bit_if(eax, 5, MLC_CPU_AVX512BF16);
    }
  }

  cpu->features = base;
  if ((xcr0 & 0x6) == 0x6) /* XMM and YMM */
    cpu->features |= avx;
  else if (wanted & avx)
    cpu->os_lacks = "the operating system does not enable the AVX registers";
  if ((xcr0 & 0xe6) == 0xe6) /* and the masks and both halves of ZMM */
    cpu->features |= avx512;
  else if (wanted & avx512)
    cpu->os_lacks = "the operating system does not enable the AVX-512 registers";
  if (wanted & amx) {
    if ((xcr0 >> 17 & 3) != 3)
      cpu->os_lacks = "the operating system does not enable the AMX tiles";
    else if (syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) != 0)
      cpu->os_lacks = "the operating system refuses this process the AMX tiles";
    else
      cpu->features |= amx;
  }
}

uint32_t mlc_cpu_sve_bits(void) { return 0; }

uint64_t mlc_cpu_enter_float(void) {
  uint32_t former, defined = 0x1f80;
  __asm__ volatile("stmxcsr %0" : "=m"(former));
  if (former != defined)
    __asm__ volatile("ldmxcsr %0" : : "m"(defined));
  return former;
}

void mlc_cpu_leave_float(uint64_t former) {
  uint32_t value = (uint32_t)former;
  __asm__ volatile("ldmxcsr %0" : : "m"(value));
}

void mlc_cpu_relax(void) { __asm__ volatile("pause"); }
