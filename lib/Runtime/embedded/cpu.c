/* Does this CPU have what the kernels use? */
#include "Runtime/embedded/runtime.h"

#include <stdio.h>

static const char *feature_name(int bit) {
  switch (bit) {
  case MLC_CPU_AVX2:
    return "AVX2";
  case MLC_CPU_FMA:
    return "FMA";
  case MLC_CPU_F16C:
    return "F16C";
  case MLC_CPU_BMI2:
    return "BMI2";
  case MLC_CPU_AVX512F:
    return "AVX-512 F";
  case MLC_CPU_AVX512VL:
    return "AVX-512 VL";
  case MLC_CPU_AVX512DQ:
    return "AVX-512 DQ";
  case MLC_CPU_AVX512BW:
    return "AVX-512 BW";
  case MLC_CPU_AVX512VNNI:
    return "AVX-512 VNNI";
  case MLC_CPU_AVX512BF16:
    return "AVX-512 BF16";
  case MLC_CPU_AVX512FP16:
    return "AVX-512 FP16";
  case MLC_CPU_AMX_TILE:
    return "AMX TILE";
  case MLC_CPU_AMX_INT8:
    return "AMX INT8";
  case MLC_CPU_AMX_BF16:
    return "AMX BF16";
  case MLC_CPU_AVXVNNI:
    return "AVX-VNNI";
  case MLC_CPU_AVX512CD:
    return "AVX-512 CD";
  case MLC_CPU_AVX512VBMI:
    return "AVX-512 VBMI";
  case MLC_CPU_BMI:
    return "BMI";
  case MLC_CPU_LZCNT:
    return "LZCNT";
  case MLC_CPU_POPCNT:
    return "POPCNT";
  case MLC_CPU_ASIMDDP:
    return "dot product (asimddp)";
  case MLC_CPU_ASIMDHP:
    return "fp16 arithmetic (asimdhp)";
  case MLC_CPU_I8MM:
    return "I8MM";
  case MLC_CPU_BF16:
    return "BF16";
  case MLC_CPU_SVE:
    return "SVE";
  case MLC_CPU_SVE2:
    return "SVE2";
  case MLC_CPU_SVEI8MM:
    return "SVE I8MM";
  case MLC_CPU_SVEBF16:
    return "SVE BF16";
  case MLC_CPU_ATOMICS:
    return "LSE atomics";
  default:
    return "a feature that this version does not know";
  }
}

mlc_status mlc_check_cpu(const struct mlc_model_descriptor *model, struct mlc_failure *failure) {
  struct mlc_cpu cpu = {0};
  mlc_cpu_detect(model->required_features, &cpu);
  uint64_t missing = model->required_features & ~cpu.features;
  if (missing) {
    char names[320];
    size_t length = 0;
    for (int bit = 0; bit < 64; ++bit)
      if (missing >> bit & 1 && length + 48 < sizeof names)
        length +=
            (size_t)snprintf(names + length, sizeof names - length, "%s%s", length ? ", " : "", feature_name(bit));
    return mlc_fail(failure, MLC_ERROR_UNSUPPORTED_CPU,
                    "model '%s' is compiled for %s, this machine lacks: %s%s%s; compile it for this CPU", model->name,
                    model->target, names, cpu.os_lacks ? "; " : "", cpu.os_lacks ? cpu.os_lacks : "");
  }
  if (model->sve_bits && cpu.sve_bits != model->sve_bits)
    return mlc_fail(failure, MLC_ERROR_UNSUPPORTED_CPU,
                    "model '%s' is compiled for %s with SVE vectors of %u bits, this thread's vectors have %u bits; "
                    "compile it for this CPU",
                    model->name, model->target, model->sve_bits, cpu.sve_bits);
  return MLC_OK;
}
