/**
 * Runs over time the other way. A tile is the product with the gates' gradients of the step that was walked before, and
 * then the gradient of this step's gates. What is summed over all rows, weights and input, comes after the walk.
 */
#pragma once
#include "recurrence.h"

namespace elman::ELMAN_SPACE {

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
  // What the step reads and writes is fetched meanwhile.
  if (does != productOnly && s.after == nullptr) {
    for (int r = 0; r < R; r++) for (int w = 0; w < B * W * V; w += 64 / int(sizeof(T))) {
      const std::ptrdiff_t n = row + r, unit = u + w;
      for (int m = 0; m < Cell::more; m++) __builtin_prefetch(s.cell.more + (n * Cell::more + m) * s.H + unit);
      for (int g = 0; g < G; g++) {
        __builtin_prefetch(s.cell.gates + (n * G + g) * s.H + unit);
        __builtin_prefetch(s.cell.dx + (n * G + g) * s.H + unit, 1);
      }
    }
  }
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
template <class T> void statesBefore(const Backward<T>& b, T* to, const Part& part) {
  Walk walk(b, !b.reverse);
  const std::ptrdiff_t P = b.P;
  for (int t = 0, first = int(part.first(b.T)), last = int(part.last(b.T)); t < last; walk.next(++t == b.T)) {
    if (t < first) continue;
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

/** The sum of each column of [R, N]: some rows at a time, so that small numbers meet small ones, and whole lines of cache. */
template <class T> void columnSums(const T* x, std::ptrdiff_t R, int N, T* to, const Part& part) {
  constexpr int V = lanes<T>, W = 4;
  const int groups = (N + W * V - 1) / (W * V), last = int(part.last(groups));
  for (int n = int(part.first(groups)) * W * V; n < N && n < last * W * V; n += W * V) {
    Vector<T> sums[W] = {};
    for (std::ptrdiff_t first = 0; first < R; first += 64) {
      Vector<T> some[W] = {};
      for (std::ptrdiff_t row = first; row < R && row < first + 64; row++)
        for (int w = 0; w < W; w++) some[w] += load(x + row * N + n + w * V, N - n - w * V);
      for (int w = 0; w < W; w++) sums[w] += some[w];
    }
    for (int w = 0; w < W; w++) store(to + n + w * V, sums[w], N - n - w * V);
  }
}

/** Scratch of a run backward. */
template <class T> struct BackScratch {
  T *dx, *dr, *h, *after, *panels;
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
  team.share([&](const Part& part) { statesBefore(b, at.h, part); });
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
  const bool isSame = Cell::isShared && b.dBiasIh != nullptr && b.dBiasHh != nullptr;
  team.share([&](const Part& part) {
    if (b.dBiasIh != nullptr) columnSums(at.dx, b.R, GH, b.dBiasIh, part);
    if (b.dBiasHh != nullptr && !isSame) columnSums(at.dr, b.R, GH, b.dBiasHh, part);
  });
  if (isSame) team.once([&] { copyRows(b.dBiasHh, b.dBiasIh, GH); });
}

template <class T> void backward(const Backward<T>* runs, int count) {
  const Backward<T>& b = *runs;
  withCell(b.cell, [&](auto known) {
    using Cell = decltype(known);
    const std::size_t R = b.R, GH = std::size_t(Cell::gates) * b.H, pad = lanes<T>;
    const std::size_t widest = (b.C > b.P ? b.C : b.P) > b.H ? (b.C > b.P ? b.C : b.P) : b.H;
    const std::size_t gates = R * GH + pad, states = R * b.P + pad, all = gates * (Cell::isShared ? 1 : 2) + 2 * states;
    eachRun<T>(b, count, Cell::gates, all + rowsAtOnce * (widest + pad), [&](int i, T* dx, Team& team) {
      T *const dr = Cell::isShared ? dx : dx + gates, *const h = dr + gates;
      backwardOf<T, Cell>(runs[i], {dx, dr, h, h + states, h + 2 * states}, team);
    });
  });
}

}  // namespace elman::ELMAN_SPACE
