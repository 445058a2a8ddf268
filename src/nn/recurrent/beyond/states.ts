/** The states of a `Recurrent` as its caller gives and gets them, and in parts: one a layer and direction. */

import { fail, mistyped } from "../../../base/errors.js";
import type { FloatDType } from "../../../device/value.js";
import { Tensor } from "../../../tensor/tensor.js";
import { checkSameDType } from "../../checks.js";
import { checkStates, type Form, joined, parts } from "../forms.js";

/** How states look outside. */
export interface StateForm {
  /** Of each layer and direction the sizes of its states. */
  readonly sizes: readonly (readonly number[])[];
  /** Whether each is a list, one tensor a layer and direction, because sizes differ. */
  readonly listed: boolean;
  /** Whether batched ones are `[N, S, H]`. */
  readonly batchFirst: boolean;
}

/** One state of all layers and directions. */
type Given = Tensor | readonly Tensor[];

const name = "Recurrent";

/** What was given as `hx`, one entry a state, time-first; null for none. */
export function listStates(hx: unknown, { sizes, listed, batchFirst }: StateForm): Given[] | null {
  if (hx === null || hx === undefined) return null;
  const count = sizes[0].length;
  if (count > 1 && !(Array.isArray(hx) && hx.length === count)) {
    const came = Array.isArray(hx) ? ` of ${hx.length}` : "";
    mistyped(`${name}: Expected the state as a list of ${count}, one a state of the cell${came && `, not${came}`}`, hx);
  }
  return (count === 1 ? [hx] : (hx as unknown[])).map((state, s) => {
    if (!listed) {
      if (!(state instanceof Tensor)) mistyped(`${name}: Expected state ${s} as a Tensor`, state);
      return batchFirst && state.ndim === 3 ? state.transpose(0, 1) : state;
    }
    if (!Array.isArray(state) || state.length !== sizes.length || !state.every((one) => one instanceof Tensor)) {
      mistyped(`${name}: Expected state ${s} as a list of ${sizes.length} Tensors, one a layer and direction`, state);
    }
    return state as Tensor[];
  });
}

/** Each state in its parts `[N, size]`, in the packed order; sizes and dtype are checked. */
export function splitStates(given: readonly Given[], { sizes }: StateForm, form: Form, dtype: FloatDType): Tensor[][] {
  for (const state of given.flat() as Tensor[]) checkSameDType(state.dtype, dtype);
  const stacked = given.filter((state) => state instanceof Tensor);
  checkStates(stacked, sizes.length, sizes[0], form);
  return given.map((state, s) => {
    if (state instanceof Tensor) return parts(state, sizes.length, form);
    return state.map((part, i) => {
      const rank = form.kind === "unbatched" ? 1 : 2;
      if (part.ndim !== rank) fail("RuntimeError", `${name}: Expected states of ${rank} dimensions, got ${part.ndim}`);
      const one = part.unsqueeze(0);
      checkStates([one], 1, [sizes[i][s]], form);
      return parts(one, 1, form)[0];
    });
  });
}

/** Parts as the caller gets them. */
export function joinStates(list: readonly Tensor[], { listed, batchFirst }: StateForm, form: Form): Given {
  if (listed) return list.map((part) => joined([part], form).squeeze(0));
  const all = joined(list, form);
  return batchFirst && all.ndim === 3 ? all.transpose(0, 1) : all;
}
