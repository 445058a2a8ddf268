/**
 * The table of kernels that each width of vectors fills: what the binding calls. Pointers and bounds were checked before.
 * `first` and `last` are the part of the result that a call computes, so that threads may share one.
 */
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "runs.h"
#include "walk.h"

namespace elman {

using std::size_t;

/** Kernels of one scalar: float or double. What each computes stands where it is written. */
template <class T> struct KernelsOf {
  void (*elementwise)(int op, const Walk&, size_t first, size_t last, void* out);
  void (*scatter)(const Walk&, size_t first, size_t last);
  void (*where)(const Walk&, size_t first, size_t last, T* out);
  void (*reduce)(int op, const T* x, const Walk& kept, const Walk& folded, size_t first, size_t last, T* out);
  void (*softmax)(bool log, const T* x, T* y, size_t C, size_t first, size_t last);
  void (*softmaxBackward)(bool log, const T* dy, const T* y, T* dx, size_t C, size_t first, size_t last);
  void (*crossEntropy)(const T* x, const int32_t* target, T* losses, double* sums, size_t C, size_t first, size_t last);
  void (*crossEntropyBackward)(const T* d, const T* x, const int32_t* target, const double* sums, T* dx, size_t C,
                               size_t first, size_t last);
  void (*layerNorm)(const T* x, const T* weight, const T* bias, T* y, double* moments, double eps, size_t C,
                    size_t first, size_t last);
  void (*layerNormBackward)(const T* dy, const T* x, const T* weight, const double* moments, T* dx, size_t C,
                            size_t first, size_t last);
  void (*layerNormColumns)(const T* dy, const T* x, const double* moments, T* dWeight, T* dBias, size_t R, size_t C,
                           size_t first, size_t last);
  void (*update)(int rule, T* parameter, const T* gradient, T* const* running, size_t count, const double* numbers);
  /** Products, and runs over time. */
  void (*products)(const Products<T>&);
  void (*forward)(const Forward<T>* runs, int count);
  void (*backward)(const Backward<T>* runs, int count);
  /** Packs weights for runs: of [K, N] as many numbers as N rounded up to whole vectors of `lanes`, times K. */
  void (*pack)(const Packing<T>&);
  int lanes;
};

struct Kernels {
  /** What ELMAN_VECTORS calls them. */
  const char* name;
  KernelsOf<float> floats;
  KernelsOf<double> doubles;
  /** One step of the levels of a net. */
  void (*step)(const Level* levels, int count);

  template <class T> const KernelsOf<T>& of() const {
    if constexpr (sizeof(T) == 4) return floats;
    else return doubles;
  }
};

extern const Kernels kernels16;
extern const Kernels kernels32;
extern const Kernels kernels64;

}  // namespace elman
