import { expect, it } from "vitest";
import { extents, samePadding } from "../../../src/nn/functional/extent.js";
import { refuses } from "../../support/nn_fixture.js";

const refusal = (list: readonly number[]) => `not ${list.length}`;

it("gives one number a dimension", () => {
  expect(extents("f()", "size", 3, 2, refusal)).toEqual([3, 3]);
  expect(extents("f()", "size", [3], 2, refusal)).toEqual([3, 3]);
  const given = [4, 5];
  const found = extents("f()", "size", given, 2, refusal);
  expect(found).toEqual([4, 5]);
  expect(found).not.toBe(given);
});

it("refuses what is no list of whole numbers, and lists of another length", () => {
  const type = (message: string) => ({
    kind: "TypeError",
    message: `f(): argument 'size' must be tuple of ints, ${message}`,
  });
  refuses(() => extents("f()", "size", "3" as never, 2, refusal), type("not string"));
  refuses(() => extents("f()", "size", null as never, 2, refusal), type("not null"));
  refuses(() => extents("f()", "size", 1.5, 2, refusal), type("but found element of type number at pos 0"));
  refuses(
    () => extents("f()", "size", [1, "2"] as never, 2, refusal),
    type("but found element of type string at pos 1"),
  );
  refuses(() => extents("f()", "size", [1, 2, 3], 2, refusal), { kind: "RuntimeError", message: "not 3" });
  refuses(() => extents("f()", "size", [], 2, refusal), { kind: "RuntimeError", message: "not 0" });
});

it("puts the odd place of same padding behind", () => {
  expect(samePadding([3, 4], [1, 3])).toEqual({ before: [1, 4], after: [1, 5] });
});
