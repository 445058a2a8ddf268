/** What PyTorch computes and refuses when parts of tensors are written in place (../fixtures/make_writes.py), beside ours. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/tensor/create.js";
import { type Outcome, run, type Statement } from "../support/programs.js";
import { expectClose, float64 } from "../support/tolerance.js";

interface Told {
  shape: number[];
  data: number[];
}

interface Case {
  title: string;
  leaves: Record<string, Told & { grad: boolean }>;
  statements: Statement[];
  loss: string[];
  error?: string;
  values?: Record<string, Told>;
  tracked?: string[];
  history?: Record<string, string>;
  grads?: Record<string, Told>;
}

const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("../fixtures/writes.json", import.meta.url), "utf8"),
);

describe("parts written in place, as PyTorch", () => {
  it.each(cases)("$title", ({ leaves, statements, loss, ...expected }) => {
    const given = Object.entries(leaves).map(
      ([name, { shape, data, grad }]) => [name, { value: tensor(data, shape, { dtype: "float64" }), grad }] as const,
    );
    const outcome = run(Object.fromEntries(given), statements, loss);
    if (expected.error !== undefined) {
      // PyTorch names the node that a view would have by now.
      const named = (text: string) => text.replace(/ of (AsStrided|Slice|Select),/, " of a view,");
      expect(named((outcome as { error: string }).error)).toBe(named(expected.error));
      return;
    }
    const { values, tracked, history, grads } = outcome as Outcome;
    expect(Object.keys(values)).toEqual(Object.keys(expected.values ?? {}));
    for (const [name, value] of Object.entries(expected.values ?? {})) expectClose(values[name], value, float64, name);
    expect(tracked).toEqual(expected.tracked);
    expect(history).toMatchObject(expected.history ?? {});
    expect(Object.keys(grads)).toEqual(Object.keys(expected.grads ?? {}));
    for (const [name, value] of Object.entries(expected.grads ?? {}))
      expectClose(grads[name], value, float64, `d ${name}`);
  });
});
