/** Products and runs over time, compiled once for each width of vectors, beside kernels.cc so that both compile at once. */
#include "recurrent.h"

#include "backward.h"
#include "forward.h"

namespace elman::ELMAN_SPACE {

#define ELMAN_COMPILE(T) \
  template void products<T>(const Products<T>&); \
  template void packWeights<T>(const Packing<T>&); \
  template void forward<T>(const Forward<T>*, int); \
  template void backward<T>(const Backward<T>*, int);

ELMAN_COMPILE(float)
ELMAN_COMPILE(double)

void step(const Level* levels, int count) {
  const struct Job {
    const Level* levels;
    int count;
  } job{levels, count};
  share(1, true, [](const void* given, Team&) {
    const Job& job = *static_cast<const Job*>(given);
    levelsOf(job.levels, job.count);
  }, &job);
}

}  // namespace elman::ELMAN_SPACE
