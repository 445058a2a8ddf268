/** The kernels that serve this process. */
#pragma once

#include "kernels.h"

namespace elman {

/** Those of the widest vectors that the processor has, or of the width that ELMAN_VECTORS names; null where it lacks that. */
const Kernels* chosenKernels();

} // namespace elman
