/**
 * Threads that share one call: made once a process, when a call first wants them, waiting for work, spinning shortly
 * before they sleep.
 *
 * A job is a function that every member of a team runs, each with its own number; `wait` is where they wait for each
 * other. Which member computes what never changes a sum, so results do not depend on how many there are. A caller that
 * finds the threads busy with the work of another one computes alone.
 */
#pragma once
#include <cstddef>

namespace elman {

class Barrier;

// What is called from code of several widths must not be a function of its own, which one width would make for all.
#define ELMAN_HERE inline __attribute__((always_inline))

/** One member of those who share a call. */
class Team {
public:
  const int id, count;

  ELMAN_HERE Team(int id, int count, Barrier* barrier) : id(id), count(count), barrier(barrier) {}

  /** Returns when every member has come here. What any of them wrote before is seen by all. */
  ELMAN_HERE void wait() {
    if (count > 1) meet();
  }
  /** Where this member's share of `all` begins and ends. */
  ELMAN_HERE std::size_t first(std::size_t all) const { return all * id / count; }
  ELMAN_HERE std::size_t last(std::size_t all) const { return all * (id + 1) / count; }

private:
  void meet();
  Barrier* const barrier;
};

/** What scratch is for: who uses a place calls nobody who uses the same. */
enum Place { gathered, packed, gatesPlace, statesPlace, gradientsPlace, places };
/** Memory of this thread, of so many bytes at least, at a multiple of 64: it holds until the same place is asked for. */
void* scratch(Place place, std::size_t bytes);
template <typename T> ELMAN_HERE T* scratchOf(Place place, std::size_t count) {
  return static_cast<T*>(scratch(place, count * sizeof(T)));
}

/** Calls job(argument, team) as each member of a team of `wanted` at most; with `flush`, denormal numbers are zero meanwhile. */
void share(int wanted, bool flush, void (*job)(const void* argument, Team& team), const void* argument);

/** How many threads a job has at most, the caller's own among them: one to begin with. */
int threads();
void setThreads(int count);

}  // namespace elman
