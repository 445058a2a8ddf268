/**
 * Rows by themselves: softmax, cross-entropy and layer normalisation, of the rows from `first` up to `last` of C numbers
 * each, side by side. Sums in double precision.
 */
#pragma once
#include "elementwise.h"
#include "reduce.h"

namespace elman::ELMAN_SPACE {

/** Σ eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ of a row; writes the summands where `to` is somewhere. */
template <class T> ELMAN_INLINE double exponentials(const T* x, T* to, std::size_t C, T greatest) {
  Wide sums = {};
  for (std::size_t j = 0; j < C; j += lanes<T>) {
    const int count = C - j < std::size_t(lanes<T>) ? int(C - j) : lanes<T>;
    T part[lanes<T>];
    store(part, exp(load(x + j, count) - greatest));
    for (int k = count; k < lanes<T>; k++) part[k] = 0;
    if (to != nullptr) store(to + j, load(part), count);
    for (int k = 0; k < lanes<T>; k += lanes<double>) sums += wide(part + k);
  }
  return total(sums);
}

template <class T> ELMAN_INLINE T greatestOf(const T* x, std::size_t C) {
  return T(foldRow<Greatest>(Greatest::start, x, C));
}

template <class T> void softmax(bool log, const T* x, T* y, std::size_t C, std::size_t first, std::size_t last) {
  for (std::size_t r = first; r < last; r++) {
    const T* from = x + r * C;
    T* to = y + r * C;
    const T greatest = greatestOf(from, C);
    const double sum = exponentials(from, log ? nullptr : to, C, greatest);
    if (log) {
      const double shift = __builtin_log(sum);
      for (std::size_t j = 0; j < C; j++) to[j] = T(from[j] - greatest - shift);
    } else {
      const T scale = T(1 / sum);
      for (std::size_t j = 0; j < C; j++) to[j] *= scale;
    }
  }
}

/** dx = y·(dy − Σ dy·y), or of log softmax dy − eʸ·Σ dy */
template <class T>
void softmaxBackward(bool log, const T* dy, const T* y, T* dx, std::size_t C, std::size_t first, std::size_t last) {
  for (std::size_t r = first; r < last; r++) {
    const T *d = dy + r * C, *from = y + r * C;
    T* to = dx + r * C;
    Wide sums = {};
    std::size_t j = 0;
    for (; j + lanes<double> <= C; j += lanes<double>) sums += log ? wide(d + j) : wide(d + j) * wide(from + j);
    double sum = total(sums);
    for (; j < C; j++) sum += log ? double(d[j]) : double(d[j]) * from[j];
    const T all = T(sum);
    if (log) {
      vectors(C, d, from, to, [=](Vector<T> a, Vector<T> b) { return a - exp(b) * all; });
    } else {
      vectors(C, d, from, to, [=](Vector<T> a, Vector<T> b) { return b * (a - all); });
    }
  }
}

/** `sums` takes of each row the greatest and Σ eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ. */
template <class T>
void crossEntropy(const T* x, const std::int32_t* target, T* losses, double* sums, std::size_t C, std::size_t first,
                  std::size_t last) {
  for (std::size_t r = first; r < last; r++) {
    const T* from = x + r * C;
    const T greatest = greatestOf(from, C);
    const double sum = exponentials<T>(from, nullptr, C, greatest);
    losses[r] = T(__builtin_log(sum) - (double(from[target[r]]) - greatest));
    sums[2 * r] = greatest;
    sums[2 * r + 1] = sum;
  }
}

/** dx = d·(softmax(x) − 1 at the target) */
template <class T>
void crossEntropyBackward(const T* d, const T* x, const std::int32_t* target, const double* sums, T* dx, std::size_t C,
                          std::size_t first, std::size_t last) {
  for (std::size_t r = first; r < last; r++) {
    const T *from = x + r * C, greatest = T(sums[2 * r]), scale = T(1 / sums[2 * r + 1]), arriving = d[r];
    T* to = dx + r * C;
    vectors(C, from, from, to, [=](Vector<T> a, Vector<T>) { return exp(a - greatest) * scale * arriving; });
    const std::int32_t at = target[r];
    const T p = exp(splat(from[at] - greatest))[0] * scale;
    to[at] = arriving * (p - T(1));
  }
}

/** n = (x − mean)·rstd, y = n·weight + bias; `moments` takes mean and rstd of each row. */
template <class T>
void layerNorm(const T* x, const T* weight, const T* bias, T* y, double* moments, double eps, std::size_t C,
               std::size_t first, std::size_t last) {
  for (std::size_t r = first; r < last; r++) {
    const T* from = x + r * C;
    T* to = y + r * C;
    const double mean = foldRow<Sum>(0, from, C) / C;
    Wide squares = {};
    std::size_t j = 0;
    for (; j + lanes<double> <= C; j += lanes<double>) {
      const Wide off = wide(from + j) - mean;
      squares += off * off;
    }
    double square = total(squares);
    for (; j < C; j++) square += (from[j] - mean) * (from[j] - mean);
    const double rstd = 1 / __builtin_sqrt(square / C + eps);
    for (j = 0; j < C; j++) to[j] = T((from[j] - mean) * rstd);
    if (weight != nullptr) for (j = 0; j < C; j++) to[j] *= weight[j];
    if (bias != nullptr) for (j = 0; j < C; j++) to[j] += bias[j];
    moments[2 * r] = mean;
    moments[2 * r + 1] = rstd;
  }
}

/** dn = dy·weight, dx = rstd·(dn − mean of dn − n·(mean of dn·n)) */
template <class T>
void layerNormBackward(const T* dy, const T* x, const T* weight, const double* moments, T* dx, std::size_t C,
                       std::size_t first, std::size_t last) {
  for (std::size_t r = first; r < last; r++) {
    const T *d = dy + r * C, *from = x + r * C;
    T* to = dx + r * C;
    const double mean = moments[2 * r], rstd = moments[2 * r + 1];
    Wide sums = {}, products = {};
    std::size_t j = 0;
    for (; j + lanes<double> <= C; j += lanes<double>) {
      const Wide dn = weight == nullptr ? wide(d + j) : wide(d + j) * wide(weight + j);
      sums += dn;
      products += dn * (wide(from + j) - mean);
    }
    double sum = total(sums), along = total(products);
    for (; j < C; j++) {
      const double dn = weight == nullptr ? double(d[j]) : double(d[j]) * weight[j];
      sum += dn;
      along += dn * (from[j] - mean);
    }
    const double shift = sum / C, slope = along * rstd * rstd / C;
    for (j = 0; j < C; j++) {
      const double dn = weight == nullptr ? double(d[j]) : double(d[j]) * weight[j];
      to[j] = T(rstd * (dn - shift - (from[j] - mean) * slope));
    }
  }
}

/** dweight = Σ dy·n, dbias = Σ dy over all R rows, of the columns from `first` up to `last`. */
template <class T>
void layerNormColumns(const T* dy, const T* x, const double* moments, T* dWeight, T* dBias, std::size_t R, std::size_t C,
                      std::size_t first, std::size_t last) {
  constexpr std::size_t wideness = 64;
  for (std::size_t at = first; at < last; at += wideness) {
    const std::size_t count = last - at < wideness ? last - at : wideness;
    double products[wideness] = {}, sums[wideness] = {};
    for (std::size_t r = 0; r < R; r++) {
      const T *d = dy + r * C + at, *from = x + r * C + at;
      const double mean = moments[2 * r], rstd = moments[2 * r + 1];
      for (std::size_t j = 0; j < count; j++) {
        products[j] += d[j] * ((from[j] - mean) * rstd);
        sums[j] += d[j];
      }
    }
    for (std::size_t j = 0; j < count; j++) {
      dWeight[at + j] = T(products[j]);
      dBias[at + j] = T(sums[j]);
    }
  }
}

}  // namespace elman::ELMAN_SPACE
