// The table of kernels that each width of vectors fills: what the binding calls. Pointers and counts were checked before.
#pragma once

#include <cstddef>
#include "runs.h"

#include <type_traits>

namespace elman {

/** Kernels of one scalar: float or double. */
template <typename T> struct KernelsOf {
  /** One step of an optimiser's rule on `count` elements; running values that a rule has not are null. */
  void (*update)(int rule, T* parameter, const T* gradient, T* const* running, std::size_t count, const double* numbers);
  /** Products, and runs over time. */
  void (*products)(const Products<T>&);
  void (*forward)(const Forward<T>&);
  void (*backward)(const Backward<T>&);
  /** Packs weights for runs: of [K, N] as many numbers as N rounded up to whole vectors of `lanes`, times K. */
  void (*pack)(const Packing<T>&);
  int lanes;
};

struct Kernels {
  /** What ELMAN_VECTORS calls them. */
  const char* name;
  KernelsOf<float> floats;
  KernelsOf<double> doubles;

  template <typename T> const KernelsOf<T>& of() const {
    if constexpr (sizeof(T) == 4) return floats;
    else return doubles;
  }
};

extern const Kernels kernels16;
extern const Kernels kernels32;
extern const Kernels kernels64;

} // namespace elman
