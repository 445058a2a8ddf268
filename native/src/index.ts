/** `elman-nn-native`: a device in C++, with wide vectors and threads. @packageDocumentation */

import { type Device, js } from "elman-nn/device";
import { binding } from "./load.js";
import { updates } from "./updates.js";

export { reason } from "./load.js";

function device(): Device | null {
  if (binding === null) return null;
  return { ...js, name: "native", updates: updates(binding) };
}

/** The device, or null where there is no binary for this platform. */
export const native = device();
