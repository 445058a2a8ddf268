/** Convolutions as modules; their arithmetic is tested with the functions. */

import { describe, expect, it } from "vitest";
import { nn, ones } from "../../../src/index.js";
import { layersAgree } from "../../support/conv_layers.js";
import { nonsense, numbers, raised, refuses, refusesSomehow } from "../../support/nn_fixture.js";
import { exact, expectClose } from "../../support/tolerance.js";

const { functional: F } = nn;

describe("convolutions", () => layersAgree(/^Conv/));

it("are the functions with their parameters and options", () => {
  const options = { stride: 2, padding: 1, dilation: 2, groups: 2, dtype: "float64" } as const;
  const { dtype: _, ...given } = options;
  const one = new nn.Conv1d(4, 6, 3, options);
  const x = numbers([2, 4, 9], 1);
  expectClose(one.forward(x), F.conv1d(x, one.weight, one.bias, given), exact);
  const back = new nn.ConvTranspose1d(4, 6, 3, options);
  expectClose(back.forward(x), F.convTranspose1d(x, back.weight, back.bias, given), exact);
  const two = new nn.Conv2d(4, 6, [3, 2], { ...options, bias: false });
  const y = numbers([4, 9, 8], 2);
  expectClose(two.forward(y), F.conv2d(y, two.weight, null, given), exact);
  const turned = new nn.ConvTranspose2d(4, 6, [3, 2], { ...options, outputPadding: [1, 0] });
  const padded = { ...given, outputPadding: [1, 0] as const };
  expectClose(turned.forward(y), F.convTranspose2d(y, turned.weight, turned.bias, padded), exact);
});

it.each(["reflect", "replicate", "circular"] as const)("%s padding stands in the input's place", (paddingMode) => {
  const layer = new nn.Conv2d(2, 3, [2, 4], { padding: [2, 1], paddingMode, dtype: "float64" });
  const x = numbers([1, 2, 5, 6], 1);
  const around = F.pad(x, [1, 1, 2, 2], { mode: paddingMode });
  expectClose(layer.forward(x), F.conv2d(around, layer.weight, layer.bias), exact);
  const same = new nn.Conv2d(2, 3, [2, 4], { padding: "same", paddingMode, dtype: "float64" });
  const uneven = F.pad(x, [1, 2, 0, 1], { mode: paddingMode });
  expectClose(same.forward(x), F.conv2d(uneven, same.weight, same.bias), exact);
  const valid = new nn.Conv1d(2, 3, 2, { padding: "valid", paddingMode, dtype: "float64" });
  expectClose(valid.forward(x.select(2, 0)), F.conv1d(x.select(2, 0), valid.weight, valid.bias), exact);
});

it("a transposed one gives any of the sizes that have its input", () => {
  const layer = new nn.ConvTranspose1d(1, 1, 3, { stride: 2 });
  const x = ones([1, 1, 5]);
  expect([undefined, [11], [12], [1, 1, 12]].map((size) => layer.forward(x, size).shape[2])).toEqual([11, 11, 12, 12]);
  expectClose(
    layer.forward(x, [12]),
    F.convTranspose1d(x, layer.weight, layer.bias, { stride: 2, outputPadding: 1 }),
    exact,
  );
});

it("trains as part of a model", () => {
  const net = new nn.Sequential(
    new nn.Conv1d(2, 3, 3, { padding: "same" }),
    new nn.MaxPool1d(2),
    new nn.Conv1d(3, 1, 1),
  );
  net
    .forward(ones([4, 2, 6]))
    .sum()
    .backward();
  expect(net.parameters().map(({ grad }) => grad?.shape)).toEqual([[3, 2, 3], [3], [1, 3, 1], [1]]);
});

it("refuse what does not fit", () => {
  for (const wrong of nonsense) {
    if (typeof wrong !== "number") {
      refusesSomehow(() => new nn.Conv1d(wrong, 1, 1));
      refusesSomehow(() => new nn.Conv1d(1, wrong, 1));
    }
    if (wrong !== 5 && !Array.isArray(wrong)) refusesSomehow(() => new nn.Conv1d(1, 1, wrong));
    refusesSomehow(() => new nn.Conv1d(1, 1, 1).forward(wrong));
    refusesSomehow(() => nn.functional.conv1d(ones([1, 3]), wrong));
    for (const option of ["stride", "padding", "dilation", "groups", "bias", "paddingMode", "dtype"]) {
      const fits = { bias: true, dtype: null } as Record<string, unknown>;
      if (wrong === undefined || wrong === 5 || Array.isArray(wrong) || wrong === fits[option]) continue;
      refusesSomehow(() => new nn.Conv2d(1, 1, 1, { [option]: wrong }));
    }
  }
  refuses(() => new nn.Conv2d(1, 1, [1, 2, 3] as never), {
    kind: "RuntimeError",
    message: "Conv2d.__init__() expected kernel_size as one number or 2, got: [1, 2, 3]",
  });
  expect(raised(() => new nn.Conv1d(1, 1, 1, { pading: 1 } as never)).message).toContain("'pading'");
  expect(raised(() => new nn.Conv1d(1, 1, 1, { outputPadding: 1 } as never)).message).toContain("'outputPadding'");
  expect(raised(() => new nn.Conv1d(1, 1, 1, { paddingMode: "mirror" } as never)).message).toContain("'mirror'");
  expect(raised(() => new nn.Conv1d(1, 1, 0).forward(ones([1, 3]))).message).toContain("[1, 1, 0]");
  expect(raised(() => F.convTranspose1d(ones([1, 1]), ones([1, 1, 1]), null, { padding: 1 })).message).toContain(
    "Output size is too small",
  );
});
