/** What the module offers: lists of names and functions, each of which ends with an empty one. */
#pragma once
#include <node_api.h>

namespace elman {

struct Entry {
  const char* name;
  napi_callback call;
};

extern const Entry opEntries[];
extern const Entry rowEntries[];
extern const Entry recurrentEntries[];

}  // namespace elman
