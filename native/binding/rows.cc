/** The entries of what works on rows that lie side by side, and of the updates of optimisers. */
#include "arguments.h"
#include "choose.h"
#include "entries.h"
#include "parts.h"

namespace elman {

/** R rows of C numbers: how many there are in all; refused where no array could hold them. */
static size_t sizeOf(Arguments& args, size_t at, size_t& R, size_t& C) {
  R = args.whole(at);
  C = args.whole(at + 1);
  if (double(R) * double(C) > 9007199254740991) args.fail(at, "fewer rows");
  if (!args.isFine()) R = C = 0;
  return R * C;
}

/** Class numbers of R rows, each below C. */
static const int32_t* classes(Arguments& args, size_t at, size_t R, size_t C) {
  const int32_t* target = args.wholes(at, R);
  for (size_t r = 0; target != nullptr && r < R; r++) {
    if (target[r] < 0 || size_t(target[r]) >= C) args.fail(at, "class numbers within their bounds");
  }
  return target;
}

/** softmax(log, x, y, R, C) */
static napi_value softmax(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "softmax");
  const bool log = args.whole(0, 1) == 1;
  size_t R, C;
  const size_t all = sizeOf(args, 3, R, C);
  return ofFloats(args, 1, [&](auto* given, size_t) {
    using T = std::remove_pointer_t<decltype(given)>;
    const T* x = args.of<T>(1, all);
    T* y = args.of<T>(2, all);
    if (!args.isFine() || all == 0) return;
    inParts(R, 8 * C, [&](size_t first, size_t last) { chosenKernels()->of<T>().softmax(log, x, y, C, first, last); });
  });
}

/** softmaxBackward(log, dy, y, dx, R, C) */
static napi_value softmaxBackward(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "softmaxBackward");
  const bool log = args.whole(0, 1) == 1;
  size_t R, C;
  const size_t all = sizeOf(args, 4, R, C);
  return ofFloats(args, 1, [&](auto* given, size_t) {
    using T = std::remove_pointer_t<decltype(given)>;
    const T *dy = args.of<T>(1, all), *y = args.of<T>(2, all);
    T* dx = args.of<T>(3, all);
    if (!args.isFine() || all == 0) return;
    inParts(R, 4 * C, [&](size_t first, size_t last) {
      chosenKernels()->of<T>().softmaxBackward(log, dy, y, dx, C, first, last);
    });
  });
}

/** crossEntropy(x, target, losses, sums, R, C) */
static napi_value crossEntropy(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "crossEntropy");
  size_t R, C;
  const size_t all = sizeOf(args, 4, R, C);
  return ofFloats(args, 0, [&](auto* given, size_t) {
    using T = std::remove_pointer_t<decltype(given)>;
    const T* x = args.of<T>(0, all);
    const int32_t* target = classes(args, 1, R, C);
    T* losses = args.of<T>(2, R);
    double* sums = args.of<double>(3, 2 * R);
    if (!args.isFine() || all == 0) return;
    inParts(R, 8 * C, [&](size_t first, size_t last) {
      chosenKernels()->of<T>().crossEntropy(x, target, losses, sums, C, first, last);
    });
  });
}

/** crossEntropyBackward(d, x, target, sums, dx, R, C) */
static napi_value crossEntropyBackward(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "crossEntropyBackward");
  size_t R, C;
  const size_t all = sizeOf(args, 5, R, C);
  return ofFloats(args, 1, [&](auto* given, size_t) {
    using T = std::remove_pointer_t<decltype(given)>;
    const T *d = args.of<T>(0, R), *x = args.of<T>(1, all);
    const int32_t* target = classes(args, 2, R, C);
    const double* sums = args.of<double>(3, 2 * R);
    T* dx = args.of<T>(4, all);
    if (!args.isFine() || all == 0) return;
    inParts(R, 8 * C, [&](size_t first, size_t last) {
      chosenKernels()->of<T>().crossEntropyBackward(d, x, target, sums, dx, C, first, last);
    });
  });
}

/** layerNorm(x, weight | null, bias | null, y, moments, eps, R, C) */
static napi_value layerNorm(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "layerNorm");
  const double eps = args.number(5);
  size_t R, C;
  const size_t all = sizeOf(args, 6, R, C);
  return ofFloats(args, 0, [&](auto* given, size_t) {
    using T = std::remove_pointer_t<decltype(given)>;
    const T *x = args.of<T>(0, all), *weight = args.optional<T>(1, C), *bias = args.optional<T>(2, C);
    T* y = args.of<T>(3, all);
    double* moments = args.of<double>(4, 2 * R);
    if (!args.isFine() || all == 0) return;
    inParts(R, 6 * C, [&](size_t first, size_t last) {
      chosenKernels()->of<T>().layerNorm(x, weight, bias, y, moments, eps, C, first, last);
    });
  });
}

/** layerNormBackward(dy, x, weight | null, moments, dx, dWeight, dBias, R, C) */
static napi_value layerNormBackward(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "layerNormBackward");
  size_t R, C;
  const size_t all = sizeOf(args, 7, R, C);
  return ofFloats(args, 1, [&](auto* given, size_t) {
    using T = std::remove_pointer_t<decltype(given)>;
    const T *dy = args.of<T>(0, all), *x = args.of<T>(1, all), *weight = args.optional<T>(2, C);
    const double* moments = args.of<double>(3, 2 * R);
    T *dx = args.of<T>(4, all), *dWeight = args.of<T>(5, C), *dBias = args.of<T>(6, C);
    if (!args.isFine() || all == 0) return;
    inParts(R, 6 * C, [&](size_t first, size_t last) {
      chosenKernels()->of<T>().layerNormBackward(dy, x, weight, moments, dx, C, first, last);
    });
    inParts(C, 3 * R, [&](size_t first, size_t last) {
      chosenKernels()->of<T>().layerNormColumns(dy, x, moments, dWeight, dBias, R, C, first, last);
    });
  });
}

/** update(rule, parameter, gradient, first | null, second | null, third | null, numbers) */
static napi_value update(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "update");
  const int rule = int(args.whole(0, 2));
  const double* numbers = args.of<double>(6, 8);
  return ofFloats(args, 1, [&](auto* p, size_t count) {
    using T = std::remove_pointer_t<decltype(p)>;
    const T* d = args.of<T>(2, count);
    T* running[3];
    for (size_t i = 0; i < 3; i++) running[i] = args.optional<T>(3 + i, count);
    // sgd has one or none, adam two at least, rmsprop one at least.
    for (int i = 0; i < rule % 2 + (rule > 0); i++) if (running[i] == nullptr) args.fail(3 + i, "a running value");
    if (!args.isFine()) return;
    inParts(count, 4, [&](size_t first, size_t last) {
      T* part[3];
      for (int i = 0; i < 3; i++) part[i] = running[i] == nullptr ? nullptr : running[i] + first;
      chosenKernels()->of<T>().update(rule, p + first, d + first, part, last - first, numbers);
    });
  });
}

const Entry rowEntries[] = {{"softmax", softmax}, {"softmaxBackward", softmaxBackward}, {"crossEntropy", crossEntropy},
                            {"crossEntropyBackward", crossEntropyBackward}, {"layerNorm", layerNorm},
                            {"layerNormBackward", layerNormBackward}, {"update", update}, {nullptr, nullptr}};

}  // namespace elman
