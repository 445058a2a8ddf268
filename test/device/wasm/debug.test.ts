/**
 * The kernels' debug build through the whole suite: every range is checked against what was given out, every write
 * against what is read beside it, no scratch is read before it was written, and nothing is written beside its place.
 */

import { afterEach, describe, expect, it } from "vitest";
import { compile } from "../../../scripts/compile.js";
import * as withModule from "../../../src/device/wasm/beyond.js";
import { wasm } from "../../../src/device/wasm/index.js";
import { withKernels } from "../../../src/device/wasm/known.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels, link } from "../../../src/device/wasm/module.js";
import { complete } from "../../../src/device/wasm/ops.js";
import type { OpsKernels } from "../../../src/device/wasm/ops_module.js";
import { conformance } from "../conformance.js";

interface Checked {
  setLimit(end: number): void;
}
type DebugKernels = Kernels & Checked;

const beyondBytes = await compile("beyond", ["simd"], true);
for (const [name, cell] of Object.entries(withModule)) withKernels<number>(beyondBytes, name, cell);

/** Floats behind each place, which nobody may write. */
const zone = 16;
const mark = 0x7fc0_dead;

const bytesOf = (count: number) => Math.ceil(count / 16) * 64;
const withZone = (count: number) => bytesOf(count) / 4 + zone;

/** Memory with a marked zone behind every place, and scratch that is NaN until it is written. */
class GuardedMemory extends Memory {
  private zones: number[] = [];
  private heldZones = new Set<number>();

  constructor(private readonly checked: DebugKernels) {
    super(checked);
  }

  private words(at: number, count: number): Int32Array {
    return new Int32Array(this.checked.memory.buffer, at, count);
  }

  private guard(at: number, count: number): number {
    const behind = at + bytesOf(count);
    this.words(behind, zone).fill(mark);
    return behind;
  }

  override take(count: number): number {
    const at = super.take(withZone(count));
    this.words(at, count).fill(mark);
    this.zones.push(this.guard(at, count));
    this.checked.setLimit(at + bytesOf(count));
    return at;
  }

  override hold(count: number): number {
    const at = super.hold(withZone(count));
    this.heldZones.add(this.guard(at, count));
    return at;
  }

  override release(at: number, count: number, owner?: object): void {
    this.verify();
    this.heldZones.delete(at + bytesOf(count));
    super.release(at, withZone(count), owner);
  }

  override reset(): void {
    this.verify();
    this.zones = [];
    super.reset();
    this.checked.setLimit(this.floor);
  }

  /** Nobody wrote behind a place. */
  verify(): void {
    for (const at of [...this.zones, ...this.heldZones]) {
      expect(this.words(at, zone).every((word) => word === mark)).toBe(true);
    }
  }
}

const builds = { plain: ["simd"], relaxed: ["simd", "relaxed-simd"] } as const;
const runs = (["plain", "relaxed"] as const).filter((build) => instantiate(build) !== null);

describe.each(runs)("the debug build, %s", async (build) => {
  const kernels = link(await compile("recurrence", builds[build], true)) as DebugKernels;
  const ops = link(await compile("ops", builds.plain, true), kernels.memory) as OpsKernels;
  const memory = new GuardedMemory(kernels);
  conformance(complete(wasm(`wasm-${build}`, kernels, memory), memory, () => ops));
  afterEach(() => memory.verify());

  it("notices what lies beyond memory, what lies askew, and what lies in what is read", () => {
    memory.reset();
    const [a, panels, c] = [64, 64, 64].map((count) => memory.take(count));
    memory.floats.fill(1, a / 4, a / 4 + 64);
    kernels.pack(a, 32, 4, 8, 8, panels);
    kernels.gemm(a, 32, 4, panels, c, 32, 8, 8, 8, 0, 0);
    expect(memory.floats[c / 4]).toBe(8);
    const trapped = (call: () => void) => expect(call).toThrow("unreachable");
    const end = c + 256; // of what was given out last
    trapped(() => kernels.gemm(a, 32, 4, panels, end - 32, 32, 8, 8, 8, 0, 0));
    trapped(() => kernels.gemm(0, 32, 4, panels, c, 32, 8, 8, 8, 0, 0));
    trapped(() => kernels.gemm(a, 32, 4, panels, a + 128, 32, 8, 8, 8, 0, 0));
    trapped(() => kernels.gemm(a + 2, 32, 4, panels, c, 32, 8, 8, 8, 0, 0));
    trapped(() => kernels.pack(a, 32, 4, 8, 8, a + 64));
    trapped(() => kernels.columnSums(a, 8, 8, a));
  });

  it("notices what is written behind a place", () => {
    memory.reset();
    const at = memory.take(24);
    memory.floats[at / 4 + 24] = 0;
    memory.verify();
    memory.floats[at / 4 + 32] = 0;
    expect(() => memory.verify()).toThrow();
    memory.floats.fill(0, at / 4 + 32, at / 4 + 48);
    new Int32Array(kernels.memory.buffer, at + 128, zone).fill(mark);
  });
});
