/** Weights that are computed, beside PyTorch's (../fixtures/make_weightnorm.py). */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, optim, type Tensor, tensor } from "../../src/index.js";
import { gradcheck } from "../support/gradcheck.js";
import { source } from "../support/random.js";
import { exact, expectClose, float64 } from "../support/tolerance.js";

interface Told {
  shape: number[];
  data: number[];
}

interface Case {
  kind: "Linear" | "LSTM" | "GRU" | "RNN" | "LSTMCell";
  sizes: [number, number];
  name: string;
  dim: number | null;
  x: Told;
  given: Record<string, Told>;
  keys: string[];
  text: string;
  magnitude: Told;
  output: Told;
  grads: Record<string, Told>;
  weight: Told;
  after: { keys: string[]; text: string };
}

interface Fixture {
  cases: Case[];
  errors: Record<string, { kind: string; message: string }>;
  drop: { given: Record<string, Told>; mask: Told; x: Told; output: Told; grads: { raw: Told; x: Told } };
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/weightnorm.json", import.meta.url), "utf8"));
const made = ({ shape, data }: Told) => tensor(data, shape, { dtype: "float64" });
const all = (told: Record<string, Told>) => Object.fromEntries(Object.entries(told).map(([k, x]) => [k, made(x)]));
const { weightNorm } = nn.utils.parametrizations;
const { removeParametrizations } = nn.utils.parametrize;
const draw = source(6);

type Any = nn.Module & { forward(x: Tensor): Tensor | [Tensor, unknown] };

function outputOf(module: nn.Module, x: Tensor): Tensor {
  const y = (module as Any).forward(x);
  return Array.isArray(y) ? y[0] : y;
}

/** The sum of all elements, each times its number. */
const numbered = (y: Tensor) =>
  y
    .mul(
      tensor(
        Array.from({ length: y.numel() }, (_, i) => i),
        y.shape,
        { dtype: "float64" },
      ),
    )
    .sum();

describe("weightNorm, as PyTorch", () => {
  it.each(fixture.cases)("$kind, $name, dim $dim", (one) => {
    const module = new nn[one.kind](...one.sizes, { dtype: "float64" });
    module.loadStateDict(all(one.given));
    expect(weightNorm(module, { name: one.name, dim: one.dim })).toBe(module);
    expect([[...module.stateDict().keys()], String(module)]).toEqual([one.keys, one.text]);
    expectClose((module as unknown as Record<string, Tensor>)[one.name], made(one.given[one.name]), float64);
    module.loadStateDict({ [`parametrizations.${one.name}.original0`]: made(one.magnitude) }, { strict: false });
    const x = made(one.x).requiresGrad_();
    const y = outputOf(module, x);
    expectClose(y, one.output, float64, "output");
    numbered(y).backward();
    const named = new Map(module.namedParameters());
    expect([...named.keys(), "x"].sort()).toEqual(Object.keys(one.grads).sort());
    for (const [name, expected] of Object.entries(one.grads)) {
      expectClose((name === "x" ? x : named.get(name))?.grad ?? [], expected, float64, `d ${name}`);
    }
    removeParametrizations(module, one.name);
    expect([[...module.stateDict().keys()], String(module)]).toEqual([one.after.keys, one.after.text]);
    expectClose((module as unknown as Record<string, Tensor>)[one.name], one.weight, float64, "weight");
    expectClose(outputOf(module, x), one.output, float64, "output after");
  });

  it("refuses as PyTorch does", () => {
    const plain = new nn.Linear(3, 2);
    const { errors } = fixture;
    expect(() => weightNorm(plain, { name: "weights" })).toThrow(errors["no such parameter"].message);
    expect(() => removeParametrizations(plain, "weight")).toThrow(errors["not parametrized"].message);
    weightNorm(plain);
    expect(() => removeParametrizations(plain, "weight", { leaveParametrized: false })).toThrow(
      errors["not to be left"].message,
    );
    expect(() => weightNorm(plain)).toThrow("weight_norm() expected a parameter, got: 'weight', computed");
    expect(() => weightNorm(new nn.Linear(3, 2), { dim: 2 })).toThrow("Dimension out of range");
    expect(() => weightNorm({} as never)).toThrow("weight_norm() expected a Module");
    expect(() => removeParametrizations(plain, "weight", { leaveParametrized: 0 as never })).toThrow(
      "leave_parametrized should be of type bool, got: number",
    );
    expect(() => removeParametrizations(plain, Symbol("s") as never)).toThrow("a parametrization on Symbol(s)");
    expect(() => {
      plain.weight = [[1, 2, 3]] as never;
    }).toThrow("a computed parameter: argument 'weight' (position 1) must be Tensor, not Array");
  });

  it("trains, saves and loads, and its clones are their own", () => {
    manualSeed(1);
    const lstm = weightNorm(weightNorm(new nn.LSTM(2, 3), { name: "weight_hh_l0" }), { name: "weight_ih_l0" });
    const before = lstm.weight_hh_l0.clone();
    const x = tensor([0.3, -1, 0.5, 2], [2, 1, 2]);
    const adam = new optim.Adam(lstm.parameters(), { lr: 0.1 });
    for (let i = 0; i < 3; i++) {
      adam.zeroGrad();
      outputOf(lstm, x).sum().backward();
      adam.step();
    }
    expect(lstm.weight_hh_l0.sub(before).abs().max().item()).toBeGreaterThan(0.01);
    const twin = lstm.clone();
    removeParametrizations(lstm, "weight_hh_l0");
    expect(String(twin)).toContain("(weight_hh_l0): ParametrizationList");
    expectClose(outputOf(twin, x), outputOf(lstm, x), exact);
    expect(String(lstm)).toContain("ParametrizedLSTM");
    removeParametrizations(lstm, "weight_ih_l0");
    expect(String(lstm)).toBe("LSTM(2, 3)");
    const other = weightNorm(weightNorm(new nn.LSTM(2, 3), { name: "weight_hh_l0" }), { name: "weight_ih_l0" });
    other.loadStateDict(twin.stateDict());
    expectClose(outputOf(other, x), outputOf(twin, x), exact);
  });

  it("takes a new weight apart, and may be frozen", () => {
    const linear = weightNorm(new nn.Linear(3, 2, { dtype: "float64" }));
    const weight = draw([2, 3]);
    linear.weight = new nn.Parameter(weight);
    expectClose(linear.weight, weight, float64);
    const gru = weightNorm(new nn.GRU(3, 2, { dtype: "float64" }), { name: "weight_hh_l0" }).requiresGrad_(false);
    const x = draw([4, 3]).requiresGrad_();
    outputOf(gru, x).sum().backward();
    expect([gru.weight_hh_l0.requiresGrad, x.grad?.shape]).toEqual([false, [4, 3]]);
    expect(removeParametrizations(gru, "weight_hh_l0").weight_hh_l0.requiresGrad).toBe(false);
  });
});

describe("a weight that was computed", () => {
  it("is used by forward and sends its gradient on, as PyTorch's weight drop", () => {
    const { given, mask, x: input, output, grads } = fixture.drop;
    const lstm = new nn.LSTM(3, 2, { dtype: "float64" });
    lstm.loadStateDict(all(given));
    const raw = lstm.weight_hh_l0;
    const x = made(input).requiresGrad_();
    lstm.weight_hh_l0 = raw.mul(made(mask)) as nn.Parameter;
    const [y] = lstm.forward(x);
    expectClose(y, output, float64, "output");
    numbered(y).backward();
    expectClose(raw.grad ?? [], grads.raw, float64, "d raw");
    expectClose(x.grad ?? [], grads.x, float64, "d x");
  });

  it("may be any weight of layers and cells, without grad too", () => {
    const cell = new nn.GRUCell(2, 3, { dtype: "float64" });
    gradcheck(
      (x, h, w) => {
        cell.weight_ih = w.mul(2) as nn.Parameter;
        return cell.forward(x, h);
      },
      [draw([2, 2]), draw([2, 3]), draw([9, 2])],
    );
    const gru = new nn.GRU(2, 3);
    const weight = gru.weight_ih_l0;
    noGrad(() => {
      gru.weight_ih_l0 = weight.mul(1) as nn.Parameter;
      return gru.forward(tensor([[1, 2]]));
    });
    gru.weight_ih_l0 = weight.detach() as nn.Parameter;
    expect(() => gru.forward(tensor([[1, 2]]))).toThrow("cannot assign 'Tensor' as parameter 'weight_ih_l0'");
  });
});
