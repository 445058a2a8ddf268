// The module: its functions check what they are given and call the kernels that were chosen.
#include "arguments.h"
#include "choose.h"
#include "recurrence.h"

#include <type_traits>

namespace elman {

/** update(rule, parameter, gradient, first | null, second | null, third | null, numbers) */
static napi_value update(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "update");
  const int rule = int(args.whole(0, 0, 2));
  const Array parameter = args.array(1);
  const double* numbers = args.of<double>(6, 8);
  const auto run = [&](auto* p) {
    using T = std::remove_pointer_t<decltype(p)>;
    const std::size_t count = parameter.length;
    const T* gradient = args.of<T>(2, count);
    T* running[3];
    for (int i = 0; i < 3; i++) running[i] = args.optional<T>(3 + i, count);
    if (rule > 0 && running[0] == nullptr) args.fail(3, "a running value");
    if (rule == 1 && running[1] == nullptr) args.fail(4, "a running value");
    if (args.failed()) return;
    chosenKernels()->of<T>().update(rule, p, gradient, running, count, numbers);
  };
  if (parameter.type == napi_float32_array) run(static_cast<float*>(parameter.data));
  else if (parameter.type == napi_float64_array) run(static_cast<double*>(parameter.data));
  else {
    args.fail(1, "a Float32Array or a Float64Array");
    args.failed();
  }
  return nullptr;
}

static napi_value init(napi_env env, napi_value exports) {
  const Kernels* kernels = chosenKernels();
  if (kernels == nullptr) {
    napi_throw_error(env, nullptr, "ELMAN_VECTORS names vectors that this processor, or this build, has not");
    return nullptr;
  }
  const napi_property_descriptor properties[] = {
    {"update", nullptr, update, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  addRecurrence(env, exports);
  napi_value name;
  napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &name);
  napi_set_named_property(env, exports, "vectors", name);
  return exports;
}

} // namespace elman

NAPI_MODULE_INIT() { return elman::init(env, exports); }
