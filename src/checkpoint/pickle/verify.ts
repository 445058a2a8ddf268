/** What a pickle left on its stack, checked to be what a checkpoint may hold: no stray parts, no cycles, no abyss. */

import { typeName } from "../../base/errors.js";
import { refuse } from "../bytes/text.js";
import type { Storages } from "../numbers/storages.js";
import { isTensor as isReadTensor } from "../numbers/wide.js";
import { weights } from "./unpickler.js";
import { type CheckpointKey, type CheckpointValue, Opaque, OrderedDict } from "./values.js";

/** How deep values may lie in each other. */
export const depthLimit = 100;

/** What is wanted of a file. */
export interface Wanted {
  /** Whether a tensor is, by its name: the keys that lead to it, with dots between them. Default: all are. */
  readonly names?: ((name: string) => boolean) | undefined;
  /** What becomes of objects that are no plain data. */
  readonly unknown?: "refuse" | "opaque" | undefined;
}

/** What a pickle left, verified and without what nobody wants, and the regions that hold its numbers. */
export function settled(where: string, left: unknown, storages: Storages, { names }: Wanted) {
  // A tensor of 64-bit whole numbers has none yet, and is known by its region alone.
  const isTensor = (value: object) => storages.regionOf(value) !== undefined;
  const regions = new Set<unknown>();
  const keep = (tensor: object) => isTensor(tensor) && regions.add(storages.regionOf(tensor)) !== null;
  const whole = verified(where, left, names === undefined ? keep : isTensor);
  if (names === undefined) return { value: whole, regions };
  const isWanted = (name: string, part: object) => (isTensor(part) ? names(name) : null);
  const count = () => storages.budget.spend(weights.entry, "the pickle");
  return { value: verified(where, chosen(whole, "", isWanted, count) ?? null, keep), regions };
}

/** A value without the tensors that are not asked for: entries are gone, and in lists None stands in their place. */
function chosen(
  value: CheckpointValue,
  name: string,
  isWanted: (name: string, part: object) => boolean | null,
  count: () => void,
): CheckpointValue | undefined {
  count();
  if (typeof value !== "object" || value === null) return value;
  const isIt = isWanted(name, value);
  if (isIt !== null) return isIt ? value : undefined;
  const within = (one: CheckpointValue, key: unknown) =>
    chosen(one, name === "" ? String(key) : `${name}.${String(key)}`, isWanted, count);
  if (Array.isArray(value)) {
    const items = value.map((one, i) => within(one, i) ?? null);
    return Object.isFrozen(value) ? Object.freeze(items) : items;
  }
  if (!(value instanceof Map)) return value;
  const dict: Map<CheckpointKey, CheckpointValue> = value instanceof OrderedDict ? new OrderedDict() : new Map();
  if (value instanceof OrderedDict && dict instanceof OrderedDict) {
    for (const [key, one] of value.attributes) dict.attributes.set(key, one);
  }
  for (const [key, one] of value as ReadonlyMap<CheckpointKey, CheckpointValue>) {
    const own = within(one, key);
    if (own !== undefined) dict.set(key, own);
  }
  return dict;
}

/**
 * @param isTensor of each object in it, at least once
 * @throws RuntimeError where the value holds what is no value, or itself (but for opaque objects, which may), or is
 *   nested too deeply
 */
export function verified(
  where: string,
  value: unknown,
  isTensor: (value: object) => boolean = isReadTensor,
): CheckpointValue {
  // The height of what has been seen, so that what many share is walked once, and how deep what is open lies.
  const heights = new Map<unknown, number>();
  const open = new Map<unknown, number>();
  let opaque = -1;
  const walk = (part: unknown, depth: number): number => {
    const inner = children(where, part, isTensor);
    if (inner === null) return 0;
    const begun = open.get(part);
    if (begun !== undefined) {
      if (begun <= opaque) return 0;
      refuse(where, `a ${typeName(part)} holds itself, which is not supported`);
    }
    const known = heights.get(part);
    if (depth + (known ?? 0) >= depthLimit) refuse(where, `values are nested more than ${depthLimit} deep`);
    if (known !== undefined) return known;
    open.set(part, depth);
    const before = opaque;
    if (part instanceof Opaque) opaque = depth;
    let height = 0;
    for (const one of inner) height = Math.max(height, 1 + walk(one, depth + 1));
    opaque = before;
    open.delete(part);
    heights.set(part, height);
    return height;
  };
  walk(value, 0);
  return value as CheckpointValue;
}

/** What lies in a value; null for one that holds no others. */
function children(where: string, value: unknown, isTensor: (value: object) => boolean): Iterable<unknown> | null {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || isTensor(value)) return null;
  if (value instanceof Opaque) {
    const { args, items, entries, state } = value;
    return [...(args ?? []), ...items, ...entries.keys(), ...entries.values(), state];
  }
  if (value instanceof Map) {
    const attributes = value instanceof OrderedDict ? value.attributes.values() : [];
    return [...value.keys(), ...value.values(), ...attributes];
  }
  if (value instanceof Set || Array.isArray(value)) return value;
  return refuse(
    where,
    `a ${typeName(value)} stands where a value should; only tensors, numbers, strings and what holds them are supported`,
  );
}
