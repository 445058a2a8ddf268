/** `elman-nn-native`: a device in C++, with wide vectors and threads. @packageDocumentation */

import { type Device, js } from "elman-nn/device";
import type { Binding } from "./binding.js";
import { elementwise } from "./elementwise.js";
import { binding } from "./load.js";
import { reduce } from "./reduce.js";
import { rows } from "./rows.js";
import { updates } from "./updates.js";

function device(binding: Binding): Device {
  const ops = elementwise(binding);
  return {
    ...js,
    name: "native",
    ...ops,
    ...rows(binding, ops.copy),
    reduce: reduce(binding),
    updates: updates(binding),
  };
}

/** The device, or null where there is no binary for this platform. */
export const native = binding && device(binding);
