/**
 * The loop over time: the same walk as the common loop of elman-nn, in one call a layer. forward.h and backward.h have
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

/** How many members share a run: as many as a step, or the products around the steps, keep busy. */
ELMAN_INLINE int wantedFor(const Sizes& s, int gates) {
  const double step = double(s.steps[0]) * gates * s.H * s.P, products = double(s.R) * gates * s.H * s.C;
  // Around steps of one member the others fall asleep, and have to be woken for each product.
  const double wanted = sharesSteps(s, gates) ? step * 2 / worthwhile : products / (4 * worthOneMore);
  return wanted < 1e3 ? int(wanted) : 1000;
}

/**
 * Calls run(i, team) for each of some runs that know nothing of each other: side by side, each made by one member, where
 * no more members than runs would share one; else one after the other. Each has scratch of `size`.
 */
template <class T, class F> void eachRun(const Sizes& s, int count, int gates, std::size_t size, const F& run) {
  const int wanted = wantedFor(s, gates), members = wanted < threads() ? wanted : threads();
  const bool isLong = double(s.R) * gates * s.H * (s.P + s.C) >= worthOneMore, isBeside = count > 1 && threads() > 1 && members <= count && isLong;
  size = (size + 15) / 16 * 16;
  struct Job {
    const F& run;
    T* scratch;
    std::size_t apart;
    int count, next;
  } job{run, isBeside ? scratchOf<T>(runsPlace, size * count) : nullptr, isBeside ? size : 0, count, 0};
  if (isBeside) return share(count, true, [](const void* given, Team& team) {
    const Job& job = *static_cast<const Job*>(given);
    team.share([&](const Part& part) {
      Team alone;
      for (int i = int(part.first(job.count)); i < int(part.last(job.count)); i++) job.run(i, job.scratch + i * job.apart, alone);
    });
  }, &job);
  for (; job.next < count; job.next++) {
    job.scratch = scratchOf<T>(runsPlace, size);  // which a call gives back, where it is large
    share(wanted, true, [](const void* given, Team& team) {
      const Job& job = *static_cast<const Job*>(given);
      job.run(job.next, job.scratch, team);
    }, &job);
  }
}

}  // namespace elman::ELMAN_SPACE
