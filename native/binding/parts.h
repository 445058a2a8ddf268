/** A result in parts, one for each thread where there is enough to do. */
#pragma once
#include <cstddef>

#include "pool.h"

namespace elman {

/** Elements read or written that are worth a thread. */
constexpr double worthwhile = 32768;

/**
 * Calls run(first, last) for parts of `count`, of which each costs about `cost` elements read or written. Parts are of
 * what is written, so that sums are the same however many there are.
 */
template <class F> void inParts(std::size_t count, std::size_t cost, const F& run) {
  struct Whole {
    std::size_t count;
    const F& run;
  };
  const double parts = double(count) * double(cost) / worthwhile;
  const Whole whole{count, run};
  share(parts < 2 ? 1 : parts < 32 ? int(parts) : 32, false, [](const void* given, Team& team) {
    const Whole& whole = *static_cast<const Whole*>(given);
    team.share([&](const Part& part) {
      const std::size_t first = part.first(whole.count), last = part.last(whole.count);
      if (first < last) whole.run(first, last);
    });
  }, &whole);
}

}  // namespace elman
