/** Chooses the kernels once for the process, when the module is first loaded. */
#include "choose.h"

#include <cstdlib>
#include <cstring>

namespace elman {

static const Kernels* choose() {
  const char* asked = std::getenv("ELMAN_VECTORS");
  const bool any = asked == nullptr || *asked == 0;
  const auto fits = [&](const Kernels& kernels) { return any || std::strcmp(asked, kernels.name) == 0; };
#if defined(__x86_64__) || defined(_M_X64)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx512 && fits(kernels64)) return &kernels64;
  if (avx2 && fits(kernels32)) return &kernels32;
#endif
  return fits(kernels16) ? &kernels16 : nullptr;
}

const Kernels* chosenKernels() {
  static const Kernels* const chosen = choose();
  return chosen;
}

} // namespace elman
