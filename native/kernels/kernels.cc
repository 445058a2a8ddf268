/**
 * Compiled once for each width of vectors, whose bytes ELMAN_WIDTH says: fills that width's table. Nothing here may call a
 * function that is not of that width's namespace or always inlined: linked three times, one width's copy would serve all.
 */
#include "kernels.h"

#include "elementwise.h"
#include "recurrent.h"
#include "reduce.h"
#include "rows.h"
#include "updates.h"

namespace elman {

namespace ELMAN_SPACE {

template <class T> constexpr KernelsOf<T> table() {
  return {elementwise<T>, scatter<T>, where<T>, reduce<T>, softmax<T>, softmaxBackward<T>, crossEntropy<T>, crossEntropyBackward<T>,
          layerNorm<T>, layerNormBackward<T>, layerNormColumns<T>, update<T>, products<T>, forward<T>, backward<T>, packWeights<T>, lanes<T>};
}

}  // namespace ELMAN_SPACE

const Kernels ELMAN_JOIN(kernels, ELMAN_WIDTH) = {
#if defined(__aarch64__) || defined(_M_ARM64)
    "neon",
#else
    ELMAN_WIDTH == 64 ? "avx512" : ELMAN_WIDTH == 32 ? "avx2" : "sse2",
#endif
    ELMAN_SPACE::table<float>(),
    ELMAN_SPACE::table<double>(),
  ELMAN_SPACE::step,
};

}  // namespace elman
