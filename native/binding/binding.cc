/** The module: its entries check what they are given and call the kernels that were chosen. */
#include "choose.h"
#include "entries.h"

namespace elman {

static void define(napi_env env, napi_value exports, const Entry* entries) {
  for (; entries->name != nullptr; entries++) {
    napi_value function;
    if (napi_create_function(env, entries->name, NAPI_AUTO_LENGTH, entries->call, nullptr, &function) != napi_ok) return;
    napi_set_named_property(env, exports, entries->name, function);
  }
}

static napi_value init(napi_env env, napi_value exports) {
  const Kernels* kernels = chosenKernels();
  if (kernels == nullptr) {
    napi_throw_error(env, nullptr, "ELMAN_VECTORS names vectors that this processor or this build does not have");
    return nullptr;
  }
  define(env, exports, opEntries);
  define(env, exports, rowEntries);
  define(env, exports, recurrentEntries);
  napi_value name;
  if (napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &name) == napi_ok) napi_set_named_property(env, exports, "vectors", name);
  if (napi_value lanes; napi_create_int32(env, kernels->floats.lanes, &lanes) == napi_ok) napi_set_named_property(env, exports, "lanes", lanes);
  return exports;
}

}  // namespace elman

NAPI_MODULE_INIT() { return elman::init(env, exports); }
