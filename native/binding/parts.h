/** A result in parts, one for each thread where there is enough to do. */
#pragma once
#include <cstddef>

namespace elman {

/** Calls run(first, last) for parts of `count`, of which each costs about `cost` elements read or written. */
template <class F> void inParts(std::size_t count, std::size_t, F run) {
  run(std::size_t(0), count);
}

}  // namespace elman
