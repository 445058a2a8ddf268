/** Ops of one element at a time: operands of any strides come side by side, in blocks, and go through one loop. */
#pragma once
#include "vectors.h"
#include "walk.h"

/** Every place by itself: what is written at one is read at no other. */
#define ELMAN_EACH _Pragma("GCC ivdep")

namespace elman::ELMAN_SPACE {

/** Elements of a block. */
constexpr std::size_t block = 512;

/** One operand of a walk, handed out in order. */
template <class T> class Reader {
public:
  Reader(const Walk& walk, int operand)
      : walk(walk), data(static_cast<const T*>(walk.operands[operand].data)), strides(walk.operands[operand].strides) {
    std::size_t step = 1;
    for (int i = walk.dims - 1; i >= 0; i--) {
      isWhole = isWhole && strides[i] == step;
      isOne = isOne && strides[i] == 0;
      step *= walk.shape[i];
    }
    isOne = isOne && !isWhole;
    if (isOne) for (T& x : room) x = *data;
  }

  /** `count` elements from place `at` on, a block at most unless all lie side by side. */
  const T* take(std::size_t at, std::size_t count) {
    if (isWhole) return data + at;
    if (isOne) return room;
    std::size_t index[mostDims];
    const T* from = data;
    for (int i = walk.dims - 1; i >= 0; i--) {
      index[i] = at % walk.shape[i];
      at /= walk.shape[i];
      from += index[i] * strides[i];
    }
    const int last = walk.dims - 1;
    const std::size_t step = strides[last];
    std::size_t run = walk.shape[last] - index[last];
    if (step == 1 && run >= count) return from;
    for (std::size_t done = 0;;) {
      if (run > count - done) run = count - done;
      ELMAN_EACH
      for (std::size_t i = 0; i < run; i++) room[done + i] = from[i * step];
      done += run;
      if (done == count) return room;
      from -= index[last] * step;
      index[last] = 0;
      for (int i = last - 1; i >= 0; i--) {
        from += strides[i];
        if (++index[i] < walk.shape[i]) break;
        from -= index[i] * strides[i];
        index[i] = 0;
      }
      run = walk.shape[last];
    }
  }

  bool isWhole = true;

private:
  const Walk& walk;
  const T* data;
  const std::size_t* strides;
  bool isOne = true;
  T room[block];
};

template <class V> ELMAN_INLINE V log1p(V e) {
  const V up = e + ScalarOf<V>(1);
  const V less = up - ScalarOf<V>(1);
  return less == ScalarOf<V>(0) ? e : log(up) * (e / less);
}

/** log σ(x) = min(x, 0) − log(1 + e⁻ˡˣˡ) */
template <class V> ELMAN_INLINE V logSigmoid(V x) {
  return (x > ScalarOf<V>(0) ? V{} : x) - log1p(exp(-absolute(x)));
}

/** out = f(a, b), in vectors. */
template <class T, class F> ELMAN_INLINE void vectors(std::size_t count, const T* a, const T* b, T* out, F f) {
  for (std::size_t i = 0; i < count; i += lanes<T>) {
    const int some = count - i < std::size_t(lanes<T>) ? int(count - i) : lanes<T>;
    store(out + i, f(load(a + i, some), load(b + i, some)), some);
  }
}

/** out = f(a, b): a loop that the compiler makes vectors of. */
template <class T, class O, class F> ELMAN_INLINE void plain(std::size_t count, const T* a, const T* b, O* out, F f) {
  ELMAN_EACH
  for (std::size_t i = 0; i < count; i++) out[i] = f(a[i], b[i]);
}

template <class T> T power(T a, T b) {
  if constexpr (sizeof(T) == 4) return __builtin_powf(a, b);
  else return __builtin_pow(a, b);
}
template <class T> ELMAN_INLINE T root(T x) {
  if constexpr (sizeof(T) == 4) return __builtin_sqrtf(x);
  else return __builtin_sqrt(x);
}

/** Ops have the numbers of src/elementwise.ts. Those from `isnan` on answer with true or false. */
enum Op {
  opNeg, opExp, opLog, opSqrt, opAbs, opSign, opTanh, opSigmoid, opLogSigmoid, opRelu,
  opAdd, opSub, opMul, opDiv, opPow, opMaximum, opMinimum,
  slopeExp, slopeLog, slopeSqrt, slopeRoot, slopeAbs, slopeTanh, slopeSigmoid, slopeLogSigmoid, slopeRelu,
  opIsnan, opLogicalNot, opEq, opNe, opLt, opLe, opGt, opGe, opLogicalAnd, opLogicalOr,
};

/** b is what a slope had saved: x of log, abs and logSigmoid, y of the others. */
template <class T> void numberLoop(int op, std::size_t n, const T* a, const T* b, T* out) {
  using V = Vector<T>;
  const T zero = 0, one = 1;
  switch (op) {
    case opNeg: return plain(n, a, b, out, [](T x, T) { return -x; });
    case opExp: return vectors(n, a, b, out, [](V x, V) { return exp(x); });
    case opLog: return vectors(n, a, b, out, [](V x, V) { return log(x); });
    case opSqrt: return plain(n, a, b, out, [](T x, T) { return root(x); });
    case opAbs: return vectors(n, a, b, out, [](V x, V) { return absolute(x); });
    case opSign: return plain(n, a, b, out, [=](T x, T) { return T((x > zero) - (x < zero)); });
    case opTanh: return vectors(n, a, b, out, [](V x, V) { return tanh(x); });
    case opSigmoid: return vectors(n, a, b, out, [](V x, V) { return sigmoid(x); });
    case opLogSigmoid: return vectors(n, a, b, out, [](V x, V) { return logSigmoid(x); });
    case opRelu: return plain(n, a, b, out, [=](T x, T) { return x <= zero ? zero : x; });
    case opAdd: return plain(n, a, b, out, [](T x, T y) { return x + y; });
    case opSub: return plain(n, a, b, out, [](T x, T y) { return x - y; });
    case opMul: return plain(n, a, b, out, [](T x, T y) { return x * y; });
    case opDiv: return plain(n, a, b, out, [](T x, T y) { return x / y; });
    case opPow: return plain(n, a, b, out, [](T x, T y) { return power(x, y); });
    case opMaximum: return plain(n, a, b, out, [](T x, T y) { return x != x ? x : x > y ? x : y; });
    case opMinimum: return plain(n, a, b, out, [](T x, T y) { return x != x ? x : x < y ? x : y; });
    case slopeExp: return plain(n, a, b, out, [](T d, T y) { return d * y; });
    case slopeLog: return plain(n, a, b, out, [](T d, T x) { return d / x; });
    case slopeSqrt: return plain(n, a, b, out, [](T d, T y) { return d / (y + y); });
    case slopeRoot: return plain(n, a, b, out, [=](T d, T y) { return y == zero ? zero : d / (y + y); });
    case slopeAbs: return plain(n, a, b, out, [=](T d, T x) { return d * T((x > zero) - (x < zero)); });
    case slopeTanh: return plain(n, a, b, out, [=](T d, T y) { return d * (one - y * y); });
    case slopeSigmoid: return plain(n, a, b, out, [=](T d, T y) { return d * y * (one - y); });
    case slopeLogSigmoid: return vectors(n, a, b, out, [](V d, V x) { return d * sigmoid(-x); });
    default: return plain(n, a, b, out, [=](T d, T y) { return y <= zero ? zero : d; });
  }
}

template <class T> void truthLoop(int op, std::size_t n, const T* a, const T* b, std::uint8_t* out) {
  const T zero = 0;
  switch (op) {
    case opIsnan: return plain(n, a, b, out, [](T x, T) { return x != x; });
    case opLogicalNot: return plain(n, a, b, out, [=](T x, T) { return x == zero; });
    case opEq: return plain(n, a, b, out, [](T x, T y) { return x == y; });
    case opNe: return plain(n, a, b, out, [](T x, T y) { return x != y; });
    case opLt: return plain(n, a, b, out, [](T x, T y) { return x < y; });
    case opLe: return plain(n, a, b, out, [](T x, T y) { return x <= y; });
    case opGt: return plain(n, a, b, out, [](T x, T y) { return x > y; });
    case opGe: return plain(n, a, b, out, [](T x, T y) { return x >= y; });
    case opLogicalAnd: return plain(n, a, b, out, [=](T x, T y) { return (x != zero) & (y != zero); });
    default: return plain(n, a, b, out, [=](T x, T y) { return (x != zero) | (y != zero); });
  }
}

/** `op` of the places from `first` up to `last` of a walk over a and b, which may be the same. */
template <class T> void elementwise(int op, const Walk& walk, std::size_t first, std::size_t last, void* out) {
  Reader<T> left(walk, 0), right(walk, 1);
  const std::size_t step = left.isWhole && right.isWhole ? last - first : block;
  for (std::size_t at = first; at < last; at += step) {
    const std::size_t count = last - at < step ? last - at : step;
    const T *a = left.take(at, count), *b = right.take(at, count);
    if (op < opIsnan) numberLoop(op, count, a, b, static_cast<T*>(out) + at);
    else truthLoop(op, count, a, b, static_cast<std::uint8_t*>(out) + at);
  }
}

/** Operand 2 ? operand 0 : operand 1. */
template <class T> void where(const Walk& walk, std::size_t first, std::size_t last, T* out) {
  Reader<T> left(walk, 0), right(walk, 1);
  Reader<std::uint8_t> condition(walk, 2);
  for (std::size_t at = first; at < last; at += block) {
    const std::size_t count = last - at < block ? last - at : block;
    const T *a = left.take(at, count), *b = right.take(at, count);
    const std::uint8_t* c = condition.take(at, count);
    ELMAN_EACH
    for (std::size_t i = 0; i < count; i++) out[at + i] = c[i] != 0 ? a[i] : b[i];
  }
}

/** Copies rows of operand 0, which are those of the last dimension, to where operand 1 lies. */
template <class T> void scatter(const Walk& walk, std::size_t first, std::size_t last) {
  const int inner = walk.dims - 1;
  const std::size_t *const left = walk.operands[0].strides, *const right = walk.operands[1].strides;
  const T* from = static_cast<const T*>(walk.operands[0].data);
  T* to = static_cast<T*>(const_cast<void*>(walk.operands[1].data));
  std::size_t index[mostDims], rest = first;
  for (int i = inner - 1; i >= 0; rest /= walk.shape[i--]) {
    index[i] = rest % walk.shape[i];
    from += index[i] * left[i];
    to += index[i] * right[i];
  }
  for (std::size_t row = first; row < last; row++) {
    ELMAN_EACH
    for (std::size_t j = 0; j < walk.shape[inner]; j++) to[j * right[inner]] = from[j * left[inner]];
    for (int i = inner - 1; i >= 0; i--) {
      from += left[i], to += right[i];
      if (++index[i] < walk.shape[i]) break;
      from -= index[i] * left[i], to -= index[i] * right[i], index[i] = 0;
    }
  }
}

}  // namespace elman::ELMAN_SPACE
