/**
 * The loop over time: the same walk as the common loop of elman-nn, in one call a sequence. forward.h and backward.h have
 * its two ways. Rows lie as in JavaScript, without padding.
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

/** Multiplications of a step that are worth two threads. */
constexpr double worthwhile = 1e5;
/** Whether the members share each step; else one of them makes the steps. */
ELMAN_INLINE bool sharesSteps(const Sizes& s, int gates) { return double(s.steps[0]) * gates * s.H * s.P >= worthwhile; }

/** Calls `run` with the cell of a number. */
template <class F> ELMAN_INLINE void withCell(int number, const F& run) {
  if (number == lstm) run(Lstm());
  else if (number == gru) run(Gru());
  else run(Rnn());
}

/** How many members share runs: as many as a step, or the products around the steps, keep busy. */
ELMAN_INLINE int wantedFor(const Sizes& s, int gates) {
  const double step = double(s.steps[0]) * gates * s.H * s.P, products = double(s.R) * gates * s.H * s.C;
  // Around steps of one member the others fall asleep, and have to be woken for each product.
  const double wanted = sharesSteps(s, gates) ? step * 2 / worthwhile : products / (4 * worthOneMore);
  return wanted < 1e3 ? int(wanted) : 1000;
}

}  // namespace elman::ELMAN_SPACE
