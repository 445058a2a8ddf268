/**
 * One step of an optimiser's rule, in place: the formulas of src/device/js/updates.ts, in double precision and rounded
 * where a value is stored. Of running means what is denormal is stored as 0: without a gradient they would stay slow.
 */
#pragma once

#include "vectors.h"

namespace elman::ELMAN_SPACE {

template <typename T> ELMAN_INLINE T flushed(double x) {
  const double least = sizeof(T) == 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308;
  return __builtin_fabs(x) < least ? T(0) : T(x);
}

/** b = momentum·b + taken·g, g = d + weightDecay·p; p −= lr·b, where `ahead` lr·(g + momentum·b), without b lr·g. */
template <typename T, bool running, bool ahead>
void sgd(T* __restrict p, const T* __restrict d, T* __restrict b, std::size_t count, const double* numbers) {
  const double lr = numbers[0], decay = numbers[1], momentum = numbers[2], taken = numbers[3];
  for (std::size_t i = 0; i < count; i++) {
    double g = d[i] + decay * p[i];
    if constexpr (running) {
      b[i] = flushed<T>(momentum * b[i] + taken * g);
      g = ahead ? g + momentum * b[i] : b[i];
    }
    p[i] = T(p[i] - lr * g);
  }
}

/** m += (1 − β₁)·(g − m), v = β₂·v + (1 − β₂)·g², p = shrink·p − pace·m / (√v / spread + eps); `top` stands for v. */
template <typename T, bool greatest>
void adam(T* __restrict p, const T* __restrict d, T* __restrict m, T* __restrict v, T* __restrict top,
          std::size_t count, const double* numbers) {
  const double shrink = numbers[0], pace = numbers[1], spread = numbers[2], eps = numbers[3], decay = numbers[4];
  const double beta1 = numbers[5], beta2 = numbers[6];
  for (std::size_t i = 0; i < count; i++) {
    const double g = d[i] + decay * p[i];
    m[i] = flushed<T>(m[i] + (1 - beta1) * (g - m[i]));
    v[i] = T(beta2 * v[i] + (1 - beta2) * g * g);
    double square = v[i];
    if constexpr (greatest) {
      top[i] = top[i] > v[i] || top[i] != top[i] ? top[i] : v[i];
      square = top[i];
    }
    p[i] = T(shrink * p[i] - pace * m[i] / (__builtin_sqrt(square) / spread + eps));
  }
}

/** v = α·v + (1 − α)·g², m += (1 − α)·(g − m), s = g / (√(v − m²) + eps), b = momentum·b + s, p −= lr·b. */
template <typename T, bool centered, bool running>
void rmsprop(T* __restrict p, const T* __restrict d, T* __restrict v, T* __restrict m, T* __restrict b,
             std::size_t count, const double* numbers) {
  const double lr = numbers[0], alpha = numbers[1], eps = numbers[2], decay = numbers[3], momentum = numbers[4];
  for (std::size_t i = 0; i < count; i++) {
    const double g = d[i] + decay * p[i];
    v[i] = T(alpha * v[i] + (1 - alpha) * g * g);
    double square = v[i];
    if constexpr (centered) {
      m[i] = flushed<T>(m[i] + (1 - alpha) * (g - m[i]));
      square -= double(m[i]) * m[i];
    }
    double s = g / (__builtin_sqrt(square) + eps);
    if constexpr (running) s = b[i] = flushed<T>(momentum * b[i] + s);
    p[i] = T(p[i] - lr * s);
  }
}

/** The rules by number; running values stand in the order of the rule, and are null where it has none. */
template <typename T>
void update(int rule, T* p, const T* d, T* const* r, std::size_t count, const double* numbers) {
  if (rule == 0) {
    const bool ahead = numbers[4] != 0;
    if (r[0] == nullptr) sgd<T, false, false>(p, d, nullptr, count, numbers);
    else if (ahead) sgd<T, true, true>(p, d, r[0], count, numbers);
    else sgd<T, true, false>(p, d, r[0], count, numbers);
  } else if (rule == 1) {
    if (r[2] == nullptr) adam<T, false>(p, d, r[0], r[1], nullptr, count, numbers);
    else adam<T, true>(p, d, r[0], r[1], r[2], count, numbers);
  } else {
    if (r[1] == nullptr && r[2] == nullptr) rmsprop<T, false, false>(p, d, r[0], nullptr, nullptr, count, numbers);
    else if (r[2] == nullptr) rmsprop<T, true, false>(p, d, r[0], r[1], nullptr, count, numbers);
    else if (r[1] == nullptr) rmsprop<T, false, true>(p, d, r[0], nullptr, r[2], count, numbers);
    else rmsprop<T, true, true>(p, d, r[0], r[1], r[2], count, numbers);
  }
}

} // namespace elman::ELMAN_SPACE
