/**
 * Threads that share one call: made once a process, when a call first wants them; they spin shortly before they sleep.
 *
 * A job is a function that every member of a team runs from beginning to end. Its phases come in as many parts as there
 * are members, each of whom takes its own, and then those that nobody has taken yet: so a member whose core is busy
 * elsewhere holds up nobody. Who computes what never changes a sum: results do not depend on how many there are. A
 * caller that finds the threads busy with another one's work computes alone.
 */
#pragma once
#include <cstddef>

namespace elman {

/** Which phase a team is in, and which of its parts are taken and done. */
class Board;

// What is called from code of several widths must not be a function of its own, which one width would make for all.
#define ELMAN_HERE inline __attribute__((always_inline))

/** A share of something: the numbers from `first` to before `last` of `all`. */
struct Part {
  int id, count;
  ELMAN_HERE std::size_t first(std::size_t all) const { return all * id / count; }
  ELMAN_HERE std::size_t last(std::size_t all) const { return all * (id + 1) / count; }
};

/** A member of those who share a call. */
class Team {
public:
  /** How many there are: one alone has no board. */
  const int count;

  ELMAN_HERE Team() : count(1), id_(0), board_(nullptr) {}
  ELMAN_HERE Team(int count, int id, Board* board) : count(count), id_(id), board_(board) {}

  /** One phase: calls run(part) for parts of the whole, and returns when all of it is done, which is seen by all. */
  template <class F> ELMAN_HERE void share(const F& run) { phase(count, run); }
  /** A phase of one part. */
  template <class F> ELMAN_HERE void once(const F& run) {
    phase(1, [&](const Part&) { run(); });
  }

private:
  template <class F> ELMAN_HERE void phase(int parts, const F& run) {
    if (board_ == nullptr) return run(Part{0, 1});
    for (int part; (part = take(parts)) >= 0; finish(parts)) run(Part{part, parts});
    pass();
  }
  /** A part that nobody has taken, or -1. */
  int take(int parts);
  void finish(int parts);
  void pass();

  const int id_;
  Board* const board_;
  unsigned phase_ = 0;
};

/** What scratch is for: who uses a place calls nobody who uses the same. */
enum Place { gathered, packed, runsPlace, places };
/** Memory of this thread, of so many bytes at least, at a multiple of 64: it holds until the same place is asked for, or a call ends. */
void* scratch(Place place, std::size_t bytes);
template <class T> ELMAN_HERE T* scratchOf(Place place, std::size_t count) {
  return static_cast<T*>(scratch(place, count * sizeof(T)));
}

/** Calls job(argument, team) as members of a team of `wanted` at most; with `flush`, denormal numbers are zero meanwhile. */
void share(int wanted, bool flush, void (*job)(const void* argument, Team& team), const void* argument);

/** How many threads a call has at most, the caller's own among them: one to begin with, 32 at most. */
int threads();
void setThreads(int count);

}  // namespace elman
