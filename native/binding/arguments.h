// What JavaScript hands over, read and checked: after the first fault nothing more is read, and a TypeError of one
// sentence is thrown by whoever asks `failed()`. The kernels see only what passed here.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace elman {

/** A typed array as memory. */
struct Array {
  napi_typedarray_type type = napi_uint8_array;
  std::size_t length = 0;
  void* data = nullptr;

  bool isFloat() const { return type == napi_float32_array || type == napi_float64_array; }
};

/** A view of an array, row-major dimensions first to last; strides in elements. */
class Arguments {
public:
  static constexpr std::size_t most = 20;

  Arguments(napi_env env, napi_callback_info info, const char* function) : env_(env), function_(function) {
    count_ = most;
    if (napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr) != napi_ok) count_ = 0;
    if (count_ > most) count_ = most;
  }

  /** A typed array; all zeros after a fault. */
  Array array(std::size_t at) {
    Array found;
    bool is = false;
    if (fault_ == nullptr) {
      if (at >= count_ || napi_is_typedarray(env_, values_[at], &is) != napi_ok || !is) {
        fail(at, "a typed array");
      } else if (napi_get_typedarray_info(env_, values_[at], &found.type, &found.length, &found.data, nullptr,
                                          nullptr) != napi_ok) {
        fail(at, "a typed array");
        found = Array{};
      }
    }
    return found;
  }

  /** A typed array of one type, and of `length` elements at least. */
  template <typename T> T* of(std::size_t at, std::size_t length) {
    const Array found = array(at);
    if (fault_ == nullptr && (found.type != typeOf<T>() || found.length < length)) fail(at, nameOf<T>());
    return fault_ == nullptr ? static_cast<T*>(found.data) : nullptr;
  }

  /** As `of`; null for null. */
  template <typename T> T* optional(std::size_t at, std::size_t length) {
    return isNull(at) ? nullptr : of<T>(at, length);
  }

  bool isNull(std::size_t at) {
    napi_valuetype type = napi_undefined;
    return at >= count_ || (napi_typeof(env_, values_[at], &type) == napi_ok && (type == napi_null || type == napi_undefined));
  }

  /** A whole number from `least` to `greatest`. */
  std::int64_t whole(std::size_t at, std::int64_t least, std::int64_t greatest) {
    const double x = number(at);
    if (fault_ == nullptr && !(x >= double(least) && x <= double(greatest) && x == double(std::int64_t(x)))) {
      fail(at, "a whole number within its bounds");
    }
    return fault_ == nullptr ? std::int64_t(x) : least;
  }

  double number(std::size_t at) {
    double x = 0;
    if (fault_ == nullptr && (at >= count_ || napi_get_value_double(env_, values_[at], &x) != napi_ok)) fail(at, "a number");
    return x;
  }

  /** Refuses an argument: what was expected of it. */
  void fail(std::size_t at, const char* expected) {
    if (fault_ != nullptr) return;
    fault_ = expected;
    where_ = at;
  }

  /** Whether something was refused; throws the sentence. */
  bool failed() {
    if (fault_ == nullptr) return false;
    char text[160];
    std::snprintf(text, sizeof text, "%s() of elman-nn-native expected %s as argument %d", function_, fault_, int(where_) + 1);
    napi_throw_type_error(env_, nullptr, text);
    return true;
  }

private:
  template <typename T> static constexpr napi_typedarray_type typeOf();
  template <typename T> static constexpr const char* nameOf();

  napi_env env_;
  const char* function_;
  std::size_t count_;
  napi_value values_[most] = {};
  const char* fault_ = nullptr;
  std::size_t where_ = 0;
};

template <> constexpr napi_typedarray_type Arguments::typeOf<float>() { return napi_float32_array; }
template <> constexpr napi_typedarray_type Arguments::typeOf<double>() { return napi_float64_array; }
template <> constexpr napi_typedarray_type Arguments::typeOf<std::int32_t>() { return napi_int32_array; }
template <> constexpr napi_typedarray_type Arguments::typeOf<std::uint8_t>() { return napi_uint8_array; }
template <> constexpr const char* Arguments::nameOf<float>() { return "a Float32Array that is long enough"; }
template <> constexpr const char* Arguments::nameOf<double>() { return "a Float64Array that is long enough"; }
template <> constexpr const char* Arguments::nameOf<std::int32_t>() { return "an Int32Array that is long enough"; }
template <> constexpr const char* Arguments::nameOf<std::uint8_t>() { return "a Uint8Array that is long enough"; }

} // namespace elman
