import { describe, expect, it } from "vitest";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate } from "../../../src/device/wasm/module.js";
import { functions, worst } from "./activations.js";

const builds = (["plain", "relaxed"] as const).map((build) => [build, instantiate(build)] as const);
/** Units of the last place. */
const allowed = 5;

/** The float32 numbers around a place, both signs. */
function around(x: number): number[] {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0];
  return [-2, -1, 0, 1, 2].flatMap((step) => [bits + step, (bits + step + 2 ** 31) % 2 ** 32]).map((b) => b >>> 0);
}

// Denormals, where a square would be one, where results are flat (2⁻²⁶) or straight (2⁻¹³), where tanh changes its formula
// (0.9), where exp stops (76.2, of −2x at 38.1), where the results saturate.
const tiny = [1e-45, 1.17549435e-38, 2 ** -63, 1e-10, 2 ** -26, 2 ** -25, 2 ** -13];
const places = [...tiny, 0.9, 1, 9.01, 16.6, 17.4, 38.12, 38.13, 76.24618, 76.3, 87.33, 88.72, 103.97, 150, 3.4e38];

for (const [build, kernels] of builds) {
  if (kernels === null) continue;
  describe(`activations of wasm-${build}`, () => {
    it.each([0, 1] as const)("function %i: at every boundary", (which) => {
      const bits = Uint32Array.from([...places.flatMap(around), 0, 0x80000000, 0x7f800000, 0xff800000]);
      const full = new Uint32Array((bits.length + 3) & ~3);
      full.set(bits);
      expect(worst(kernels, which, full).error).toBeLessThanOrEqual(allowed);
    });

    it.each([0, 1] as const)("function %i: over every 64th float32", (which) => {
      for (let high = 0; high < 1024; high++) {
        const bits = Uint32Array.from({ length: 65536 }, (_, i) => high * 2 ** 22 + i * 64 + (high % 64));
        const { error, at } = worst(kernels, which, bits);
        expect(error, `${functions[which].name}(${at})`).toBeLessThanOrEqual(allowed);
      }
    });

    it("keeps signs of zero, the ends, and NaN", () => {
      const memory = new Memory(kernels);
      const inputs = Float32Array.of(0, -0, Infinity, -Infinity, NaN, 1e-45, -1e-45, -200);
      const results = ([0, 1] as const).map((which) => {
        memory.reset();
        const at = memory.load(inputs, 8);
        kernels.activate(which, at, 8);
        return [...memory.store(at, 1, 8)];
      });
      expect(results[0]).toEqual([0.5, 0.5, 1, 0, NaN, 0.5, 0.5, 0]);
      expect(results[1]).toEqual([0, -0, 1, -1, NaN, 1.401298464324817e-45, -1.401298464324817e-45, -1]);
    });
  });
}
