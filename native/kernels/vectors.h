/**
 * Vectors of ELMAN_WIDTH bytes, from the compiler's own vector types, and the functions of them that recurrent layers
 * are made of: exp, log, tanh and sigmoid for float and double, to a few units in the last place; NaN stays NaN.
 *
 * This file is compiled once for each width: everything stands in a namespace of that width. Compile with
 * -ffp-contract=fast, so that a·b + c is one instruction where there is one, and not with -ffast-math, which would
 * reorder the sums that round to whole numbers.
 */
#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <type_traits>

#ifndef ELMAN_WIDTH
#define ELMAN_WIDTH 16
#endif
#define ELMAN_JOIN_(a, b) a##b
#define ELMAN_JOIN(a, b) ELMAN_JOIN_(a, b)
/** The namespace of this width: width16, width32, width64. */
#define ELMAN_SPACE ELMAN_JOIN(width, ELMAN_WIDTH)
#define ELMAN_INLINE inline __attribute__((always_inline))
/** A loop over an array of registers must be gone before registers are given out. */
#define ELMAN_UNROLL _Pragma("GCC unroll 32")

namespace elman::ELMAN_SPACE {

template <class T> struct Scalar;
template <> struct Scalar<float> {
  using Integer = int32_t;
  static constexpr int fraction = 23, bias = 127;
  static constexpr float rounder = 12582912.0f + 127;  // 1.5·2^23 and the bias: a sum is a whole number, whose last bits are an exponent
  static constexpr float log2High = 0.693359375f, log2Low = -2.12194440e-4f;
  static constexpr float low = -110.0f, high = 90.0f;  // beyond, eˣ is 0, or infinite
  static constexpr float none = -88.0f;                // an exponent that 2ⁿ has no bits for
  static constexpr float one = 20.0f;                                      // from where on tanh x is 1
  static constexpr float tiny = 1.17549435e-38f;                           // the least ordinary number
  static constexpr int raise = 24;                                         // 2^24 makes a denormal ordinary
  /** (eʳ − 1 − r) / r² over |r| ≤ ln 2 / 2: a Chebyshev fit. */
  static constexpr float exponential[] = {0.00139261761199f, 0.00836317307451f, 0.0416665546621f, 0.166665770256f, 0.5f};
  /** log((1 + s) / (1 − s)) / 2s − 1 in s². */
  static constexpr float logarithm[] = {1.0f / 9, 1.0f / 7, 1.0f / 5, 1.0f / 3};
};
template <> struct Scalar<double> {
  using Integer = int64_t;
  static constexpr int fraction = 52, bias = 1023;
  static constexpr double rounder = 6755399441055744.0 + 1023;  // 1.5·2^52
  static constexpr double log2High = 0.693147180369123816490, log2Low = 1.90821492927058770002e-10;
  static constexpr double low = -760.0, high = 712.0, none = -709.0;
  static constexpr double one = 20.0;
  static constexpr double tiny = 2.2250738585072014e-308;
  static constexpr int raise = 54;
  static constexpr double exponential[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                           1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                                           1.0 / 120,        1.0 / 24,        1.0 / 6,        0.5};
  static constexpr double logarithm[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                         1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};
};

template <class T> struct Types {
  using Integer = typename Scalar<T>::Integer;
  typedef T Vector __attribute__((vector_size(ELMAN_WIDTH)));
  typedef Integer Mask __attribute__((vector_size(ELMAN_WIDTH)));
  /** The same in memory, at any place. */
  typedef T Loose __attribute__((vector_size(ELMAN_WIDTH), aligned(sizeof(T)), may_alias));
};
template <class T> using Vector = typename Types<T>::Vector;
/** Of each lane all bits, or none. */
template <class T> using Mask = typename Types<T>::Mask;

/** How many numbers a vector has. */
template <class T> constexpr int lanes = ELMAN_WIDTH / sizeof(T);

template <class T> ELMAN_INLINE Vector<T> load(const T* from) {
  return *reinterpret_cast<const typename Types<T>::Loose*>(from);
}
template <class T> ELMAN_INLINE void store(T* to, Vector<T> x) {
  *reinterpret_cast<typename Types<T>::Loose*>(to) = x;
}
/** The first `count` numbers of a vector, count ≤ lanes; the others are 0. */
template <class T> ELMAN_INLINE Vector<T> load(const T* from, int count) {
  if (count >= lanes<T>) return load(from);
  Vector<T> x = {};
  for (int i = 0; i < count; i++) x[i] = from[i];
  return x;
}
template <class T> ELMAN_INLINE void store(T* to, Vector<T> x, int count) {
  if (count >= lanes<T>) return store(to, x);
  for (int i = 0; i < count; i++) to[i] = x[i];
}
template <class T> ELMAN_INLINE Vector<T> splat(T x) {
  return x - Vector<T>{};
}

/** The functions below take any vector V of them: what it is made of, and its mask. */
template <class V> using ScalarOf = std::remove_cv_t<std::remove_reference_t<decltype(V{}[0])>>;
template <class V> using MaskOf = Mask<ScalarOf<V>>;

template <class V> ELMAN_INLINE MaskOf<V> bits(V x) { return reinterpret_cast<MaskOf<V>>(x); }
template <class V> ELMAN_INLINE V numbers(MaskOf<V> x) { return reinterpret_cast<V>(x); }

/** The smaller, the greater of x and a number; x where it is NaN. */
template <class V> ELMAN_INLINE V atMost(V x, V most) { return most < x ? most : x; }
template <class V> ELMAN_INLINE V atLeast(V x, V least) { return least > x ? least : x; }
template <class V> ELMAN_INLINE MaskOf<V> signOf(V x) {
  return bits(x) & std::numeric_limits<typename Scalar<ScalarOf<V>>::Integer>::min();
}
template <class V> ELMAN_INLINE V absolute(V x) { return numbers<V>(bits(x) ^ signOf(x)); }

/** 2ⁿ for an n that gives an ordinary number. */
template <class V> ELMAN_INLINE V power(MaskOf<V> n) {
  using S = Scalar<ScalarOf<V>>;
  return numbers<V>((n + S::bias) << S::fraction);
}

/** eˣ = 2ⁿ·(1 + p), and 2ⁿ, which is 0 where it would be denormal. */
template <class V> struct Split {
  MaskOf<V> n;
  V p, power;
};
template <class V> ELMAN_INLINE Split<V> split(V x) {
  using T = ScalarOf<V>;
  using S = Scalar<T>;
  const V rounded = x * T(1.4426950408889634) + S::rounder;
  const V n = rounded - S::rounder;
  V r = x - n * S::log2High;
  r = r - n * S::log2Low;
  V q = splat(S::exponential[0]);
  for (size_t i = 1; i < std::size(S::exponential); i++) q = q * r + S::exponential[i];
  return {bits(rounded) - bits(splat(S::rounder)), r * r * q + r, numbers<V>(bits(rounded) << S::fraction)};
}

template <class V> ELMAN_INLINE V exp(V x) {
  using S = Scalar<ScalarOf<V>>;
  const Split<V> s = split(atLeast(atMost(x, splat(S::high)), splat(S::low)));
  // In two steps, which also end in what is denormal or infinite.
  const MaskOf<V> half = s.n >> 1;
  return (s.p + ScalarOf<V>(1)) * power<V>(half) * power<V>(s.n - half);
}

/** 1 / (1 + e⁻ˣ); 0 where eˣ would be denormal. */
template <class V> ELMAN_INLINE V sigmoid(V x) {
  using T = ScalarOf<V>;
  using S = Scalar<T>;
  const V negative = numbers<V>(bits(x) | std::numeric_limits<typename S::Integer>::min());
  const Split<V> s = split(atLeast(negative, splat(S::none)));
  const V e = s.p * s.power + s.power;
  const V small = e / (e + T(1));
  // Not 1 / (1 + e) above 0: gradients are made of 1 − σ, which that leaves less exact.
  return x < T(0) ? small : T(1) - small;
}

/** −(e⁻²ˣ − 1) / (e⁻²ˣ + 1) near 0, where e⁻²ˣ − 1 loses no digits; elsewhere 1 − 2e⁻²ˣ / (e⁻²ˣ + 1), whose last step alone rounds. */
template <class V> ELMAN_INLINE V tanh(V x) {
  using T = ScalarOf<V>;
  const Split<V> s = split(atMost(absolute(x), splat(Scalar<T>::one)) * T(-2));
  const V less = s.p * s.power + (s.power - T(1)), whole = s.p * s.power + s.power;
  const MaskOf<V> far = less < T(-0.5);
  const V part = (far ? whole + whole : less) / (less + T(2));
  return numbers<V>(bits((far ? splat(T(1)) : V{}) - part) | signOf(x));
}

template <class V> ELMAN_INLINE V log(V x) {
  using T = ScalarOf<V>;
  using S = Scalar<T>;
  const MaskOf<V> denormal = x < S::tiny;
  // Without the sign: below 0 the result is NaN in any case, and no difference of bits overflows.
  const MaskOf<V> all = bits(absolute(denormal ? x * T(int64_t(1) << S::raise) : x));
  // x = 2ⁿ·(1 + f), √½ ≤ 1 + f < √2
  const MaskOf<V> n = (all - bits(splat(T(0.7071067811865476)))) >> S::fraction;
  const V f = numbers<V>(all - (n << S::fraction)) - T(1);
  const V s = f / (f + T(2));
  const V z = s * s;
  V q = splat(S::logarithm[0]);
  for (size_t i = 1; i < std::size(S::logarithm); i++) q = q * z + S::logarithm[i];
  const V count = numbers<V>(n + (denormal & -S::raise) + bits(splat(S::rounder))) - S::rounder;
  V y = count * S::log2High + (f - s * (f - (z + z) * q) + count * S::log2Low);
  const T infinity = std::numeric_limits<T>::infinity();
  y = x < infinity ? y : x;  // infinity and NaN
  y = x == T(0) ? splat(-infinity) : y;
  return x < T(0) ? splat(std::numeric_limits<T>::quiet_NaN()) : y;
}

}  // namespace elman::ELMAN_SPACE
