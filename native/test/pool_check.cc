/** The pool of threads at work for several callers, who change how many there are: it counts what was done, or ends. */
#include "pool.h"

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace elman;

struct Sums {
  std::vector<long>& data;
  long add;
};

/** Two phases: each number grows, then each is twice what it was; the second reads what another part has written. */
static void job(const void* given, Team& team) {
  const Sums& sums = *static_cast<const Sums*>(given);
  const std::size_t all = sums.data.size();
  team.share([&](const Part& part) {
    for (std::size_t i = part.first(all); i < part.last(all); i++) sums.data[i] += sums.add;
  });
  team.once([&] { sums.data[0] += 1; });
  team.share([&](const Part& part) {
    for (std::size_t i = part.first(all); i < part.last(all); i++) sums.data[all - 1 - i] += sums.add;
  });
}

static void call(int seed) {
  std::vector<long> data(1000);
  for (long round = 0; round < 300; round++) {
    if (round % 50 == 0) setThreads(1 + (seed + int(round) / 50) % 5);
    const Sums sums{data, round};
    share(1 + int(round) % 6, round % 2 == 0, job, &sums);
  }
  const long expected = 2 * (299 * 300 / 2);
  for (std::size_t i = 0; i < data.size(); i++) {
    if (data[i] != expected + (i == 0 ? 300 : 0)) {
      std::printf("place %zu has %ld, expected %ld\n", i, data[i], expected);
      std::exit(1);
    }
  }
}

int main() {
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; i++) callers.emplace_back(call, i);
  for (std::thread& caller : callers) caller.join();
  std::puts("the pool did all that it was asked, each of it once");
}
