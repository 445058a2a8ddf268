/**
 * Runs over time. A step is tiles of rows times units with all their gates: the product with the recurrent weight ends in
 * registers, where activations and the new state follow. Input products are made for some steps at a time, as many as
 * stay in the second cache.
 */
#pragma once
#include "recurrence.h"

namespace elman::ELMAN_SPACE {

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
  // What the step writes and nobody has read is fetched meanwhile.
  for (int r = 0; r < R; r++) for (int p = 0; p < B; p++) {
    const std::ptrdiff_t at = std::ptrdiff_t(row + r) * H + u + p * U * V;
    __builtin_prefetch(s.out + at, 1);
    if (s.gates == nullptr) continue;
    for (int m = 0; m < Cell::more; m++) __builtin_prefetch(s.more + at + (std::ptrdiff_t(row + r) * (Cell::more - 1) + m) * H, 1);
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

/** Runs of one cell, and of one size but for their inputs. */
template <class T> void forward(const Forward<T>* runs, int count) {
  const Forward<T>& f = *runs;
  withCell(f.cell, [&](auto known) {
    using Cell = decltype(known);
    const std::size_t most = f.steps[0] > block ? f.steps[0] : block, between = std::size_t(f.N) * f.P;
    const bool keeps = f.gates != nullptr && runs[count - 1].gates != nullptr;
    const std::size_t x = keeps ? 0 : most * Cell::gates * f.H + lanes<T>;
    eachRun<T>(f, count, Cell::gates, x + between, [&](int i, T* scratch, Team& team) {
      forwardOf<T, Cell>(runs[i], scratch, scratch + x, team);
    });
  });
}

/** One step of the levels of a net, each on the rows of the one before. */
ELMAN_INLINE void levelsOf(const Level* l, int count) {
  Team alone;
  for (const Level* const end = l + count; l < end; l++) {
    const int N = l->N, H = l->H, P = l->P;
    if (l->kind == affine) product<float>({{l->input, l->inputRow, 1}, l->ih, l->out, P, N, P, l->C, l->bias, false}, alone);
    else if (l->kind > affine) {
      const int all = N * P;
      for (int i = 0; i < all; i += lanes<float>) {
        const Vector<float> x = load(l->out + i, all - i);
        store(l->out + i, l->kind == sigmoids ? sigmoid(x) : tanh(x), all - i);
      }
    } else withCell(l->kind, [&](auto known) {
      using Cell = decltype(known);
      const int GH = Cell::gates * H;
      product<float>({{l->input, l->inputRow, 1}, l->ih, l->x, GH, N, GH, l->C, l->bias, false}, alone);
      float* const raw = l->hr == nullptr ? l->out : l->raw;
      const Step<float> step{H, P, l->kind == rnnRelu, l->x, l->h, l->hh, l->biasHh, l->c, raw, nullptr, nullptr};
      stepPart<float, Cell>(step, N, Part{0, 1});
      if (l->hr != nullptr) product<float>({{raw, H, 1}, l->hr, l->out, P, N, P, H, nullptr, false}, alone);
      copyRows(l->h, l->out, std::size_t(N) * P);
    });
  }
}

}  // namespace elman::ELMAN_SPACE
