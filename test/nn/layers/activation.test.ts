/** Activations as modules, beside PyTorch's. */

import { describe, expect, it } from "vitest";
import { nn, randn, setWarningHandler } from "../../../src/index.js";
import { checkLayer, fixture } from "../../support/modules_fixture.js";
import { nonsense, refuses, refusesSomehow } from "../../support/nn_fixture.js";

const shapes = ["Flatten", "Unflatten", "Identity"];
const cases = fixture.layers.filter(({ name }) => name in nn && !shapes.includes(name));

describe("activations", () => {
  it("has a case of each", () => {
    expect([...new Set(cases.map(({ name }) => name))].sort()).toEqual(
      "ELU GELU Hardtanh LeakyReLU LogSoftmax PReLU ReLU Sigmoid SiLU Softmax Softplus Tanh".split(" ").sort(),
    );
  });

  for (const one of cases) {
    const { name, args, dtype, inputs } = one;
    it(`${name}(${JSON.stringify(args).slice(1, -1)}) ${dtype} ${JSON.stringify(inputs)}`, () => checkLayer(one));
  }

  it("chooses a dimension as PyTorch did, and says so", () => {
    const texts: string[] = [];
    const before = setWarningHandler((text) => texts.push(text));
    const [vector, matrix, cube] = [randn([3]), randn([2, 3]), randn([2, 3, 4])];
    const layer = new nn.Softmax();
    expect(layer.forward(matrix).toNested()).toEqual(matrix.softmax(1).toNested());
    expect(layer.forward(vector).toNested()).toEqual(vector.softmax(0).toNested());
    expect(new nn.LogSoftmax().forward(cube).toNested()).toEqual(cube.logSoftmax(0).toNested());
    setWarningHandler(before);
    expect(texts).toEqual(
      ["softmax", "log_softmax"].map(
        (name) =>
          `elman: Implicit dimension choice for ${name} has been deprecated. Change the call to include dim=X as an argument.`,
      ),
    );
    expect([String(layer), String(new nn.LogSoftmax())]).toEqual(["Softmax(dim=None)", "LogSoftmax(dim=None)"]);
  });

  it("refuses what is no setting", () => {
    refuses(() => new nn.PReLU(-1), fixture.errors["PReLU -1"]);
    refuses(() => new nn.GELU("x" as never).forward(randn([2])), fixture.errors.gelu);
    refuses(() => new nn.Hardtanh({ minVal: 2, maxVal: 1 }), {
      kind: "ValueError",
      message: "max_val (1) must be greater than min_val (2)",
    });
    for (const wrong of nonsense) {
      if (wrong === undefined) continue;
      if (wrong !== 5) refusesSomehow(() => new nn.PReLU(wrong));
      if (wrong !== 5 && !Number.isNaN(wrong)) {
        refusesSomehow(() => new nn.ELU(wrong));
        refusesSomehow(() => new nn.LeakyReLU(wrong));
        refusesSomehow(() => new nn.Softplus({ beta: wrong }));
        refusesSomehow(() => new nn.Hardtanh({ minVal: wrong }));
      }
      if (wrong !== null && wrong !== 5) refusesSomehow(() => new nn.Softmax(wrong));
      refusesSomehow(() => new nn.GELU(wrong).forward(randn([2])));
    }
  });

  it("starts with torch's slopes", () => {
    expect(new nn.PReLU(2).weight.toNested()).toEqual([0.25, 0.25]);
    expect(new nn.PReLU(1, { init: 0.5, dtype: "float64" }).weight.toArray()).toEqual(Float64Array.of(0.5));
  });
});
