// The functions of recurrence.cc.
#pragma once

#include <node_api.h>

namespace elman {

/** Adds multiply, pack, forward, backward, threads and lanes (floats of a vector) to the module. */
void addRecurrence(napi_env env, napi_value exports);

} // namespace elman
