/** What layers and cells share: how parameters begin and are checked, and when a run keeps what backward reads. */

import { describe, expect, it } from "vitest";
import { cells } from "../../../src/device/cells/index.js";
import { manualSeed, nn, noGrad, tensor } from "../../../src/index.js";
import { blank, checkParameter, drawParameters, runLayer } from "../../../src/nn/recurrent/directions.js";
import { raised } from "../../support/nn_fixture.js";

const one = (...values: number[]) => new nn.Parameter(tensor(values.map((value) => [value])));

describe("parameters", () => {
  it("begin as zeros of a float dtype", () => {
    expect(blank([2, 3]).toNested()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(blank([1], "float64").dtype).toBe("float64");
    expect(raised(() => blank([1], "int32" as never)).kind).toBe("RuntimeError");
  });

  it("are drawn from −1/√H to 1/√H", () => {
    manualSeed(1);
    const layer = new nn.Linear(40, 50);
    drawParameters(layer, 16);
    const greatest = layer.weight.abs().max().item();
    expect(greatest).toBeLessThanOrEqual(0.25);
    expect(greatest).toBeGreaterThan(0.24);
  });

  it("are neither plain tensors nor anything else", () => {
    const check = (weight: unknown) => checkParameter(weight, "w", (came) => `no ${came}`);
    expect(check(blank([1]))).toBeUndefined();
    expect(raised(() => check(3))).toEqual({ kind: "TypeError", message: "no number" });
    expect(raised(() => check(tensor([1]))).message).toContain("cannot assign 'Tensor' as parameter 'w'");
  });
});

describe("a run of one layer", () => {
  const weights = { ih: one(2), hh: one(1), biasIh: null, biasHh: null, hr: null };
  const rows = tensor([[1], [-3]]);
  const direction = { initial: [tensor([[0.5]])], weights };
  const run = () => runLayer(cells.RNN_RELU, [1, 1], rows, [direction, direction]);

  it("gives of each direction its rows and its final states, the second from the end", () => {
    expect(noGrad(run).map((x) => x.toNested())).toEqual([[[2.5], [0]], [[0]], [[2], [0]], [[2]]]);
  });

  it("carries gradients where one is wanted", () => {
    run()[0].sum().backward();
    expect(weights.ih.grad?.toNested()).toEqual([[1]]);
    expect(noGrad(run)[0].requiresGrad).toBe(false);
  });
});
