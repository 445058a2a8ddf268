/**
 * The recurrent cells, a vector of units at a time: the same equations, letters and order of gates as the js device's.
 *
 * A step's sums arrive in registers: [gate], or, for a cell of one gate, any vector of units. `count` of a vector's units
 * are units of the layer: no other is written, nor read from an array of JavaScript's.
 */
#pragma once
#include "vectors.h"

namespace elman::ELMAN_SPACE {

/** Where one row's vector of units lies, in each array that a step forward reads and writes; gates stand H apart. */
template <class T> struct Forth {
  int H, count;
  bool relu;
  /** The input gates; the state before. */
  const T *x, *h;
  /** c, rewritten; h after the step. */
  T *c, *out;
  /** What backward reads, or null: the gates, and what else the cell keeps. */
  T *gates, *more;
};

/** The same of a step backward. */
template <class T> struct Back {
  int H, count;
  bool relu;
  const T *gates, *more, *h, *out;
  /** The gradients: of c, rewritten; of the input gates and the recurrent ones. */
  T *dc, *dx, *dr;
};

template <class V> ELMAN_INLINE V slopeOfSigmoid(V y) { return y * (ScalarOf<V>(1) - y); }
template <class V> ELMAN_INLINE V slopeOfTanh(V y) { return ScalarOf<V>(1) - y * y; }

/** i f g o.   c' = f·c + i·g   h' = o·tanh(c')   with i f o = σ(x + r), g = tanh(x + r).   More: c, tanh c' */
struct Lstm {
  static constexpr int gates = 4, more = 2;
  static constexpr bool isShared = true, hasCell = true;

  template <class T> static ELMAN_INLINE void forward(const Vector<T>* s, const Forth<T>& at) {
    const Vector<T> i = sigmoid(s[0]), f = sigmoid(s[1]), g = tanh(s[2]), o = sigmoid(s[3]), before = load(at.c, at.count);
    const Vector<T> c = f * before + i * g, y = tanh(c);
    store(at.c, c, at.count);
    store(at.out, o * y, at.count);
    if (at.gates == nullptr) return;
    store(at.gates, i, at.count);
    store(at.gates + at.H, f, at.count);
    store(at.gates + 2 * at.H, g, at.count);
    store(at.gates + 3 * at.H, o, at.count);
    store(at.more, before, at.count);
    store(at.more + at.H, y, at.count);
  }

  /** Returns the gradient of h before the step, without what flows through the gates. */
  template <class T> static ELMAN_INLINE Vector<T> backward(Vector<T> dh, const Back<T>& at) {
    const Vector<T> i = load(at.gates), f = load(at.gates + at.H), g = load(at.gates + 2 * at.H);
    const Vector<T> o = load(at.gates + 3 * at.H), c = load(at.more), y = load(at.more + at.H);
    const Vector<T> d = load(at.dc, at.count) + dh * o * slopeOfTanh(y);
    store(at.dx, d * g * slopeOfSigmoid(i), at.count);
    store(at.dx + at.H, d * c * slopeOfSigmoid(f), at.count);
    store(at.dx + 2 * at.H, d * i * slopeOfTanh(g), at.count);
    store(at.dx + 3 * at.H, dh * y * slopeOfSigmoid(o), at.count);
    store(at.dc, d * f, at.count);
    return Vector<T>{};
  }
};

/** r z n.   n = tanh(x_n + r·(W_hn·h + b_hn))   h' = n + z·(h − n)   with r z = σ(x + r).   More: W_hn·h + b_hn */
struct Gru {
  static constexpr int gates = 3, more = 1;
  static constexpr bool isShared = false, hasCell = false;

  template <class T> static ELMAN_INLINE void forward(const Vector<T>* s, const Forth<T>& at) {
    const Vector<T> r = sigmoid(s[0]), z = sigmoid(s[1]), n = tanh(load(at.x + 2 * at.H) + r * s[2]);
    store(at.out, n + z * (load(at.h, at.count) - n), at.count);
    if (at.gates == nullptr) return;
    store(at.gates, r, at.count);
    store(at.gates + at.H, z, at.count);
    store(at.gates + 2 * at.H, n, at.count);
    store(at.more, s[2], at.count);
  }

  template <class T> static ELMAN_INLINE Vector<T> backward(Vector<T> dh, const Back<T>& at) {
    const Vector<T> r = load(at.gates), z = load(at.gates + at.H), n = load(at.gates + 2 * at.H), q = load(at.more);
    const Vector<T> dn = dh * (T(1) - z) * slopeOfTanh(n), dr = dn * q * slopeOfSigmoid(r);
    const Vector<T> dz = dh * (load(at.h) - n) * slopeOfSigmoid(z);
    store(at.dx, dr, at.count);
    store(at.dr, dr, at.count);
    store(at.dx + at.H, dz, at.count);
    store(at.dr + at.H, dz, at.count);
    store(at.dx + 2 * at.H, dn, at.count);
    store(at.dr + 2 * at.H, dn * r, at.count);
    return dh * z;
  }
};

/** h' = tanh(x + r), or max(x + r, 0); da = dh'·(1 − h'²), or 0 where h' ≤ 0, else dh' (for NaN, too, as in PyTorch) */
struct Rnn {
  static constexpr int gates = 1, more = 0;
  static constexpr bool isShared = true, hasCell = false;

  template <class T> static ELMAN_INLINE void forward(const Vector<T>* s, const Forth<T>& at) {
    store(at.out, at.relu ? atLeast(*s, Vector<T>{}) : tanh(*s), at.count);
  }

  template <class T> static ELMAN_INLINE Vector<T> backward(Vector<T> dh, const Back<T>& at) {
    const Vector<T> h = load(at.out, at.count);
    store(at.dx, at.relu ? (h <= T(0) ? Vector<T>{} : dh) : dh * slopeOfTanh(h), at.count);
    return Vector<T>{};
  }
};

}  // namespace elman::ELMAN_SPACE
