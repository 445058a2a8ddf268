/** What counts as a dict: a Map or an object of no class, from whatever realm. */

import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { dictOf, isPlain } from "../../src/base/dict.js";

it("takes Maps as they are, and plain objects by their names", () => {
  const map = new Map([[1, 2]]);
  expect(dictOf(map)).toBe(map);
  expect(dictOf({ a: 1 })).toEqual(new Map([["a", 1]]));
  expect(dictOf(Object.create(null))).toEqual(new Map());
  expect(isPlain(runInNewContext("({ a: 1 })"))).toBe(true);
});

it.each([[null], [undefined], [5], ["x"], [[1]], [new Date()], [new Set()], [() => 0]])("refuses %s", (value) => {
  expect([dictOf(value), isPlain(value)]).toEqual([null, false]);
});
