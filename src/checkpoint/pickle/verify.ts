/** What a pickle left on its stack, checked to be what a checkpoint may hold: no stray parts, no cycles, no abyss. */

import { typeName } from "../../base/errors.js";
import { refuse } from "../bytes/text.js";
import { isTensor } from "../numbers/wide.js";
import { type CheckpointValue, OrderedDict } from "./values.js";

/** How deep values may lie in each other. */
export const depthLimit = 100;

const open = -1;

/** @throws RuntimeError where the value holds what is no value, or itself, or is nested too deeply */
export function verified(where: string, value: unknown): CheckpointValue {
  // The height of what has been seen, so that what many share is walked once.
  const heights = new Map<unknown, number>();
  const walk = (part: unknown, depth: number): number => {
    const inner = children(where, part);
    if (inner === null) return 0;
    const known = heights.get(part);
    if (known === open) refuse(where, `a ${typeName(part)} holds itself, which is not supported`);
    if (depth + (known ?? 0) >= depthLimit) refuse(where, `values are nested more than ${depthLimit} deep`);
    if (known !== undefined) return known;
    heights.set(part, open);
    let height = 0;
    for (const one of inner) height = Math.max(height, 1 + walk(one, depth + 1));
    heights.set(part, height);
    return height;
  };
  walk(value, 0);
  return value as CheckpointValue;
}

/** What lies in a value; null for one that holds no others. */
function children(where: string, value: unknown): Iterable<unknown> | null {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || isTensor(value)) return null;
  if (value instanceof OrderedDict) return [...value.values(), ...value.attributes.values()];
  if (value instanceof Map) return value.values();
  if (value instanceof Set || Array.isArray(value)) return value;
  return refuse(
    where,
    `a ${typeName(value)} stands where a value should; only tensors, numbers, strings and what holds them are supported`,
  );
}
