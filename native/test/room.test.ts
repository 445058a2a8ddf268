import { randn, setDefaultDevice } from "elman-nn";
import { elements } from "elman-nn/device";
import { afterEach, expect, it, vi } from "vitest";
import { room } from "../src/room.js";
import { device } from "./device.js";

afterEach(() => {
  vi.restoreAllMocks();
  setDefaultDevice("js");
});

it.each(["float32", "float64", "bool"] as const)("%s has its shape and type, whatever its size", (dtype) => {
  for (const shape of [[], [0], [3, 5], [300, 1000]]) {
    const value = room(dtype, shape);
    expect([value.dtype, value.shape, elements(value).length]).toEqual([dtype, shape, value.numel]);
  }
});

it("what a buffer cannot hold is a typed array", () => {
  vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation(() => {
    throw new RangeError("too long");
  });
  expect(elements(room("float32", [300, 1000])).length).toBe(300_000);
});

it("what memory cannot hold is an error in the library's words", () => {
  setDefaultDevice(device);
  const [column, row] = [randn([150_000, 1]), randn([150_000])];
  expect(() => column.add(row)).toThrow("can't allocate memory: you tried to allocate 90000000000 bytes.");
});
