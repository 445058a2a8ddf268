/** A result in parts, one for each thread where there is enough to do. */
#pragma once
#include <cstddef>

#include "pool.h"

namespace elman {

/** Calls run(first, last) for parts of `count`, of which each costs about `cost` elements read or written. */
template <class F> void inParts(std::size_t count, std::size_t cost, const F& run) {
  // About what a thread does while another one wakes up.
  constexpr double worthwhile = 65536;
  const struct Job {
    std::size_t count;
    const F& run;
  } job{count, run};
  const double wanted = double(count) * double(cost) / worthwhile;
  const auto all = [](const void* given, Team& team) {
    const Job& job = *static_cast<const Job*>(given);
    team.share([&](const Part& part) { job.run(part.first(job.count), part.last(job.count)); });
  };
  share(wanted < 1e3 ? int(wanted) : 1000, false, all, &job);
}

}  // namespace elman
