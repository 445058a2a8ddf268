/** Python's dicts as they come here: a Map from a file, a plain object from a program. */

import { isA } from "./realm.js";

/** Whether a value is an object of no class: `{ … }`, of whatever realm. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The entries of a dict; null for anything else. */
export function dictOf(value: unknown): ReadonlyMap<unknown, unknown> | null {
  if (isA(value, "Map")) return value;
  return isPlain(value) ? new Map(Object.entries(value)) : null;
}
