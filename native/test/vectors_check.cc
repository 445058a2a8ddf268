/**
 * The functions of vectors.h beside libm in long double, over many values: prints the greatest error of each in units of
 * the last place and fails where one is greater than it may be. vectors.test.ts compiles and runs it.
 */
#include "../kernels/vectors.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace elman::ELMAN_SPACE;

static bool failed = false;

/** `error` in units of the last place of `exact`, or of the least ordinary number. */
template <class T> double ulps(T got, long double exact) {
  if (std::isnan((double)exact)) return std::isnan(got) ? 0 : INFINITY;
  const T rounded = (T)exact;
  if (std::isinf(rounded) || std::isinf(got)) return got == rounded ? 0 : INFINITY;
  const T size = std::fmax(std::fabs(rounded), std::numeric_limits<T>::min());
  const T unit = std::nextafter(size, (T)INFINITY) - size;
  return (double)(std::fabs((long double)got - exact) / unit);
}

template <class T, class F, class G> void check(const char* name, double most, F function, G exact, T from, T to) {
  double worst = 0;
  T at = 0;
  const auto tryOne = [&](T x) {
    const T got = function(splat(x))[lanes<T> - 1];
    const double error = ulps(got, exact((long double)x));
    if (error > worst) worst = error, at = x;
  };
  const int count = 400000;
  for (int i = 0; i <= count; i++) tryOne(from + (to - from) * i / count);
  for (T x = std::numeric_limits<T>::min() / 4; x < to; x *= T(1.001)) tryOne(x), tryOne(-x);
  const T all[] = {0, -T(0), 1, -1, INFINITY, -INFINITY, NAN, std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::max()};
  for (const T x : all) tryOne(x);
  std::printf("%s%d width %d: %.2f ulp at %.9g\n", name, (int)sizeof(T) * 8, ELMAN_WIDTH, worst, (double)at);
  if (!(worst <= most)) failed = true;
}

template <class T> void all(double most) {
  using V = Vector<T>;
  const auto sigma = [](long double x) { return 1 / (1 + std::exp(-x)); };
  // Below this the power of two is denormal, and sigmoid 0.
  const long double none = (std::numeric_limits<T>::min_exponent - 1.5L) * 0.693147180559945309L;
  check<T>("exp", most, [](V x) { return exp(x); }, [](long double x) { return std::exp(x); }, Scalar<T>::low, Scalar<T>::high);
  check<T>("log", most, [](V x) { return log(x); }, [](long double x) { return std::log(x); }, 0, 4);
  check<T>("tanh", most, [](V x) { return tanh(x); }, [](long double x) { return std::tanh(x); }, -22, 22);
  check<T>("sigmoid", most, [](V x) { return sigmoid(x); },
           [&](long double x) { return x < none ? 0 : sigma(x); }, -100, 100);
}

int main() {
  all<float>(3);
  all<double>(3);
  return failed;
}
