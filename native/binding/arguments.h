/**
 * What JavaScript hands over, read and checked. After the first fault nothing more is read, and whoever asks `failed()`
 * throws a TypeError of one sentence. The kernels see only what passed here.
 */
#pragma once
#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <new>
#include <type_traits>
#include <vector>

#include "walk.h"

namespace elman {

using std::size_t;

/** A typed array as memory. */
struct Array {
  napi_typedarray_type type = napi_uint8_array;
  size_t length = 0;
  void* data = nullptr;
};

/** The typed array of a number's type, and what its memory is called in a sentence. */
template <class T> struct TypeOf;
#define ELMAN_TYPE(T, number, named) \
  template <> struct TypeOf<T> { \
    static constexpr napi_typedarray_type type = number; \
    static constexpr const char* name = named " that is long enough"; \
  };
ELMAN_TYPE(float, napi_float32_array, "a Float32Array")
ELMAN_TYPE(double, napi_float64_array, "a Float64Array")
ELMAN_TYPE(int32_t, napi_int32_array, "an Int32Array")
ELMAN_TYPE(uint8_t, napi_uint8_array, "a Uint8Array")

class Arguments {
public:
  static constexpr size_t most = 40;

  Arguments(napi_env env, napi_callback_info info, const char* function) : env_(env), function_(function) {
    if (napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr) != napi_ok) count_ = 0;
    if (count_ > most) count_ = most;
  }

  /** A typed array; of nothing after a fault. */
  Array array(size_t at) {
    Array found;
    bool is = false;
    if (fault_ != nullptr) return found;
    if (at >= count_ || napi_is_typedarray(env_, values_[at], &is) != napi_ok || !is ||
        napi_get_typedarray_info(env_, values_[at], &found.type, &found.length, &found.data, nullptr, nullptr) != napi_ok) {
      fail(at, "a typed array");
      return Array{};
    }
    return found;
  }

  /** The memory of a typed array of one type, of `length` elements at least. */
  template <class T> T* of(size_t at, size_t length) {
    const Array found = array(at);
    if (found.type != TypeOf<T>::type || found.length < length) fail(at, TypeOf<T>::name);
    return fault_ == nullptr ? static_cast<T*>(found.data) : nullptr;
  }

  /** Whole numbers as they are now: what is checked stays so, whoever writes into their array meanwhile. */
  const int32_t* wholes(size_t at, size_t length) {
    const int32_t* const from = of<int32_t>(at, length);
    return from == nullptr ? nullptr : copies_.emplace_back(from, from + length).data();
  }

  bool isNull(size_t at) const {
    napi_valuetype type = napi_undefined;
    return at < count_ && napi_typeof(env_, values_[at], &type) == napi_ok && type == napi_null;
  }
  /** As `of`; null for null. */
  template <class T> T* optional(size_t at, size_t length) { return isNull(at) ? nullptr : of<T>(at, length); }

  napi_value value(size_t at) const { return values_[at]; }
  size_t count() const { return count_; }
  napi_env env() const { return env_; }

  double number(size_t at) {
    double x = 0;
    if (fault_ == nullptr && (at >= count_ || napi_get_value_double(env_, values_[at], &x) != napi_ok)) fail(at, "a number");
    return x;
  }

  /** A whole number from 0 to `greatest`, and 0 after a fault. */
  size_t whole(size_t at, double greatest = 9007199254740991) {
    const double x = number(at);
    if (fault_ == nullptr && !(x >= 0 && x <= greatest && x == double(size_t(x)))) fail(at, "a whole number that is not too great");
    return fault_ == nullptr ? size_t(x) : 0;
  }

  /** Refuses an argument: what was expected of it. */
  void fail(size_t at, const char* expected) {
    if (fault_ != nullptr) return;
    fault_ = expected;
    where_ = at;
  }

  bool isFine() const { return fault_ == nullptr; }

  /** Whether something was refused; throws the sentence. */
  bool failed() {
    if (fault_ == nullptr) return false;
    char text[160];
    std::snprintf(text, sizeof text, "%s() of elman-nn-native expected %s as argument %d", function_, fault_, int(where_) + 1);
    napi_throw_type_error(env_, nullptr, text);
    return true;
  }

private:
  napi_env env_;
  const char* function_;
  size_t count_ = most;
  napi_value values_[most] = {};
  const char* fault_ = nullptr;
  size_t where_ = 0;
  std::vector<std::vector<int32_t>> copies_;
};

/**
 * Calls `run` with a pointer of the float type that the array at `at` has, or refuses it; throws what was refused. Memory
 * that is not there is an error of JavaScript's.
 */
template <class F> napi_value ofFloats(Arguments& args, size_t at, F run) {
  const Array given = args.array(at);
  try {
    if (given.type == napi_float32_array) run(static_cast<float*>(given.data), given.length);
    else if (given.type == napi_float64_array) run(static_cast<double*>(given.data), given.length);
    else args.fail(at, "a Float32Array or a Float64Array");
  } catch (const std::bad_alloc&) {
    napi_throw_range_error(args.env(), nullptr, "elman-nn-native can't allocate memory");
    return nullptr;
  }
  args.failed();
  return nullptr;
}

/** Shapes, strides and offsets that come as one Float64Array, which is read from its beginning. */
class Plan {
public:
  Plan(Arguments& args, size_t at) : args_(args), at_(at), given_(args.array(at)) {
    if (given_.type != napi_float64_array) args.fail(at, TypeOf<double>::name);
  }

  size_t next() {
    const double x = args_.isFine() && read_ < given_.length ? static_cast<double*>(given_.data)[read_++] : -1;
    // Sums and products of a few of these stay exact, or grow beyond the length of any array.
    if (!(x >= 0 && x <= 9007199254740991 && x == double(size_t(x)))) args_.fail(at_, "whole numbers");
    return args_.isFine() ? size_t(x) : 0;
  }

  /** Sizes, and the number of places. */
  double shape(Walk& walk) {
    walk.dims = int(next());
    if (walk.dims > mostDims) args_.fail(at_, "sixteen dimensions at most");
    if (!args_.isFine()) walk.dims = 0;
    double places = 1;
    for (int i = 0; i < walk.dims; i++) places *= double(walk.shape[i] = next());
    return places;
  }

  /** Strides of an operand over the walk; how far its last place lies from its first, −1 where it has none. */
  double strides(Walk& walk, int operand) {
    double last = 0;
    bool isEmpty = false;
    for (int i = 0; i < walk.dims; i++) {
      const size_t stride = walk.operands[operand].strides[i] = next();
      isEmpty = isEmpty || walk.shape[i] == 0;
      if (walk.shape[i] > 0) last += double(walk.shape[i] - 1) * double(stride);
    }
    return isEmpty ? -1 : last;
  }

  /** Offset and strides of an operand, which must lie within `length` elements of `data`. */
  template <class T> void operand(Walk& walk, int operand, const T* data, size_t length) {
    const size_t offset = next();
    const double last = strides(walk, operand);
    if (last >= 0 && !(double(offset) + last < double(length))) args_.fail(at_, "places within the arrays");
    walk.operands[operand].data = args_.isFine() ? data + (last < 0 ? 0 : offset) : nullptr;
  }

  /** Sizes, and where the first two operands lie over them; the number of places. */
  template <class T> double pair(Walk& walk, const T* a, size_t aLength, const T* b, size_t bLength) {
    const double places = shape(walk);
    operand(walk, 0, a, aLength);
    operand(walk, 1, b, bLength);
    return places;
  }

private:
  Arguments& args_;
  size_t at_;
  Array given_;
  size_t read_ = 0;
};

}  // namespace elman
