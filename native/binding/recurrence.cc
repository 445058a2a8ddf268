/** Products, runs over time and threads, for JavaScript: what they are told is checked here. */
#include "arguments.h"
#include "choose.h"
#include "entries.h"
#include "pool.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace elman {

namespace {

/** Numbers behind an array that the kernels may read. */
template <class T> constexpr size_t slack = 64 / sizeof(T);

/** What a size is at most: kernels count in 32 bits. */
constexpr int most = 1 << 28;

/** Numbers of packed panels of [K, gates·H]. */
template <class T> size_t packedSize(size_t K, size_t H, size_t gates) {
  const size_t lanes = chosenKernels()->of<T>().lanes;
  return K * gates * ((H + lanes - 1) / lanes * lanes);
}

/** Matrices from five of the numbers, offset, batch, group, row, column: `extent` of each of the four, all within the array. */
template <class T> Matrix<T> matrix(Arguments& args, size_t at, const double* numbers, const std::array<double, 4>& extent) {
  double end = numbers[0];
  for (int i = 0; i < 5; i++) {
    if (!(numbers[i] >= 0 && numbers[i] <= 9e15)) args.fail(0, "sizes and strides that are whole numbers");
    if (i > 0) end += numbers[i] * (extent[i - 1] - 1);
  }
  T* const from = args.of<std::remove_const_t<T>>(at, end < 9e15 ? size_t(end) + 1 : SIZE_MAX);
  if (from == nullptr) return {};
  const auto step = [&](int i) { return std::ptrdiff_t(numbers[i]); };
  return {from + step(0), step(1), step(2), step(3), step(4)};
}

/** How far the places of a row or a column reach, one more than the last; they stand for one number each. */
double reach(Arguments& args, size_t at, const std::int32_t* places, double count) {
  std::int32_t last = 0;
  for (int i = 0; places != nullptr && i < count; i++) {
    if (places[i] < 0) args.fail(at, "places from 0 on");
    last = places[i] > last ? places[i] : last;
  }
  return places == nullptr ? count : double(last) + 1;
}

/**
 * multiply(numbers, a, b, c, rows, columns): see runs.h. Numbers: count groups M N K accumulate, then offset batch group
 * row column of a, b and c; where b has places, its row or column is 1.
 */
napi_value multiply(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "multiply");
  double n[21] = {};
  if (const double* const given = args.of<double>(0, 21)) std::copy(given, given + 21, n);
  return ofFloats(args, 1, [&](auto* first, size_t) {
    using T = std::remove_pointer_t<decltype(first)>;
    for (int i = 0; i < 5; i++) if (!(n[i] >= 1 && n[i] <= most && n[i] == int(n[i]))) args.fail(0, "sizes that are whole numbers above 0");
    if (!args.isFine()) return;
    const double count = n[0], groups = n[1], M = n[2], N = n[3], K = n[4];
    const std::int32_t* const rows = args.isNull(4) ? nullptr : args.wholes(4, size_t(K));
    const std::int32_t* const columns = args.isNull(5) ? nullptr : args.wholes(5, size_t(N));
    if ((rows != nullptr && n[14] != 1) || (columns != nullptr && n[15] != 1)) args.fail(0, "1 where places stand for a stride");
    const auto a = matrix<const T>(args, 1, n + 6, {count, groups, M, K});
    const auto b = matrix<const T>(args, 2, n + 11, {count, groups, reach(args, 4, rows, K), reach(args, 5, columns, N)});
    const auto c = matrix<T>(args, 3, n + 16, {count, groups, M, N});
    if (c.column != 1 && N > 1) args.fail(0, "columns of c side by side");
    if (!args.isFine()) return;
    chosenKernels()->of<T>().products({std::ptrdiff_t(count), std::ptrdiff_t(groups), int(M), int(N), int(K), a, b, c, rows, columns, n[5] != 0});
  });
}

/** pack(from, offset, row, column, K, H, gates, to): weights for forward and backward; see Packing. */
napi_value pack(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "pack");
  const double numbers[] = {double(args.whole(1)), 0, 0, double(args.whole(2)), double(args.whole(3))};
  const int K = int(args.whole(4, most)), H = int(args.whole(5, most)), gates = int(args.whole(6, 4));
  if (K == 0 || H == 0 || gates == 0) args.fail(4, "sizes above 0");
  return ofFloats(args, 0, [&](auto* first, size_t) {
    using T = std::remove_pointer_t<decltype(first)>;
    const auto b = matrix<const T>(args, 0, numbers, {1, 1, double(K), double(gates) * H});
    T* const to = args.of<T>(7, packedSize<T>(K, H, gates));
    if (!args.isFine()) return;
    chosenKernels()->of<T>().pack({b, K, H, gates, to});
  });
}

constexpr int gatesOf[cellCount] = {1, 1, 4, 3}, moreOf[cellCount] = {0, 0, 2, 1};

/** The numbers of a run, from argument `at` on: cell T N C H P reverse; and its steps. */
Sizes sizes(Arguments& args, size_t at) {
  Sizes s{};
  const std::int32_t* n = args.wholes(at, 7);
  if (n == nullptr) return s;
  for (int i = 1; i < 6; i++) if (n[i] < 1 || n[i] > most) args.fail(at, "sizes above 0 that are not too great");
  if (n[0] < 0 || n[0] >= cellCount) args.fail(at, "the number of a cell");
  s.cell = n[0], s.T = n[1], s.N = n[2], s.C = n[3], s.H = n[4], s.P = n[5], s.reverse = n[6] != 0;
  s.steps = args.wholes(at + 1, s.T);
  if (s.steps == nullptr) return s;
  for (int t = 0; t < s.T; t++) {
    if (s.steps[t] < 0 || s.steps[t] > (t == 0 ? s.N : s.steps[t - 1])) args.fail(at + 1, "steps that never increase");
    s.R += s.steps[t];
  }
  if (s.R > most) args.fail(at + 1, "fewer steps");
  return s;
}

/** The runs of a call, each of so many arguments: the directions of a layer. read(at, sizes, run) takes one's arrays. */
template <template <class> class Run, size_t width, class F> napi_value eachRun(Arguments& args, const F& read) {
  return ofFloats(args, 2, [&](auto* first, size_t) {
    using T = std::remove_pointer_t<decltype(first)>;
    Run<T> runs[2] = {};
    const int count = args.count() > width ? 2 : 1;
    for (int i = 0; i < count; i++) {
      static_cast<Sizes&>(runs[i]) = sizes(args, i * width);
      if (args.isFine()) read(i * width, runs[i]);
    }
    if (!args.isFine()) return;
    const Sizes &a = runs[0], &b = runs[count - 1];
    const bool isAlike = a.cell == b.cell && a.T == b.T && a.N == b.N && a.C == b.C && a.H == b.H && a.P == b.P && a.R == b.R;
    if (!isAlike || a.steps[0] != b.steps[0]) return args.fail(width, "a second run of the sizes of the first");
    const KernelsOf<T>& kernels = chosenKernels()->of<T>();
    if constexpr (std::is_same_v<Run<T>, Forward<T>>) kernels.forward(runs, count);
    else kernels.backward(runs, count);
  });
}

/**
 * forward(numbers, steps, input, h0, c0, ih, hh, hr, bias, biasHh, output, hn, cn, raw, gates, more), and so on for a
 * second run: see runs.h.
 */
napi_value forward(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "forward");
  return eachRun<Forward, 16>(args, [&](size_t at, auto& f) {
    using T = std::remove_pointer_t<decltype(f.output)>;
    const size_t R = f.R, N = f.N, C = f.C, H = f.H, P = f.P, G = gatesOf[f.cell], more = moreOf[f.cell];
    f.input = args.of<T>(at + 2, R * C);
    f.h0 = args.of<T>(at + 3, N * P);
    f.ih = args.of<T>(at + 5, packedSize<T>(C, G * H, 1));
    f.hh = args.of<T>(at + 6, packedSize<T>(P, H, G));
    f.bias = args.of<T>(at + 8, G * H);
    f.output = args.of<T>(at + 10, R * P);
    f.hn = args.of<T>(at + 11, N * P);
    if (f.cell == lstm) f.c0 = args.of<T>(at + 4, N * H), f.cn = args.of<T>(at + 12, N * H);
    if (f.cell == gru) f.biasHh = args.of<T>(at + 9, H + slack<T>);
    f.hr = args.optional<T>(at + 7, packedSize<T>(H, P, 1));
    if (f.hr != nullptr) {
      if (f.cell == gru) args.fail(at + 7, "no projection of a GRU");
      f.isKept = args.array(at + 13).length >= R * H;
      f.raw = args.of<T>(at + 13, f.isKept ? R * H : N * H);
    } else if (P != H) args.fail(at + 7, "the projection's weight");
    if (more == 0) return;
    f.gates = args.optional<T>(at + 14, R * G * H + slack<T>);
    if (f.gates != nullptr) f.more = args.of<T>(at + 15, R * more * H + slack<T>);
  });
}

/**
 * backward(numbers, steps, input, h0, output, raw, gates, more, ih, hh, hr, dOutput, dh, dc,
 * dInput dIh dHh dHr dBiasIh dBiasHh), and so on for a second run. See runs.h.
 */
napi_value backward(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "backward");
  return eachRun<Backward, 20>(args, [&](size_t at, auto& b) {
    using T = std::remove_pointer_t<decltype(b.dh)>;
    const size_t R = b.R, N = b.N, C = b.C, H = b.H, P = b.P, G = gatesOf[b.cell], more = moreOf[b.cell];
    b.input = args.of<T>(at + 2, R * C);
    b.h0 = args.of<T>(at + 3, N * P);
    b.output = args.of<T>(at + 4, R * P);
    if (more > 0) {
      b.gates = args.of<T>(at + 6, R * G * H + slack<T>);
      b.more = args.of<T>(at + 7, R * more * H + slack<T>);
    }
    b.hh = args.of<T>(at + 9, packedSize<T>(G * H, P, 1));
    b.hr = args.optional<T>(at + 10, packedSize<T>(P, H, 1));
    if (b.hr != nullptr) b.raw = args.of<T>(at + 5, R * H);
    else if (P != H) args.fail(at + 10, "the projection's weight");
    b.dOutput = args.optional<T>(at + 11, R * P);
    b.dh = args.of<T>(at + 12, N * P);
    if (b.cell == lstm) b.dc = args.of<T>(at + 13, N * H);
    b.dInput = args.optional<T>(at + 14, R * C);
    if (b.dInput != nullptr) b.ih = args.of<T>(at + 8, packedSize<T>(G * H, C, 1));
    b.dIh = args.optional<T>(at + 15, G * H * C);
    if (b.dIh == nullptr) return;
    b.dHh = args.of<T>(at + 16, G * H * P);
    if (b.hr != nullptr) b.dHr = args.of<T>(at + 17, P * H);
    b.dBiasIh = args.optional<T>(at + 18, G * H);
    b.dBiasHh = args.optional<T>(at + 19, G * H);
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

/** skew(array): how many bytes lie between its beginning and the next multiple of 64. */
napi_value skew(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "skew");
  const Array array = args.array(0);
  if (args.failed()) return nullptr;
  napi_value bytes;
  return napi_create_int32(env, int(-reinterpret_cast<std::uintptr_t>(array.data) & 63), &bytes) == napi_ok ? bytes : nullptr;
}

/** Levels that run by one call without arguments, and the memory in which they all lie. */
struct Stepper {
  size_t length;
  float* room;
  int count;
  Level levels[1];
};

/** step(from?): one step; the first level's rows begin at `from`, if that is said. */
napi_value stepOnce(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value from;
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, &from, nullptr, &data) != napi_ok) return nullptr;
  auto* const stepper = static_cast<Stepper*>(data);
  if (count > 0) {
    Level& first = stepper->levels[0];
    double at = -1;
    const double extent = double(first.N - 1) * first.inputRow + first.C;
    if (napi_get_value_double(env, from, &at) != napi_ok || !(at >= 0 && at + extent <= double(stepper->length))) {
      napi_throw_type_error(env, nullptr, "step() of elman-nn-native expected rows within the room");
      return nullptr;
    }
    first.input = stepper->room + size_t(at);
  }
  chosenKernels()->step(stepper->levels, stepper->count);
  return nullptr;
}

/** Numbers of a level in the table: kind N C H P inputRow, then where its eleven arrays lie. */
constexpr int levelNumbers = 17;

bool level(const double* from, float* room, size_t length, Level& to) {
  double size[6], n[levelNumbers];
  std::copy(from, from + levelNumbers, n);
  for (int i = 0; i < 6; i++) {
    size[i] = n[i];
    if (!(n[i] >= 0 && n[i] <= 1e9 && n[i] == double(int(n[i])))) return false;
  }
  const double N = size[1], C = size[2], H = size[3], P = size[4];
  const int kind = int(size[0]);
  if (kind >= levelCount || N < 1 || P < 1) return false;
  const bool isCell = kind < cellCount, isProjected = isCell && H != P;
  if (isCell && (H < 1 || (kind == gru && isProjected))) return false;
  const size_t G = isCell ? gatesOf[kind] : 1, width = isCell ? G * size_t(H) : size_t(P), pad = slack<float>;
  const bool weighs = kind <= affine;
  const auto packs = [](bool is, double K, size_t H, size_t gates) { return is ? double(packedSize<float>(size_t(K), H, gates)) : 0; };
  const double needs[11] = {weighs ? (N - 1) * size[5] + C : 0, packs(weighs, C, width, 1), packs(isCell, P, size_t(H), G),
                            packs(isProjected, H, size_t(P), 1), weighs ? double(width) : 0, isCell ? H + pad : 0,
                            isCell ? N * double(width) + pad : 0, isCell ? N * P : 0, isCell ? N * H + pad : 0,
                            isProjected ? N * H : 0, N * P};
  float* at[11];
  for (int i = 0; i < 11; i++) {
    if (!(n[6 + i] >= 0 && n[6 + i] + needs[i] <= double(length))) return false;
    at[i] = room + size_t(n[6 + i]);
  }
  to = {kind, int(N), int(C), int(H), int(P), int(size[5]), at[0], at[1], at[2], isProjected ? at[3] : nullptr, at[4], at[5], at[6], at[7], at[8], at[9], at[10]};
  return true;
}

/** stepper(room, table): the function that makes a step of the levels, whose arrays lie in the room. */
napi_value makeStepper(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "stepper");
  const Array room = args.array(0), table = args.array(1);
  if (room.type != napi_float32_array) args.fail(0, "a Float32Array");
  const size_t count = table.length / levelNumbers;
  if (table.type != napi_float64_array || count == 0 || table.length % levelNumbers != 0) args.fail(1, "a table of levels");
  if (args.failed()) return nullptr;
  auto* const made = static_cast<Stepper*>(std::malloc(sizeof(Stepper) + (count - 1) * sizeof(Level)));
  if (made == nullptr) args.fail(1, "less than memory holds");
  for (size_t i = 0; made != nullptr && i < count; i++) {
    if (!level(static_cast<double*>(table.data) + i * levelNumbers, static_cast<float*>(room.data), room.length, made->levels[i])) {
      args.fail(1, "levels within the room");
    }
  }
  napi_value function = nullptr;
  const auto drop = [](napi_env, void* data, void*) { std::free(data); };
  // The function holds the room, which nobody can take from it.
  const napi_property_descriptor held = {"room", nullptr, nullptr, nullptr, nullptr, args.value(0), napi_default, nullptr};
  if (args.failed() || napi_create_function(env, "step", NAPI_AUTO_LENGTH, stepOnce, made, &function) != napi_ok ||
      napi_define_properties(env, function, 1, &held) != napi_ok ||
      napi_add_finalizer(env, function, made, drop, nullptr, nullptr) != napi_ok) {
    std::free(made);
    return nullptr;
  }
  made->length = room.length;
  made->room = static_cast<float*>(room.data);
  made->count = int(count);
  return function;
}

}  // namespace

const Entry recurrentEntries[] = {{"multiply", multiply}, {"pack", pack}, {"forward", forward}, {"backward", backward}, {"threads", threadCount},
                                  {"skew", skew}, {"stepper", makeStepper}, {nullptr, nullptr}};

}  // namespace elman
