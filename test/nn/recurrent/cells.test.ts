/** Cells: their parameters, what goes in and comes out, and that stepping one is running a layer. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, stack, type Tensor, zeros } from "../../../src/index.js";
import { source } from "../../support/random.js";
import {
  type Cell,
  cellKinds,
  everything,
  expectError,
  expectSame,
  gradients,
  layerKinds,
  leaf,
  lossOf,
  run,
  stateCount,
  step,
  wrong,
} from "../../support/recurrent.js";
import { exact, expectClose, float64 } from "../../support/tolerance.js";

const dtype = "float64";
const [T, N, C, H] = [5, 4, 3, 6];
const kinds = cellKinds.map((cell, i) => ({ name: cell.name, cell, layer: layerKinds[i] }));
const statesFor = (cell: Cell, draw: (shape: readonly number[]) => Tensor, ...shape: number[]) =>
  Array.from({ length: stateCount(cell) }, () => draw(shape));

describe.each(kinds)("$name", ({ cell: kind, layer: layerKind }) => {
  it("has PyTorch's parameters, the same as a layer after the same seed", () => {
    for (const bias of [true, false]) {
      manualSeed(61);
      const layer = layerKind.make(C, H, { bias });
      manualSeed(61);
      const cell = kind.make(C, H, { bias });
      const own = [...cell.namedParameters()].map(([name, p]) => [`${name}_l0`, p.shape, p.toArray()]);
      expect(own).toEqual([...layer.namedParameters()].map(([name, p]) => [name, p.shape, p.toArray()]));
      expect([...cell.stateDict().keys()]).toEqual(
        bias ? ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] : ["weight_ih", "weight_hh"],
      );
      expect([cell.bias_ih === null, cell.bias_hh === null]).toEqual([!bias, !bias]);
      expect([cell.inputSize, cell.hiddenSize, cell.bias]).toEqual([C, H, bias]);
    }
  });

  it("draws its parameters again by resetParameters", () => {
    manualSeed(62);
    const cell = kind.make(C, 16);
    const drawn = cell.parameters().map((p) => p.toArray());
    cell.resetParameters();
    expect(cell.parameters().map((p) => p.toArray())).not.toEqual(drawn);
    manualSeed(62);
    cell.resetParameters();
    expect(cell.parameters().map((p) => p.toArray())).toEqual(drawn);
    for (const value of drawn.flatMap((array) => [...array])) expect(Math.abs(value)).toBeLessThanOrEqual(0.25);
  });

  it("stepped through time gives what the layer gives: outputs, states and every gradient", () => {
    for (const bias of [true, false]) {
      for (const given of [true, false]) {
        manualSeed(63);
        const cell = kind.make(C, H, { bias, dtype });
        const layer = layerKind.make(C, H, { bias, dtype });
        layer.loadStateDict(new Map([...cell.stateDict()].map(([name, value]) => [`${name}_l0`, value])));
        const draw = source(64);
        const input = draw([T, N, C]);
        const states = given ? statesFor(cell, draw, 1, N, H) : null;
        const expected = everything(layer, input, states, (x, initial) => run(layer, x, initial));

        const x = leaf(input);
        const initial = states?.map(leaf) ?? null;
        let state = initial?.map((s) => s.select(0, 0)) ?? null;
        const outputs: Tensor[] = [];
        for (const row of x.unbind(0)) {
          state = step(cell, row, state);
          outputs.push(state[0]);
        }
        const output = stack(outputs);
        const final = (state ?? []).map((s) => s.unsqueeze(0));
        lossOf([output, ...final]).backward();
        const found = new Map([
          ["output", output.detach()],
          ...final.map((s, i): [string, Tensor] => [["h_n", "c_n"][i], s.detach()]),
          ...gradients([
            ["d input", x],
            ...(initial ?? []).map((s, i): [string, Tensor] => [["d h_0", "d c_0"][i], s]),
            ...[...cell.namedParameters()].map(([name, p]): [string, Tensor] => [`${name}_l0`, p]),
          ]),
        ]);
        expectSame(found, expected);
      }
    }
  });

  it("starts from zeros", () => {
    const cell = kind.make(C, H, { dtype });
    const draw = source(65);
    for (const shape of [[N, C], [C]]) {
      const input = draw(shape);
      const zero = statesFor(cell, (size) => zeros(size, { dtype }), ...shape.slice(0, -1), H);
      const expected = step(cell, input, zero).map((s) => s.toArray());
      expect(step(cell, input).map((s) => s.toArray())).toEqual(expected);
      expect(step(cell, input, null).map((s) => s.toArray())).toEqual(expected);
    }
  });

  it("takes an empty batch, no units, and no features", () => {
    for (const [n, c, h] of [
      [0, C, H],
      [N, C, 0],
      [N, 0, H],
      [0, 0, 0],
    ]) {
      const cell = kind.make(c, h);
      const states = step(
        cell,
        zeros([n, c]),
        statesFor(cell, (shape) => zeros(shape), n, h),
      );
      expect(states.map((s) => s.shape)).toEqual(states.map(() => [n, h]));
      lossOf(states).backward();
      expect(cell.weight_ih.grad?.shape).toEqual(cell.weight_ih.shape);
      if (n === 0) expect(cell.weight_hh.grad?.toArray()).toEqual(new Float32Array(cell.weight_hh.numel()));
    }
  });

  it("takes either bias without the other", () => {
    const draw = source(66);
    const input = draw([N, C]);
    for (const field of ["bias_ih", "bias_hh"] as const) {
      const cell = kind.make(C, H, { dtype });
      const zero = cell.clone();
      noGrad(() => zero[field]?.zero_());
      cell[field] = null;
      expect(cell.parameters().length).toBe(3);
      const [actual, expected] = [cell, zero].map((module) => {
        const outputs = step(module, input);
        lossOf(outputs).backward();
        return [...outputs, module.weight_ih.grad as Tensor, module.weight_hh.grad as Tensor];
      });
      actual.forEach((value, i) => {
        expectClose(value, expected[i].detach(), exact);
      });
    }
  });

  it("takes input and states of any strides, and changes none", () => {
    const cell = kind.make(C, H, { dtype });
    const draw = source(67);
    const [x, ...states] = [draw([C, N]).t(), ...statesFor(cell, draw, H, N).map((s) => s.t())];
    const before = [x, ...states].map((t) => t.toArray());
    expect([x, ...states].some((t) => t.isContiguous())).toBe(false);
    const strided = step(cell, x, states);
    const whole = step(
      cell,
      x.contiguous(),
      states.map((s) => s.contiguous()),
    );
    strided.forEach((s, i) => {
      expectClose(s, whole[i], exact);
    });
    noGrad(() => {
      for (const s of strided) s.fill_(9);
    });
    expect([x, ...states].map((t) => t.toArray())).toEqual(before);
  });

  it("has no graph under noGrad, and one in eval mode", () => {
    const cell = kind.make(C, H, { dtype }).eval();
    const input = source(68)([N, C]);
    for (const s of noGrad(() => step(cell, input))) expect([s.requiresGrad, s.isLeaf]).toEqual([false, true]);
    const x = leaf(input);
    step(cell, x)[0].sum().backward();
    expect(x.grad?.abs().sum().item()).toBeGreaterThan(0);
    const late = step(cell, x)[0].sum();
    noGrad(() => cell.weight_hh.mul_(2));
    expect(() => late.backward()).toThrow("has been modified by an inplace operation");
  });

  it("keeps its results when they are written over, for its gradients are its own", () => {
    const draw = source(69);
    const input = draw([N, C]);
    const cell = kind.make(C, H, { dtype });
    const gradient = (change: (s: Tensor) => Tensor) => {
      const x = leaf(input);
      change(step(cell, x)[0]).sum().backward();
      return x.grad as Tensor;
    };
    expectClose(
      gradient((s) => s.mul_(2)),
      gradient((s) => s.mul(2)),
      float64,
    );
  });
});

describe("cells", () => {
  it.each<[text: string, cell: () => nn.Module]>([
    ["RNNCell(3, 4)", () => new nn.RNNCell(3, 4)],
    ["RNNCell(3, 4, nonlinearity=relu)", () => new nn.RNNCell(3, 4, { nonlinearity: "relu" })],
    ["RNNCell(3, 4, bias=False, nonlinearity=relu)", () => new nn.RNNCell(3, 4, { bias: false, nonlinearity: "relu" })],
    ["LSTMCell(3, 4, bias=False)", () => new nn.LSTMCell(3, 4, { bias: false })],
    ["GRUCell(10, 20)", () => new nn.GRUCell(10, 20)],
    ["RNNCellBase(3, 4)", () => new nn.RNNCellBase(3, 4, true, 2)],
  ])("%s", (text, make) => {
    expect(String(make())).toBe(text);
  });

  it("share RNNCellBase, which has gates but no forward", () => {
    for (const { make } of cellKinds) expect(make(3, 4)).toBeInstanceOf(nn.RNNCellBase);
    const base = new nn.RNNCellBase(3, 4, true, 2);
    expect(base.parameters().map((p) => p.shape)).toEqual([[8, 3], [8, 4], [8], [8]]);
    const sentence = 'Module [RNNCellBase] is missing the required "forward" function';
    expectError(() => base.forward(wrong(zeros([1, 3]))), "NotImplementedError", sentence);
  });

  it("of an LSTM give both states, of which either may be given on", () => {
    const cell = new nn.LSTMCell(3, 4, { dtype });
    const [h, c] = cell.forward(source(70)([2, 3]));
    const [next] = cell.forward(source(71)([2, 3]), [h.mul(0), c]);
    const [other] = cell.forward(source(71)([2, 3]), [h, c]);
    expect(next.sub(other).abs().max().item()).toBeGreaterThan(1e-6);
  });
});
