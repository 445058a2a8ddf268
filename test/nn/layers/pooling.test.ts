/** Pools as modules; their arithmetic is tested with the functions. */

import { describe, expect, it } from "vitest";
import { nn } from "../../../src/index.js";
import { layersAgree } from "../../support/conv_layers.js";
import { nonsense, numbers, raised, refusesSomehow } from "../../support/nn_fixture.js";
import { exact, expectClose } from "../../support/tolerance.js";

const { functional: F } = nn;

describe("pools", () => layersAgree(/Pool/));

it("are the functions with their options", () => {
  const [line, plane] = [numbers([2, 3, 9], 1), numbers([3, 7, 8], 2)];
  const options = { stride: 2, padding: 1, ceilMode: true } as const;
  expectClose(new nn.MaxPool1d(3, options).forward(line), F.maxPool1d(line, 3, options), exact);
  expectClose(new nn.MaxPool2d([3, 2], options).forward(plane), F.maxPool2d(plane, [3, 2], options), exact);
  expectClose(new nn.AvgPool1d(3, options).forward(line), F.avgPool1d(line, 3, options), exact);
  const divided = { ...options, divisorOverride: 3, countIncludePad: false };
  expectClose(new nn.AvgPool2d(3, divided).forward(plane), F.avgPool2d(plane, 3, divided), exact);
  expectClose(new nn.AdaptiveAvgPool1d(2).forward(line), F.adaptiveAvgPool1d(line, 2), exact);
  expectClose(new nn.AdaptiveAvgPool2d([2, null]).forward(plane), F.adaptiveAvgPool2d(plane, [2, null]), exact);
  expectClose(new nn.AdaptiveMaxPool1d(2).forward(line), F.adaptiveMaxPool1d(line, 2), exact);
  expectClose(new nn.AdaptiveMaxPool2d(2).forward(plane), F.adaptiveMaxPool2d(plane, 2), exact);
});

it("give places beside the greatest where they are asked for", () => {
  const line = numbers([1, 6], 1);
  const [greatest, places] = new nn.MaxPool1d(2, { returnIndices: true }).forward(line);
  expectClose(line.gather(1, places), greatest, exact);
  const [most, where] = new nn.AdaptiveMaxPool2d(1, { returnIndices: true }).forward(numbers([1, 2, 3], 2));
  expect([most.shape, where.shape, where.dtype]).toEqual([[1, 1, 1], [1, 1, 1], "int32"]);
});

it("refuse what does not fit", () => {
  for (const wrong of nonsense) {
    if (wrong !== 5 && !Array.isArray(wrong)) refusesSomehow(() => new nn.MaxPool1d(wrong).forward(numbers([1, 9], 1)));
    refusesSomehow(() => new nn.MaxPool2d(1).forward(wrong));
    refusesSomehow(() => new nn.AdaptiveAvgPool1d(1).forward(wrong));
  }
  expect(raised(() => new nn.MaxPool1d(1, { size: 2 } as never)).message).toContain("'size'");
  expect(raised(() => new nn.AvgPool2d(1, { dilation: 2 } as never)).message).toContain("'dilation'");
  expect(raised(() => new nn.AdaptiveMaxPool1d(1, { stride: 2 } as never)).message).toContain("'stride'");
});
