/**
 * The loop over time, forward and backward, in one call a sequence: the same walk as the common loop of elman-nn.
 *
 * A step is tiles of rows times units with all their gates: the product with the recurrent weight ends in registers,
 * where activations and the new state follow. Backward a tile is the product with the gates' gradients of the step that
 * was walked before, and the gradient of this step's gates. Input products are made for some steps at a time, as many
 * as stay in the second cache. Rows lie as in JavaScript, without padding.
 */
#pragma once
#include "cells.h"
#include "gemm.h"
#include "runs.h"

namespace elman::ELMAN_SPACE {

/** The times in the order in which they are visited: n sequences, whose rows begin at `start`. */
class Walk {
public:
  int n, before = 0;
  std::ptrdiff_t start, startBefore = 0;

  ELMAN_INLINE Walk(const Sizes& s, bool forward) : steps_(s.steps), by_(forward ? 1 : -1), t_(forward ? 0 : s.T - 1) {
    n = steps_[t_];
    start = forward ? 0 : s.R - n;
  }
  ELMAN_INLINE void next(bool isLast) {
    before = n;
    startBefore = start;
    if (isLast) return;
    if (by_ > 0) start += n;
    n = steps_[t_ += by_];
    if (by_ < 0) start -= n;
  }

private:
  const std::int32_t* steps_;
  int by_, t_;
};

template <class T> ELMAN_INLINE void copyRows(T* to, const T* from, std::size_t count) {
  __builtin_memcpy(to, from, count * sizeof(T));
}

/** One step forward: what its tiles read and write, the rows of a time one after the other. */
template <class T> struct Step {
  int H, P;
  bool relu;
  const T *x, *h, *hh, *biasHh;
  T *c, *out, *gates, *more;
};

/** R rows from `row` on times B panels of W vectors from unit u on. */
template <class T, class Cell, int R, int W, int B> __attribute__((noinline)) void stepTile(const Step<T>& s, int row, int u) {
  constexpr int V = lanes<T>, G = Cell::gates, U = W / G;
  const int H = s.H, P = s.P;
  const T* const x = s.x + std::ptrdiff_t(row) * G * H + u;
  Sums<T, R, W, B> sums;
  ELMAN_UNROLL for (int p = 0; p < B; p++) ELMAN_UNROLL for (int r = 0; r < R; r++) ELMAN_UNROLL for (int w = 0; w < W; w++) {
    const bool isOwn = !Cell::isShared && w == G - 1;
    const int unit = p * U * V + (G == 1 ? w * V : 0);
    sums[p][r][w] = load(isOwn ? s.biasHh + u + unit : x + std::ptrdiff_t(r) * G * H + (G == 1 ? 0 : w * H) + unit);
  }
  multiply<T, R, W, B>(sums, {s.h + std::ptrdiff_t(row) * P, P, 1}, s.hh + std::ptrdiff_t(u) * P * G, std::ptrdiff_t(P) * W * V, P);
  for (int r = 0; r < R; r++) for (int p = 0; p < B; p++) for (int w = 0; w < U; w++) {
    const int unit = u + (p * U + w) * V;
    const std::ptrdiff_t at = std::ptrdiff_t(row + r) * H + unit, gate = at + std::ptrdiff_t(row + r) * (G - 1) * H;
    const std::ptrdiff_t more = at + std::ptrdiff_t(row + r) * (Cell::more - 1) * H;
    Cell::template forward<T>(&sums[p][r][w], {H, H - unit, s.relu, s.x + gate, s.h + at, s.c + at, s.out + at,
                                               s.gates == nullptr ? nullptr : s.gates + gate, s.more + more});
  }
}

/** A part of n rows of a step. */
template <class T, class Cell> void stepPart(const Step<T>& s, int n, const Part& part) {
  constexpr int G = Cell::gates, R = rowsOf(G == 1 ? wide : G);
  const Panels<T> all(s.H);
  const int tiles = (n + R - 1) / R, panels = G == 1 ? all.count : (s.H + lanes<T> - 1) / lanes<T>;
  const int last = int(part.last(std::size_t(panels) * tiles));
  for (int item = int(part.first(std::size_t(panels) * tiles)), did = 1; item < last; item += did) {
    const int panel = item / tiles, row = item % tiles * R, rows = n - row < R ? n - row : R;
    if constexpr (G == 1) {
      did = withTile(rows, all, panel, last, tiles == 1, [&](auto height, auto width, auto count) {
        stepTile<T, Cell, decltype(height)::value, decltype(width)::value, decltype(count)::value>(s, row, all.first(panel));
      });
    } else withRows<R>(rows, [&](auto height) {
      constexpr int C = decltype(height)::value, B = panelsOf(C, G);
      did = B > 1 && tiles == 1 && item + B <= last ? B : 1;
      if (did == 1) stepTile<T, Cell, C, G, 1>(s, row, panel * lanes<T>);
      else stepTile<T, Cell, C, G, B>(s, row, panel * lanes<T>);
    });
  }
}

/** Multiplications of a step that are worth two threads. */
constexpr double worthwhile = 1e5;
/** Whether the members share each step; else one of them makes the steps. */
ELMAN_INLINE bool sharesSteps(const Sizes& s, int gates) { return double(s.steps[0]) * gates * s.H * s.P >= worthwhile; }

/** The steps from number t to before `until`, whose input gates lie in x: those of the first row `low` first. */
template <class T, class Cell>
void stepsOf(const Forward<T>& f, Walk walk, int t, int until, T* x, std::ptrdiff_t low, T* between, Team& team) {
  const int H = f.H, P = f.P, GH = Cell::gates * H;
  for (; t < until; walk.next(++t == f.T)) {
    const int n = walk.n, before = walk.before;
    const T* h = t == 0 ? f.h0 : f.output + walk.startBefore * P;
    if (t > 0 && n > before) {
      team.once([&] {
        copyRows(between, h, std::size_t(before) * P);
        copyRows(between + std::ptrdiff_t(before) * P, f.h0 + std::ptrdiff_t(before) * P, std::size_t(n - before) * P);
      });
      h = between;
    }
    T* const out = f.output + walk.start * P;
    T* const raw = f.hr == nullptr ? out : f.raw + (f.isKept ? walk.start * H : 0);
    T* const gates = x + (walk.start - low) * GH;
    const bool keeps = f.gates != nullptr;
    const Step<T> step{H, P, f.cell == rnnRelu, gates, h, f.hh, f.biasHh, f.cn, raw, keeps ? gates : nullptr,
                       keeps ? f.more + walk.start * Cell::more * H : nullptr};
    team.share([&](const Part& part) { stepPart<T, Cell>(step, n, part); });
    if (f.hr != nullptr) product<T>({{raw, H, 1}, f.hr, out, P, n, P, H, nullptr, false}, team);
    // Sequences that end here.
    const int left = t + 1 == f.T ? 0 : f.steps[f.reverse ? f.T - 2 - t : t + 1];
    if (left < n)
      team.once([&] { copyRows(f.hn + std::ptrdiff_t(left) * P, out + std::ptrdiff_t(left) * P, std::size_t(n - left) * P); });
  }
}

template <class T, class Cell> void forwardOf(const Forward<T>& f, T* scratch, T* between, Team& team) {
  const int C = f.C, GH = Cell::gates * f.H;
  team.once([&] {
    if (Cell::hasCell) copyRows(f.cn, f.c0, std::size_t(f.N) * f.H);
    copyRows(f.hn, f.h0, std::size_t(f.N) * f.P);
  });
  Walk walk(f, !f.reverse);
  for (int t = 0, until = 0; t < f.T; t = until) {
    // The input gates of some steps, where backward finds what becomes of them.
    const Walk first = walk;
    std::ptrdiff_t low = walk.start;
    int rows = 0;
    for (; until < f.T && (rows == 0 || rows + walk.n <= block); walk.next(++until == f.T)) {
      rows += walk.n;
      low = walk.start < low ? walk.start : low;
    }
    T* const x = f.gates == nullptr ? scratch : f.gates + low * GH;
    product<T>({{f.input + low * C, C, 1}, f.ih, x, GH, rows, GH, C, f.bias, false}, team);
    if (sharesSteps(f, Cell::gates)) stepsOf<T, Cell>(f, first, t, until, x, low, between, team);
    else team.once([&] {
      Team alone;
      stepsOf<T, Cell>(f, first, t, until, x, low, between, alone);
    });
  }
}

/** One step backward, or a product that ends in the gradient of h: rows of a, times panels, onto dh. */
template <class T> struct BackStep {
  /** [n, K], times K times `width`. */
  const T *a, *panels;
  int K, width;
  /** The gradient of h so far, or null, which stands for zero, and what the output's adds. */
  T* dh;
  const T* dOutput;
  /** Where the gradient of a projected h goes; null for what goes into the cell. */
  T* after;
  int H;
  Back<T> cell;
};
/** What a tile does: adds the product, makes a step of what is there, or one after the other. */
enum Does { productOnly, stepOnly, both };

template <class T, class Cell, int R, int W, int B> __attribute__((noinline)) void backTile(const BackStep<T>& s, Does does, int row, int u) {
  constexpr int V = lanes<T>, G = Cell::gates;
  Sums<T, R, W, B> sums = {};
  if (does != stepOnly)
    multiply<T, R, W, B>(sums, {s.a + std::ptrdiff_t(row) * s.K, s.K, 1}, s.panels + std::ptrdiff_t(u) * s.K, std::ptrdiff_t(s.K) * W * V, s.K);
  for (int r = 0; r < R; r++) for (int p = 0; p < B; p++) for (int w = 0; w < W; w++) {
    const int unit = u + (p * W + w) * V, count = s.width - unit;
    const std::ptrdiff_t at = std::ptrdiff_t(row + r) * s.width + unit, gate = at + std::ptrdiff_t(row + r) * (G - 1) * s.H;
    Vector<T> d = sums[p][r][w];
    if (s.dh != nullptr) d += load(s.dh + at, count);
    if (does != productOnly) {
      if (s.dOutput != nullptr) d += load(s.dOutput + at, count);
      if (s.after != nullptr) {
        store(s.after + at, d, count);
        d = Vector<T>{};
      } else {
        const Back<T>& c = s.cell;
        d = Cell::template backward<T>(d, {s.H, count, c.relu, c.gates + gate, c.more + at + std::ptrdiff_t(row + r) * (Cell::more - 1) * s.H,
                                           c.h + at, c.out + at, c.dc + at, c.dx + gate, c.dr + gate});
      }
    }
    if (s.dh != nullptr) store(s.dh + at, d, count);
  }
}

/** A part of the rows `top` to `bottom`. */
template <class T, class Cell> void backPart(const BackStep<T>& s, Does does, int top, int bottom, const Part& part) {
  constexpr int R = rowsOf(wide);
  if (bottom <= top) return;
  const Panels<T> all(s.width);
  const int tiles = (bottom - top + R - 1) / R, last = int(part.last(std::size_t(all.count) * tiles));
  for (int item = int(part.first(std::size_t(all.count) * tiles)), did = 1; item < last; item += did) {
    const int panel = item / tiles, row = top + item % tiles * R, rows = bottom - row < R ? bottom - row : R;
    did = withTile(rows, all, panel, last, tiles == 1, [&](auto height, auto width, auto count) {
      backTile<T, Cell, decltype(height)::value, decltype(width)::value, decltype(count)::value>(s, does, row, all.first(panel));
    });
  }
}

/** What each row multiplied: the states before its step. */
template <class T> void statesBefore(const Backward<T>& b, T* to) {
  Walk walk(b, !b.reverse);
  const std::ptrdiff_t P = b.P;
  for (int t = 0; t < b.T; walk.next(++t == b.T)) {
    const int known = walk.before < walk.n ? walk.before : walk.n;
    copyRows(to + walk.start * P, b.output + walk.startBefore * P, known * P);
    copyRows(to + (walk.start + known) * P, b.h0 + known * P, (walk.n - known) * P);
  }
}

/** c = aᵀ·b over all rows, some at a time: [M, N] from [R, M] and [R, N]. */
template <class T> void transposedProduct(const T* a, int M, const T* b, int N, std::ptrdiff_t R, T* c, T* panels, Team& team) {
  for (std::ptrdiff_t first = 0; first < R; first += rowsAtOnce) {
    const int K = R - first < rowsAtOnce ? int(R - first) : rowsAtOnce;
    pack<T>({b + first * N, N, 1}, K, N, 1, panels, team);
    product<T>({{a + first * M, 1, M}, panels, c, N, M, N, K, nullptr, first > 0}, team);
  }
}

/** The sum of each column of [R, N], some rows at a time, so that small numbers meet small ones. */
template <class T> void columnSums(const T* x, std::ptrdiff_t R, int N, T* to, const Part& part) {
  constexpr int V = lanes<T>;
  const int vectors = (N + V - 1) / V;
  for (int v = int(part.first(vectors)); v < int(part.last(vectors)); v++) {
    const int count = N - v * V;
    Vector<T> sum = {};
    for (std::ptrdiff_t first = 0; first < R; first += 64) {
      const std::ptrdiff_t last = first + 64 < R ? first + 64 : R;
      Vector<T> some = {};
      for (std::ptrdiff_t row = first; row < last; row++) some += load(x + row * N + v * V, count);
      sum += some;
    }
    store(to + v * V, sum, count);
  }
}

/** Scratch of a run backward. */
template <class T> struct BackScratch {
  T *dx, *dr, *h, *after, *before, *panels;
};

/** The steps the other way: all gates' gradients. */
template <class T, class Cell> void stepsBack(const Backward<T>& b, const BackScratch<T>& at, Team& team) {
  const int H = b.H, P = b.P, GH = Cell::gates * H;
  const bool isProjected = b.hr != nullptr;
  Walk walk(b, b.reverse);
  for (int t = 0; t <= b.T; walk.next(++t >= b.T)) {
    const int n = t == b.T ? 0 : walk.n, before = walk.before, less = n < before ? n : before;
    const std::ptrdiff_t start = walk.start;
    const Back<T> cell{H, 0, b.cell == rnnRelu, b.gates + start * GH, b.more + start * Cell::more * H, at.h + start * P,
                       (isProjected ? b.raw : b.output) + start * H, b.dc, at.dx + start * GH, at.dr + start * GH};
    const BackStep<T> step{at.dr + walk.startBefore * GH, b.hh, GH, P, b.dh, b.dOutput == nullptr ? nullptr : b.dOutput + start * P,
                           isProjected ? at.after + start * P : nullptr, H, cell};
    team.share([&](const Part& part) {
      backPart<T, Cell>(step, both, 0, less, part);
      backPart<T, Cell>(step, stepOnly, less, n, part);
      backPart<T, Cell>(step, productOnly, less, before, part);
    });
    if (!isProjected) continue;
    // No path leads from h to the next h around the gates and the projection.
    const BackStep<T> inner{at.after + start * P, b.hr, P, H, nullptr, nullptr, nullptr, H, cell};
    team.share([&](const Part& part) { backPart<T, Cell>(inner, both, 0, n, part); });
  }
}

template <class T, class Cell> void backwardOf(const Backward<T>& b, const BackScratch<T>& at, Team& team) {
  const int P = b.P, C = b.C, GH = Cell::gates * b.H;
  team.once([&] { statesBefore(b, at.h); });
  if (sharesSteps(b, Cell::gates)) stepsBack<T, Cell>(b, at, team);
  else team.once([&] {
    Team alone;
    stepsBack<T, Cell>(b, at, alone);
  });
  if (b.dInput != nullptr) product<T>({{at.dx, GH, 1}, b.ih, b.dInput, C, int(b.R), C, GH, nullptr, false}, team);
  if (b.dIh == nullptr) return;
  transposedProduct(at.dx, GH, b.input, C, b.R, b.dIh, at.panels, team);
  transposedProduct(at.dr, GH, at.h, P, b.R, b.dHh, at.panels, team);
  if (b.hr != nullptr) transposedProduct(at.after, P, b.raw, b.H, b.R, b.dHr, at.panels, team);
  team.share([&](const Part& part) {
    if (b.dBiasIh != nullptr) columnSums(at.dx, b.R, GH, b.dBiasIh, part);
    if (b.dBiasHh != nullptr) columnSums(at.dr, b.R, GH, b.dBiasHh, part);
  });
}

/** Calls `run` with the cell of a number. */
template <class F> ELMAN_INLINE void withCell(int number, const F& run) {
  if (number == lstm) run(Lstm());
  else if (number == gru) run(Gru());
  else run(Rnn());
}

/** How many members share runs: as many as a step, or the products around the steps, keep busy. */
ELMAN_INLINE int wantedFor(const Sizes& s, int gates) {
  const double step = double(s.steps[0]) * gates * s.H * s.P, products = double(s.R) * gates * s.H * s.C;
  const double wanted = sharesSteps(s, gates) ? step * 2 / worthwhile : products / worthOneMore;
  return wanted < 1e3 ? int(wanted) : 1000;
}

template <class T> void forward(const Forward<T>& f) {
  withCell(f.cell, [&](auto known) {
    using Cell = decltype(known);
    struct Job {
      const Forward<T>& f;
      T *x, *between;
    };
    const std::size_t most = f.steps[0] > block ? f.steps[0] : block;
    const Job job{f, f.gates != nullptr ? nullptr : scratchOf<T>(gatesPlace, most * Cell::gates * f.H + lanes<T>),
                  scratchOf<T>(statesPlace, std::size_t(f.N) * f.P)};
    share(wantedFor(f, Cell::gates), true, [](const void* given, Team& team) {
      const Job& job = *static_cast<const Job*>(given);
      forwardOf<T, Cell>(job.f, job.x, job.between, team);
    }, &job);
  });
}

template <class T> void backward(const Backward<T>& b) {
  withCell(b.cell, [&](auto known) {
    using Cell = decltype(known);
    struct Job {
      const Backward<T>& b;
      BackScratch<T> at;
    };
    const std::size_t R = b.R, GH = std::size_t(Cell::gates) * b.H, pad = lanes<T>;
    const std::size_t widest = (b.C > b.P ? b.C : b.P) > b.H ? (b.C > b.P ? b.C : b.P) : b.H;
    T* at = scratchOf<T>(gradientsPlace, R * (GH * (Cell::isShared ? 1 : 2) + b.P * 2) + 4 * pad + rowsAtOnce * (widest + pad));
    Job job{b, {}};
    const auto take = [&](std::size_t count) { return (at += count) - count; };
    job.at.dx = take(R * GH + pad);
    job.at.dr = Cell::isShared ? job.at.dx : take(R * GH + pad);
    job.at.h = take(R * b.P + pad);
    job.at.after = take(R * b.P + pad);
    job.at.panels = take(0);
    share(wantedFor(b, Cell::gates), true, [](const void* given, Team& team) {
      const Job& job = *static_cast<const Job*>(given);
      backwardOf<T, Cell>(job.b, job.at, team);
    }, &job);
  });
}

}  // namespace elman::ELMAN_SPACE
