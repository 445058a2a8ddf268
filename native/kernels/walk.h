/**
 * Views as the kernels see them: no more dimensions than needed, and a way to hand out their elements in order, some at
 * a time and side by side, whatever their strides.
 */
#pragma once
#include <cstddef>
#include <cstdint>

namespace elman {

constexpr int mostDims = 16;

/** A grid of places, row-major, and up to three operands over it; strides in elements, 0 where one is stretched. */
struct Walk {
  int dims = 0;
  std::size_t shape[mostDims] = {};
  struct Operand {
    const void* data = nullptr;
    std::size_t strides[mostDims] = {};
  } operands[3];

  /** Dimensions of one place go, and neighbours that are one for every operand become one. */
  void simplify(int count) {
    int kept = 0;
    for (int i = 0; i < dims; i++) {
      if (shape[i] == 1) continue;
      bool joins = kept > 0;
      for (int k = 0; joins && k < count; k++) {
        joins = operands[k].strides[kept - 1] == operands[k].strides[i] * shape[i];
      }
      const int at = joins ? kept - 1 : kept++;
      shape[at] = joins ? shape[at] * shape[i] : shape[i];
      for (int k = 0; k < count; k++) operands[k].strides[at] = operands[k].strides[i];
    }
    dims = kept;
  }

  __attribute__((always_inline)) std::size_t size() const {
    std::size_t all = 1;
    for (int i = 0; i < dims; i++) all *= shape[i];
    return all;
  }
};

} // namespace elman
