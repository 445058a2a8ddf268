import { describe, expect, it } from "vitest";
import { load, loadTorch } from "../../src/checkpoint/index.js";
import type { Tensor } from "../../src/index.js";
import { expected, pathOf, plain } from "./fixtures.js";

const good = Object.keys(expected).filter((name) => name.endsWith(".pt") && name !== "wide.pt");

describe("loadTorch", () => {
  it.each(good)("reads %s as torch does", async (name) => {
    const checkpoint = await loadTorch(pathOf(name));
    const { root = checkpoint } = checkpoint;
    const { metadata, ...value } = expected[name] as { metadata?: unknown };
    expect(plain(root)).toEqual(value);
    if (metadata !== undefined) expect(plain(checkpoint.metadata)).toEqual(metadata);
  });
});
