/** The states of a `Recurrent` as its caller gives and gets them, and in parts: one a layer and direction. */

import { fail, mistyped } from "../../../base/errors.js";
import { listText, type Shape, sameShape, tupleText } from "../../../base/shape.js";
import type { FloatDType } from "../../../device/value.js";
import { Tensor } from "../../../tensor/tensor.js";
import { checkSameDType } from "../../checks.js";
import { type Form, joined, parts } from "../forms.js";

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

/** What was given as `hx`, one entry a state; null for none. */
export function listStates(hx: unknown, { sizes, listed }: StateForm): Given[] | null {
  if (hx === null || hx === undefined) return null;
  const count = sizes[0].length;
  if (count > 1 && !(Array.isArray(hx) && hx.length === count)) {
    const came = Array.isArray(hx) ? ` of ${hx.length}` : "";
    mistyped(`${name}: Expected the state as a list of ${count}, one a state of the cell${came && `, not${came}`}`, hx);
  }
  return (count === 1 ? [hx] : (hx as unknown[])).map((state, s) => {
    if (!listed) {
      if (!(state instanceof Tensor)) mistyped(`${name}: Expected state ${s} as a Tensor`, state);
      return state;
    }
    if (!Array.isArray(state) || state.length !== sizes.length || !state.every((one) => one instanceof Tensor)) {
      mistyped(`${name}: Expected state ${s} as a list of ${sizes.length} Tensors, one a layer and direction`, state);
    }
    return state as Tensor[];
  });
}

/** Each state in its parts `[N, size]`, in the packed order; sizes and dtype are checked. */
export function splitStates(given: readonly Given[], form: StateForm, of: Form, dtype: FloatDType): Tensor[][] {
  const { sizes, batchFirst } = form;
  const S = sizes.length;
  const N = of.kind === "unbatched" ? [] : [of.N];
  return given.map((state, s) => {
    const label = given.length > 1 ? `hidden[${s}]` : "hidden";
    const check = (one: Tensor, label: string, expected: Shape) => {
      checkSameDType(one.dtype, dtype);
      if (sameShape(one.shape, expected)) return;
      fail("RuntimeError", `Expected ${label} size ${tupleText(expected)}, got ${listText(one.shape)}`);
    };
    if (state instanceof Tensor) {
      check(state, label, batchFirst ? [...N, S, sizes[0][s]] : [S, ...N, sizes[0][s]]);
      return parts(batchFirst && state.ndim === 3 ? state.transpose(0, 1) : state, S, of);
    }
    return state.map((part, i) => {
      check(part, `${label}[${i}]`, [...N, sizes[i][s]]);
      return parts(part.unsqueeze(0), 1, of)[0];
    });
  });
}

/** Parts as the caller gets them. */
export function joinStates(list: readonly Tensor[], { listed, batchFirst }: StateForm, form: Form): Given {
  if (listed) return list.map((part) => joined([part], form).squeeze(0));
  const all = joined(list, form);
  return batchFirst && all.ndim === 3 ? all.transpose(0, 1) : all;
}
