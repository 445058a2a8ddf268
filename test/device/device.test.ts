import { expect, it } from "vitest";
import { kernels } from "../../src/device/device.js";
import { js } from "../../src/device/js/index.js";

it("the list of kernels is what a device has", () => {
  const { name: _, ...rest } = js;
  const types = Object.entries(rest).map(([kernel, value]) => [kernel, typeof value]);
  expect(Object.fromEntries(types)).toEqual(kernels);
});
