/** The programs of examples/layers compute what PyTorch computes from the same seed. */

import { readdirSync, readFileSync } from "node:fs";
import type { Tensor } from "elman-nn";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { expectClose, float32 } from "../support/tolerance.js";

const root = new URL("../../", import.meta.url);
const fixture = JSON.parse(readFileSync(new URL("test/fixtures/examples.json", root), "utf8")) as {
  programs: Record<string, Record<string, number[]>>;
};

describe("examples/layers", () => {
  beforeAll(() => {
    vi.spyOn(console, "log").mockImplementation(() => {});
  });

  it("has a recorded result for every program", () => {
    const files = readdirSync(new URL("examples/layers/", root)).map((file) => file.replace(".ts", ""));
    expect(files.sort()).toEqual(Object.keys(fixture.programs).sort());
  });

  for (const [name, results] of Object.entries(fixture.programs)) {
    it(name, async () => {
      const program = (await import(`../../examples/layers/${name}.ts`)) as Record<string, Tensor>;
      for (const [key, expected] of Object.entries(results)) expectClose(program[key].toArray(), expected, float32);
    });
  }
});
