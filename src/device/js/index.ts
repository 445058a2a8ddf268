/** The js device: the specification. Plain, exact, float32 and float64, never optimised. */

import type { Device } from "../device.js";
import * as recurrence from "../recurrence.js";
import { accumulate } from "./accumulate.js";
import { crossEntropy, crossEntropyBackward } from "./crossentropy.js";
import { binary, copy, unary, where } from "./elementwise.js";
import { gemm } from "./gemm.js";
import { layerNorm, layerNormBackward } from "./layernorm.js";
import { argsort, cumsum, extremum, gather, reduce, scatterAdd } from "./reduce.js";
import { scatterAddRows, takeRows } from "./rows.js";
import { stepper } from "./stepper.js";
import { updates } from "./updates.js";

export const js: Device = {
  name: "js",
  unary,
  binary,
  where,
  copy,
  accumulate,
  reduce,
  extremum,
  cumsum,
  argsort,
  gather,
  scatterAdd,
  takeRows,
  scatterAddRows,
  layerNorm,
  layerNormBackward,
  crossEntropy,
  crossEntropyBackward,
  updates,
  gemm,
  forward: (sequence, keep) => recurrence.forward(js, sequence, keep),
  backward: (sequence, run, d, needs) => recurrence.backward(js, sequence, run, d, needs),
  stepper,
};
