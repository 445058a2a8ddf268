import { defaultDevice, manualSeed, nn, randn, setDefaultDevice, type Tensor } from "elman-nn";
import { elements, ownDevice } from "elman-nn/device";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conformance } from "../../test/device/conformance.js";
import { expectClose, float32 } from "../../test/support/tolerance.js";
import { native } from "../src/index.js";
import { device } from "./device.js";

// Memory that the kernels say they write whole: what they leave as it was shows.
vi.mock(import("../src/room.js"), async (original) => {
  const { aligned, room, ...others } = await original();
  return {
    ...others,
    aligned: (...args) => aligned(...args).fill(Number.NaN),
    room(...args) {
      const value = room(...args);
      elements(value).fill(value.dtype === "bool" ? 7 : Number.NaN);
      return value;
    },
  };
});

it("is called native", () => {
  expect(native?.name).toBe("native");
});

describe("native", () => {
  if (native !== null) conformance(native);
});

describe("a cell without a kernel in C++", () => {
  const [C, H] = [5, 7];
  const outputs = (name: "peepholeLSTM" | "minGRU") => {
    manualSeed(1);
    const layer = new nn.Recurrent(nn.recurrentCells[name], C, H);
    const x = randn([4, 3, C]);
    const [output] = layer.forward(x);
    output.sum().backward();
    return [output, ...layer.parameters().map(({ grad }) => grad as Tensor)].map((one) => [...one.toArray()]);
  };
  const before = defaultDevice();
  afterEach(() => setDefaultDevice(before));

  it.each([
    ["peepholeLSTM", 1],
    ["minGRU", 0],
  ] as const)("%s computes what js does; the library's own device runs what it has kernels for", (name, runs) => {
    setDefaultDevice("js");
    const expected = outputs(name);
    const own = vi.spyOn(ownDevice(), "forward");
    setDefaultDevice(device);
    outputs(name).forEach((found, i) => {
      expectClose(found, expected[i], float32);
    });
    expect(own).toHaveBeenCalledTimes(runs);
    own.mockRestore();
  });
});
