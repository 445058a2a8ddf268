/** Products, runs over time and threads, for JavaScript: what they are told is checked here. */
#include "arguments.h"
#include "choose.h"
#include "entries.h"
#include "pool.h"

#include <climits>
#include <new>

namespace elman {

namespace {

/** What kernels read at a multiple of 64 bytes lies there in an array that has as many more. */
template <class T> T* aligned(T* from) {
  return reinterpret_cast<T*>((reinterpret_cast<std::uintptr_t>(from) + 63) & ~std::uintptr_t(63));
}
template <class T> constexpr size_t slack = 64 / sizeof(T);

/** Numbers of packed panels of [K, gates·H]. */
template <class T> size_t packedSize(size_t K, size_t H, size_t gates) {
  const size_t lanes = chosenKernels()->of<T>().lanes;
  return K * gates * ((H + lanes - 1) / lanes * lanes);
}

/** As ofFloats; memory that is not there is an error of JavaScript's. */
template <class F> napi_value withFloats(napi_env env, Arguments& args, size_t at, const F& run) {
  try {
    return ofFloats(args, at, run);
  } catch (const std::bad_alloc&) {
    napi_throw_range_error(env, nullptr, "elman-nn-native can't allocate memory");
    return nullptr;
  }
}

/** A matrix from four of the numbers, offset, batch, row, column: `count` times [rows, columns], all within the array. */
template <class T>
Matrix<T> matrix(Arguments& args, size_t at, const double* numbers, double count, double rows, double columns) {
  double end = numbers[0];
  const double extent[] = {count, rows, columns};
  for (int i = 0; i < 4; i++) {
    if (!(numbers[i] >= 0 && numbers[i] <= 9e15)) args.fail(0, "sizes and strides that are whole numbers");
    if (i > 0) end += numbers[i] * (extent[i - 1] - 1);
  }
  T* const from = args.of<std::remove_const_t<T>>(at, end < 9e15 ? size_t(end) + 1 : SIZE_MAX);
  if (from == nullptr) return {};
  return {from + std::ptrdiff_t(numbers[0]), std::ptrdiff_t(numbers[1]), std::ptrdiff_t(numbers[2]), std::ptrdiff_t(numbers[3])};
}

/** multiply(numbers, a, b, c): see runs.h. Numbers: count M N K accumulate, then offset batch row column of a, b and c. */
napi_value multiply(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "multiply");
  const double* n = args.of<double>(0, 17);
  return withFloats(env, args, 1, [&](auto* first, size_t) {
    using T = std::remove_pointer_t<decltype(first)>;
    if (!args.isFine()) return;
    for (int i = 0; i < 4; i++) if (!(n[i] >= 1 && n[i] <= INT_MAX)) args.fail(0, "sizes that are whole numbers above 0");
    const double count = n[0], M = n[1], N = n[2], K = n[3];
    const auto a = matrix<const T>(args, 1, n + 5, count, M, K);
    const auto b = matrix<const T>(args, 2, n + 9, count, K, N);
    const auto c = matrix<T>(args, 3, n + 13, count, M, N);
    if (c.column != 1 && N > 1) args.fail(0, "columns of c side by side");
    if (!args.isFine()) return;
    chosenKernels()->of<T>().products({std::ptrdiff_t(count), int(M), int(N), int(K), a, b, c, n[4] != 0});
  });
}

/** pack(from, offset, row, column, K, H, gates, to): weights for forward and backward; see Packing. */
napi_value pack(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "pack");
  double numbers[4] = {0, 0, 0, 0};
  const int places[] = {1, -1, 2, 3};
  for (int i = 0; i < 4; i++) if (places[i] > 0) numbers[i] = double(args.whole(places[i]));
  const int K = int(args.whole(4, INT_MAX)), H = int(args.whole(5, INT_MAX)), gates = int(args.whole(6, 4));
  if (K == 0 || H == 0 || gates == 0) args.fail(4, "sizes above 0");
  return withFloats(env, args, 0, [&](auto* first, size_t) {
    using T = std::remove_pointer_t<decltype(first)>;
    const auto b = matrix<const T>(args, 0, numbers, 1, K, double(gates) * H);
    T* const to = args.of<T>(7, packedSize<T>(K, H, gates) + slack<T>);
    if (!args.isFine()) return;
    chosenKernels()->of<T>().pack({b, K, H, gates, aligned(to)});
  });
}

constexpr int gatesOf[cellCount] = {1, 1, 4, 3};
constexpr int moreOf[cellCount] = {0, 0, 2, 1};

/** The numbers of a run: cell T N C H P reverse; and its steps. */
Sizes sizes(Arguments& args) {
  Sizes s{};
  const std::int32_t* n = args.of<std::int32_t>(0, 7);
  if (n == nullptr) return s;
  for (int i = 1; i < 6; i++) if (n[i] < 1) args.fail(0, "sizes above 0");
  if (n[0] < 0 || n[0] >= cellCount) args.fail(0, "the number of a cell");
  s.cell = n[0], s.T = n[1], s.N = n[2], s.C = n[3], s.H = n[4], s.P = n[5], s.reverse = n[6] != 0;
  s.steps = args.of<std::int32_t>(1, s.T);
  if (s.steps == nullptr) return s;
  for (int t = 0; t < s.T; t++) {
    if (s.steps[t] < 0 || s.steps[t] > (t == 0 ? s.N : s.steps[t - 1])) args.fail(1, "steps that never increase");
    s.R += s.steps[t];
  }
  return s;
}

/** forward(numbers, steps, input, h0, c0, ih, hh, hr, bias, biasHh, output, hn, cn, raw, gates, more): see runs.h. */
napi_value forward(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "forward");
  const Sizes s = sizes(args);
  return withFloats(env, args, 2, [&](auto* first, size_t) {
    using T = std::remove_pointer_t<decltype(first)>;
    if (!args.isFine()) return;
    const size_t R = s.R, N = s.N, C = s.C, H = s.H, P = s.P, G = gatesOf[s.cell], more = moreOf[s.cell];
    Forward<T> f{};
    static_cast<Sizes&>(f) = s;
    f.input = args.of<T>(2, R * C);
    f.h0 = args.of<T>(3, N * P);
    f.ih = aligned(args.of<T>(5, packedSize<T>(C, G * H, 1) + slack<T>));
    f.hh = aligned(args.of<T>(6, packedSize<T>(P, H, G) + slack<T>));
    f.bias = args.of<T>(8, G * H);
    f.output = args.of<T>(10, R * P);
    f.hn = args.of<T>(11, N * P);
    if (s.cell == lstm) f.c0 = args.of<T>(4, N * H), f.cn = args.of<T>(12, N * H);
    if (s.cell == gru) f.biasHh = args.of<T>(9, H + slack<T>);
    f.hr = args.optional<T>(7, packedSize<T>(H, P, 1) + slack<T>);
    if (f.hr != nullptr) {
      f.hr = aligned(f.hr);
      if (s.cell == gru) args.fail(7, "no projection of a GRU");
      f.isKept = args.array(13).length >= R * H;
      f.raw = args.of<T>(13, f.isKept ? R * H : N * H);
    } else if (P != H) args.fail(7, "the projection's weight");
    if (more > 0) {
      f.gates = args.optional<T>(14, R * G * H + slack<T>);
      if (f.gates != nullptr) f.more = args.of<T>(15, R * more * H + slack<T>);
    }
    if (!args.isFine()) return;
    chosenKernels()->of<T>().forward(f);
  });
}

/**
 * backward(numbers, steps, input, h0, output, raw, gates, more, ih, hh, hr, dOutput, dh, dc,
 * dInput dIh dHh dHr dBiasIh dBiasHh. See runs.h.
 */
napi_value backward(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "backward");
  const Sizes s = sizes(args);
  return withFloats(env, args, 2, [&](auto* first, size_t) {
    using T = std::remove_pointer_t<decltype(first)>;
    if (!args.isFine()) return;
    const size_t R = s.R, N = s.N, C = s.C, H = s.H, P = s.P, G = gatesOf[s.cell], more = moreOf[s.cell];
    Backward<T> b{};
    static_cast<Sizes&>(b) = s;
    b.input = args.of<T>(2, R * C);
    b.h0 = args.of<T>(3, N * P);
    b.output = args.of<T>(4, R * P);
    if (more > 0) {
      b.gates = args.of<T>(6, R * G * H + slack<T>);
      b.more = args.of<T>(7, R * more * H + slack<T>);
    }
    b.hh = aligned(args.of<T>(9, packedSize<T>(G * H, P, 1) + slack<T>));
    b.hr = args.optional<T>(10, packedSize<T>(P, H, 1) + slack<T>);
    if (b.hr != nullptr) {
      b.hr = aligned(b.hr);
      b.raw = args.of<T>(5, R * H);
    } else if (P != H) args.fail(10, "the projection's weight");
    b.dOutput = args.optional<T>(11, R * P);
    b.dh = args.of<T>(12, N * P);
    if (s.cell == lstm) b.dc = args.of<T>(13, N * H);
    b.dInput = args.optional<T>(14, R * C);
    if (b.dInput != nullptr) b.ih = aligned(args.of<T>(8, packedSize<T>(G * H, C, 1) + slack<T>));
    b.dIh = args.optional<T>(15, G * H * C);
    if (b.dIh != nullptr) {
      b.dHh = args.of<T>(16, G * H * P);
      if (b.hr != nullptr) b.dHr = args.of<T>(17, P * H);
      b.dBiasIh = args.optional<T>(18, G * H);
      b.dBiasHh = args.optional<T>(19, G * H);
    }
    if (!args.isFine()) return;
    chosenKernels()->of<T>().backward(b);
  });
}

/** threads(count): how many threads a call has at most; 0 leaves it as it is. Returns how many. */
napi_value threadCount(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "threads");
  const int count = int(args.whole(0, 1024));
  if (args.failed()) return nullptr;
  if (count > 0) setThreads(count);
  napi_value now;
  return napi_create_int32(env, threads(), &now) == napi_ok ? now : nullptr;
}

/** lanes(): how many floats a vector has. */
napi_value laneCount(napi_env env, napi_callback_info) {
  napi_value lanes;
  return napi_create_int32(env, chosenKernels()->of<float>().lanes, &lanes) == napi_ok ? lanes : nullptr;
}

}  // namespace

const Entry recurrentEntries[] = {{"multiply", multiply}, {"pack", pack},           {"forward", forward}, {"backward", backward},
                                  {"lanes", laneCount},   {"threads", threadCount}, {nullptr, nullptr}};

}  // namespace elman
