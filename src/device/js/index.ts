/** The js device: the specification. Plain, exact, float32 and float64, never optimised. */

import type { Device } from "../device.js";
import * as recurrence from "../recurrence.js";
import { accumulate } from "./accumulate.js";
import { crossEntropy, crossEntropyBackward } from "./crossentropy.js";
import { binary, copy, slope, unary, where } from "./elementwise.js";
import { gemm } from "./gemm.js";
import { layerNorm, layerNormBackward } from "./layernorm.js";
import { map } from "./map.js";
import { argsort, cumsum, extremum, gather, reduce, scatterAdd, softmax, softmaxBackward } from "./reduce.js";
import { scatterAddRows, takeRows } from "./rows.js";
import { stepper } from "./stepper.js";
import { updates } from "./updates.js";

/** The device in plain JavaScript: exact, in float32 and float64, the specification of the others. */
export const js: Device = {
  name: "js",
  unary,
  map,
  slope,
  binary,
  where,
  copy,
  accumulate,
  reduce,
  extremum,
  softmax,
  softmaxBackward,
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
  compiles: () => false,
  forward: (directions, keep) => directions.map((sequence) => recurrence.forward(js, sequence, keep)),
  backward: (directions) => directions.map((one) => recurrence.backward(js, one)),
  stepper,
};
