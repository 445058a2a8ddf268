/** A device's runs, one direction at a time. */

import type { Arriving, Device, Leaving, Return, Run, Sequence } from "../../src/device/device.js";

export function forward(device: Device, sequence: Sequence, keep: boolean): Run {
  return device.forward([sequence], keep)[0];
}

export function backward(
  device: Device,
  sequence: Sequence,
  run: Run,
  d: Arriving,
  needs: Return["needs"] = { input: true, weights: true },
): Leaving {
  return device.backward([{ sequence, run, d, needs }])[0];
}
