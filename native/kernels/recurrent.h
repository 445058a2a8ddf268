/** What recurrent.cc compiles for each width. */
#pragma once
#include "runs.h"
#include "vectors.h"

namespace elman::ELMAN_SPACE {

template <class T> void products(const Products<T>&);
template <class T> void packWeights(const Packing<T>&);
template <class T> void forward(const Forward<T>* runs, int count);
template <class T> void backward(const Backward<T>* runs, int count);
void step(const Level* levels, int count);

}  // namespace elman::ELMAN_SPACE
