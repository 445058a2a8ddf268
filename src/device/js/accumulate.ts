/** Adds one value to another in place: how gradients come together. */

import { isRowMajor } from "../../base/shape.js";
import { elements, type Value } from "../value.js";
import { binary, copy, laidOut } from "./elementwise.js";

export function accumulate(from: Value, to: Value): void {
  if (!isRowMajor(to)) {
    copy(binary("add", to, from, to.dtype), to);
    return;
  }
  const x = laidOut(from, to.shape);
  const y = elements(to);
  for (let i = 0; i < y.length; i++) y[i] += x[i];
}
