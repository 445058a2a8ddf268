/**
 * The loops that the native device's floor is made of, in vectors of WIDTH bytes: arithmetic in registers, arithmetic on
 * what lies in the nearest cache, and reading that does little else. No loop is the fastest on every processor: the best
 * of them counts. bench/calibrate.ts compiles this and asks it, a line of JSON a question.
 */

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#define UNROLL _Pragma("GCC unroll 32")

typedef float Vector __attribute__((vector_size(WIDTH)));
typedef float Loose __attribute__((vector_size(WIDTH), aligned(4), may_alias));
constexpr int lanes = WIDTH / 4;

static Vector load(const float* from) { return *reinterpret_cast<const Loose*>(from); }
/** What keeps results from being dropped. */
static volatile float kept;

template <int N> static void keep(const Vector (&x)[N]) {
  Vector sum = x[0];
  UNROLL for (int i = 1; i < N; i++) sum += x[i];
  kept = sum[0];
}

/** N independent x = x·a + b; flops a time. */
template <int N> static double chains(int times, const float*) {
  float first = 0.999f;
  asm volatile("" : "+m"(first));
  const Vector a = first - Vector{}, b = first * 0.001f - Vector{};
  Vector x[N];
  UNROLL for (int i = 0; i < N; i++) x[i] = b * float(i);
  for (int t = 0; t < times; t++) UNROLL for (int i = 0; i < N; i++) x[i] = x[i] * a + b;
  keep(x);
  return 2.0 * N * lanes;
}

/** What products do: R numbers times W vectors, from the first 12 kB; flops a time. */
template <int R, int W> static double tile(int times, const float* memory) {
  Vector x[R * W] = {};
  constexpr int steps = 3072 / (R + W * lanes);
  for (int t = 0; t < times; t++) {
    const float *a = memory + (t % steps) * R, *b = memory + steps * R + (t % steps) * W * lanes;
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int w = 0; w < W; w++) x[r * W + w] += a[r] * load(b + w * lanes);
  }
  keep(x);
  return 2.0 * R * W * lanes;
}

/** Reads `count` numbers `times` over, N vectors at a time. */
template <int N> static void read(const float* memory, std::size_t count, int times) {
  Vector x[N] = {};
  for (int t = 0; t < times; t++) {
    for (std::size_t i = 0; i < count; i += N * lanes) UNROLL for (int n = 0; n < N; n++) x[n] += load(memory + i + n * lanes);
  }
  keep(x);
}

/** How often `call` can be done in a nanosecond, from a millisecond of it. */
template <class F> static double rate(const F& call) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  double spent = 0;
  int calls = 0;
  do {
    call();
    calls++;
    spent = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  } while (spent < 1e6);
  return calls / spent;
}

int main() {
  constexpr int times = 2000;
  constexpr std::size_t most = 8 << 20;
  std::vector<float> memory(most / 4 + 1024, 1.0f);
  const auto arithmetic = {chains<8>, chains<10>, chains<12>, chains<14>, tile<3, 4>, tile<4, 2>, tile<6, 2>, tile<6, 4>, tile<1, 8>};
  char line[4096];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    double peak = 0;
    for (const auto loop : arithmetic) {
      double flops = 0;
      const double found = rate([&] { flops = loop(times, memory.data()); }) * flops * times;
      peak = found > peak ? found : peak;
    }
    std::printf("{\"peak\":%g,\"bandwidths\":[", peak);
    const char* at = std::strstr(line, "\"sizes\":[");
    at = at == nullptr ? "]" : at + 9;
    for (int i = 0; *at != ']' && *at != 0; i++) {
      char* end;
      const double bytes = std::strtod(at, &end);
      if (end == at) return 1;
      const std::size_t count = std::size_t(bytes < most ? bytes : most) / 4;
      const int over = int((1 << 17) / count) + 1;
      double best = 0;
      for (const auto reader : {read<4>, read<8>}) {
        const double found = rate([&] { reader(memory.data(), count, over); }) * double(count) * 4 * over;
        best = found > best ? found : best;
      }
      std::printf("%s%g", i == 0 ? "" : ",", best);
      at = *end == ',' ? end + 1 : end;
    }
    std::puts("]}");
    std::fflush(stdout);
  }
}
