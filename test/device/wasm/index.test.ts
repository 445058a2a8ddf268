import { afterEach, describe, expect, it, vi } from "vitest";
import { cells } from "../../../src/device/cells/index.js";
import type { Sequence } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { elements, type FloatDType, fresh } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate } from "../../../src/device/wasm/module.js";
import { conformance } from "../conformance.js";
import { sequence } from "./sequence.js";

/** Node 20 has no relaxed SIMD: there the plain build is all there is, and the newer Nodes of CI run both. */
const builds = (["plain", "relaxed"] as const).filter((build) => instantiate(build) !== null);
const relaxed = Number(process.versions.node.split(".")[0]) >= 21;

it("has the builds that this engine must run", () => {
  expect(builds).toEqual(relaxed ? ["plain", "relaxed"] : ["plain"]);
});

describe.each(builds)("wasm-%s", (build) => {
  const device = createWasm(build);
  if (device === null) throw new Error(`${build} was there a moment ago`);
  conformance(device);

  afterEach(() => vi.restoreAllMocks());

  const all = (s: Sequence, on = device) => {
    const run = on.forward(s, true);
    const d = { output: run.output, final: run.final };
    const leaving = on.backward(s, run, d, { input: true, weights: true });
    const { ih, hh, biasIh, biasHh } = leaving.weights ?? {};
    const values = [run.output, ...run.final, leaving.input, ...leaving.initial, ih, hh, biasIh, biasHh];
    return values.map((value) => (value ? [...elements(value)] : []));
  };

  it("gives the same bits on every run, whatever ran before", () => {
    const s = sequence(cells.LSTM, "float32", { T: 7, N: 5, C: 6, H: 9 });
    const first = all(s);
    all(sequence(cells.GRU, "float32", { T: 3, N: 40, C: 33, H: 50 }));
    expect(all(s)).toEqual(first);
  });

  it("leaves float64, and what has no rows, to the js device", () => {
    for (const dtype of ["float64", "float32"] satisfies FloatDType[]) {
      const s = sequence(cells.GRU, dtype, { T: 3, N: dtype === "float64" ? 2 : 0, C: 4, H: 5 });
      expect(all(s)).toEqual(all(s, js));
    }
  });

  it("leaves to the js device what memory cannot hold, also after a forward of its own", () => {
    const s = sequence(cells.LSTM, "float32", { T: 4, N: 3, C: 5, H: 6 });
    const run = device.forward(s, true);
    vi.spyOn(Memory.prototype, "take").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    });
    expect(all(s)).toEqual(all(s, js));
    const d = { output: run.output, final: run.final };
    const needs = { input: true, weights: true };
    expect(device.backward(s, run, d, needs)).toEqual(js.backward(s, run, d, needs));
    const [a, b, out, expected] = [0, 0, 0, 0].map(() => fresh("float32", [64, 64]));
    elements(a).fill(0.5);
    elements(b).fill(0.25);
    device.gemm(a, b, out, false);
    js.gemm(a, b, expected, false);
    expect(elements(out)).toEqual(elements(expected));
    expect(elements(out)[0]).toBe(8);
  });

  it("passes other errors on", () => {
    vi.spyOn(Memory.prototype, "take").mockImplementation(() => {
      throw new TypeError("a fault of ours");
    });
    expect(() => device.forward(sequence(cells.GRU, "float32", { T: 1, N: 1, C: 1, H: 1 }), true)).toThrow(
      "a fault of ours",
    );
  });
});
