/** Folds of any dimensions of a view: in double precision, rounded once. Along rows in vectors, across them in columns. */
#pragma once
#include "vectors.h"
#include "walk.h"

namespace elman::ELMAN_SPACE {

/** As many numbers side by side as a vector has in double precision, and their sum. */
using Wide = Vector<double>;
template <class T> struct Narrow {
  typedef T Type __attribute__((vector_size(sizeof(T) * lanes<double>), aligned(sizeof(T)), may_alias));
};
template <class T> ELMAN_INLINE Wide wide(const T* from) {
  return __builtin_convertvector(*reinterpret_cast<const typename Narrow<T>::Type*>(from), Wide);
}
ELMAN_INLINE double total(Wide x) {
  double sum = 0;
  for (int k = 0; k < lanes<double>; k++) sum += x[k];
  return sum;
}

// How a fold begins, takes one more number, and takes another fold; of numbers and of vectors of them.
struct Sum {
  static constexpr bool isExact = false;
  static constexpr double start = 0;
  template <class V> static ELMAN_INLINE V add(V a, V x) { return a + x; }
  template <class V> static ELMAN_INLINE V join(V a, V b) { return a + b; }
};
struct Squares : Sum {
  template <class V> static ELMAN_INLINE V add(V a, V x) { return a + x * x; }
};
struct Greatest {
  static constexpr bool isExact = true;
  static constexpr double start = -std::numeric_limits<double>::infinity();
  template <class V> static ELMAN_INLINE V add(V a, V x) { return (x > a) | (x != x) ? x : a; }
  template <class V> static ELMAN_INLINE V join(V a, V b) { return add(a, b); }
};
struct Least {
  static constexpr bool isExact = true;
  static constexpr double start = std::numeric_limits<double>::infinity();
  template <class V> static ELMAN_INLINE V add(V a, V x) { return (x < a) | (x != x) ? x : a; }
  template <class V> static ELMAN_INLINE V join(V a, V b) { return add(a, b); }
};

/** Folds `count` numbers side by side into `sum`. What is greatest or least needs no more precision than it has. */
template <class F, class T> ELMAN_INLINE double foldRow(double sum, const T* x, std::size_t count) {
  using A = std::conditional_t<F::isExact, T, double>;
  constexpr int step = lanes<A>;
  const auto take = [](const T* from) {
    if constexpr (F::isExact) return load(from);
    else return wide(from);
  };
  Vector<A> parts[4];
  for (Vector<A>& part : parts) part = Vector<A>{} + A(F::start);
  std::size_t i = 0;
  for (; i + 4 * step <= count; i += 4 * step) {
    ELMAN_UNROLL
    for (int k = 0; k < 4; k++) parts[k] = F::add(parts[k], take(x + i + k * step));
  }
  const Vector<A> all = F::join(F::join(parts[0], parts[1]), F::join(parts[2], parts[3]));
  for (int k = 0; k < step; k++) sum = F::join(sum, double(all[k]));
  for (; i < count; i++) sum = F::add(sum, double(x[i]));
  return sum;
}

/** Visits the places of the first `dims` dimensions: how far from the beginning each lies. */
template <class F> ELMAN_INLINE void eachPlace(const Walk& walk, int dims, F visit) {
  const std::size_t* strides = walk.operands[0].strides;
  std::size_t index[mostDims] = {}, at = 0;
  for (;;) {
    visit(at);
    int i = dims - 1;
    for (; i >= 0; i--) {
      at += strides[i];
      if (++index[i] < walk.shape[i]) break;
      at -= index[i] * strides[i];
      index[i] = 0;
    }
    if (i < 0) return;
  }
}

/** Where place `at` of a walk lies. */
inline __attribute__((always_inline)) std::size_t placeOf(const Walk& walk, std::size_t at) {
  std::size_t found = 0;
  for (int i = walk.dims - 1; i >= 0; i--) {
    found += at % walk.shape[i] * walk.operands[0].strides[i];
    at /= walk.shape[i];
  }
  return found;
}

template <class F, class T>
void fold(const T* x, const Walk& kept, const Walk& folded, std::size_t first, std::size_t last, T* out) {
  const int inner = folded.dims - 1, column = kept.dims - 1;
  const std::size_t run = folded.dims > 0 ? folded.shape[inner] : 1;
  const std::size_t step = folded.dims > 0 ? folded.operands[0].strides[inner] : 1;
  const bool isEmpty = folded.size() == 0;
  if (column >= 0 && kept.operands[0].strides[column] == 1 && step != 1) {
    constexpr std::size_t wideness = 64;
    for (std::size_t at = first; at < last;) {
      const std::size_t left = kept.shape[column] - at % kept.shape[column];
      std::size_t count = left < last - at ? left : last - at;
      if (count > wideness) count = wideness;
      double sums[wideness];
      for (double& sum : sums) sum = F::start;
      const T* from = x + placeOf(kept, at);
      if (!isEmpty) {
        eachPlace(folded, folded.dims, [&](std::size_t place) {
          const T* row = from + place;
          for (std::size_t i = 0; i < count; i++) sums[i] = F::add(sums[i], double(row[i]));
        });
      }
      for (std::size_t i = 0; i < count; i++) out[at + i] = T(sums[i]);
      at += count;
    }
    return;
  }
  for (std::size_t at = first; at < last; at++) {
    double sum = F::start;
    const T* from = x + placeOf(kept, at);
    if (!isEmpty) {
      eachPlace(folded, inner, [&](std::size_t place) {
        const T* row = from + place;
        if (step == 1) sum = foldRow<F>(sum, row, run);
        else for (std::size_t i = 0; i < run; i++) sum = F::add(sum, double(row[i * step]));
      });
    }
    out[at] = T(sum);
  }
}

/** Of places `first` to `last` of what is kept, the folds of x over `folded`: sums, sums of squares, maxima or minima. */
template <class T>
void reduce(int op, const T* x, const Walk& kept, const Walk& folded, std::size_t first, std::size_t last, T* out) {
  if (op == 0) fold<Sum>(x, kept, folded, first, last, out);
  else if (op == 1) fold<Squares>(x, kept, folded, first, last, out);
  else if (op == 2) fold<Greatest>(x, kept, folded, first, last, out);
  else fold<Least>(x, kept, folded, first, last, out);
}

}  // namespace elman::ELMAN_SPACE
