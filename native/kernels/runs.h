/**
 * What the kernels are told of products and of runs over time. Letters as in the device seam: T steps, N sequences, R rows, C input
 * features, H hidden units, P units of the output. Arrays are row-major; null stands for what is not there.
 */
#pragma once
#include <cstddef>
#include <cstdint>

namespace elman {

/** The cells, in the order of their numbers. */
enum CellNumber { rnnTanh, rnnRelu, lstm, gru, cellCount };

struct Sizes {
  int cell;
  int T, N, C, H, P;
  std::ptrdiff_t R;
  /** How many sequences are alive at each time. */
  const std::int32_t* steps;
  bool reverse;
};

template <typename Float> struct Forward : Sizes {
  const Float *input, *h0, *c0;
  /** Packed: W_ihᵀ, W_hhᵀ by units, W_hrᵀ. */
  const Float *ih, *hh, *hr;
  /** What the input gates begin with [G·H]; what the recurrent part of a GRU's n begins with [H + a vector]. */
  const Float *bias, *biasHh;
  Float *output, *hn, *cn;
  /** h before the projection: of every row if it is kept, else of N. */
  Float* raw;
  bool isKept;
  /** Kept, with room for a vector behind: the gates [R, G·H], and what else the cell keeps [R, more·H]. */
  Float *gates, *more;
};

template <typename Float> struct Backward : Sizes {
  const Float *input, *h0, *output;
  /** Packed: W_ih, W_hh, W_hr. */
  const Float *ih, *hh, *hr;
  /** Of forward. */
  const Float *raw, *gates, *more;
  const Float* dOutput;
  /** The gradients of the final states on entry, those of the initial ones on return. */
  Float *dh, *dc;
  Float *dInput, *dIh, *dHh, *dHr, *dBiasIh, *dBiasHh;
};

/** Matrices, some of each of some groups: element k of row r of number i of group g is at[i·batch + g·group + r·row + k·column]. */
template <typename Float> struct Matrix {
  Float* at;
  std::ptrdiff_t batch, group, row, column;
};

/**
 * c (+)= a·b, some times. Columns of c stand side by side. Rows of b may stand anywhere, one from the other, or its columns:
 * places, where there are some, stand for k·row or for k·column.
 */
template <typename Float> struct Products {
  std::ptrdiff_t count, groups;
  int M, N, K;
  Matrix<const Float> a, b;
  Matrix<Float> c;
  const std::int32_t *rows, *columns;
  bool accumulate;
};

/** Weights to be packed: b [K, gates·H]. */
template <typename Float> struct Packing {
  Matrix<const Float> b;
  int K, H, gates;
  Float* to;
};

/** What a level of a net at work is, beside the numbers of cells. */
enum LevelNumber { affine = cellCount, sigmoids, tanhs, levelCount };

/** One level: N rows go in, `inputRow` numbers apart, and P numbers each go out; C numbers of a row are read. */
struct Level {
  int kind, N, C, H, P, inputRow;
  const float* input;
  /** Of a cell as in Forward; of an affine level `ih` is its weight. */
  const float *ih, *hh, *hr, *bias, *biasHh;
  /** Input gates [N, G·H], states, h before a projection; out [N, P], which two kinds change in place. */
  float *x, *h, *c, *raw, *out;
};

}  // namespace elman
