// Compiled once for each width of vectors, whose bytes ELMAN_WIDTH says: fills that width's table.
// Nothing here may come from a template of the standard library: linked three times, one width's copy would serve all.
#include "kernels.h"
#include "recurrent.h"
#include "updates.h"

namespace elman {

namespace ELMAN_SPACE {

template <typename T> constexpr KernelsOf<T> table() {
  KernelsOf<T> kernels{};
  kernels.update = update<T>;
  kernels.products = products<T>;
  kernels.forward = forward<T>;
  kernels.backward = backward<T>;
  kernels.pack = packWeights<T>;
  kernels.lanes = lanes<T>;
  return kernels;
}

} // namespace ELMAN_SPACE

const Kernels ELMAN_JOIN(kernels, ELMAN_WIDTH) = {
#if defined(__aarch64__) || defined(_M_ARM64)
  "neon",
#else
  ELMAN_WIDTH == 64 ? "avx512" : ELMAN_WIDTH == 32 ? "avx2" : "sse2",
#endif
  ELMAN_SPACE::table<float>(),
  ELMAN_SPACE::table<double>(),
};

} // namespace elman
