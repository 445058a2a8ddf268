/**
 * What becomes of a tensor when a part of its memory is written, and of a view when its tensor has changed. The part is
 * named by where it lies in memory, since a view of a view of a tensor is a view of the tensor.
 */

import { isRowMajor, type View } from "../../base/shape.js";
import { fresh, type Value } from "../../device/value.js";
import { copy, device, scalar } from "../kernels.js";
import type { Part, Write } from "./op.js";

/** A view of a tensor, and how the tensor itself lies in the same memory. */
export interface Place {
  readonly base: View;
  readonly part: View;
}

/** Runs `body` on the part of row-major `d`, which has the base's shape, that lies at `place`. */
function inside(d: Value, { base, part }: Place, body: (part: Value) => void): void {
  const { shape, strides } = part;
  if (isRowMajor(base)) {
    body(d.at({ shape, strides, offset: d.offset + part.offset - base.offset }));
    return;
  }
  const last = base.shape.reduce((end, size, i) => end + (size - 1) * base.strides[i], 0);
  const memory = fresh(d.dtype, [last + 1]);
  const whole = memory.at({ ...base, offset: 0 });
  device().copy(d, whole);
  body(memory.at({ shape, strides, offset: part.offset - base.offset }));
  device().copy(whole, d);
}

/** The elements of a view      dx += dy there */
export const asStrided: Part<[Value, Place], Value, [Place]> = {
  name: "AsStrided",
  forward: (x, place) => [x.at(place.part), [place]],
  accumulate: (dx, dy, [place]) => inside(dx, place, (part) => device().accumulate(dy, part)),
};

/** y = x with b in the place of a part      dx = dy, 0 in that place   db = dy in that place */
export const copySlices: Write<[Place]> = {
  name: "CopySlices",
  take: (d, [place]) => {
    let taken = d;
    inside(d, place, (part) => {
      taken = copy(part);
      device().copy(scalar(0, d.dtype), part);
    });
    return taken;
  },
};
