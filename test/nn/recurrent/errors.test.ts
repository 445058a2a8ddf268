/**
 * Every way in which a recurrent layer can be used wrongly, with the kind and the sentence of PyTorch 2.13, and which of
 * two mistakes is named. Names of types are JavaScript's. On purpose otherwise than there: packed input is checked like
 * any other, for an LSTM too; so are the shapes of weights; `bidirectional` must be a boolean; lengths beside the input
 * are new. What is no tensor where one must be is a TypeError (there, an AttributeError), and so is a wrong number of
 * states always in the same words. Cells: errors_cells.test.ts.
 */

import { describe, expect, it } from "vitest";
import { type DType, type ErrorKind, nn, randn, type Tensor, tensor, zeros } from "../../../src/index.js";
import {
  expectError,
  forwardAnyhow,
  type Layer,
  layerKinds,
  replace,
  run,
  stateShapes,
  wrong,
} from "../../support/recurrent.js";

const { packPaddedSequence, packSequence, PackedSequence } = nn.utils.rnn;
const makers = {
  RNN: (options: nn.RNNBaseOptions = {}) => new nn.RNN(3, 4, options),
  GRU: (options: nn.RNNBaseOptions = {}) => new nn.GRU(3, 4, options),
  LSTM: (options: nn.RNNBaseOptions = {}) => new nn.LSTM(3, 4, options),
};
const gates = { RNN: 1, GRU: 3, LSTM: 4 };
type Name = keyof typeof makers;
const names = Object.keys(makers) as Name[];
const dtypes = (came: string, own: string) =>
  `RNN input dtype (torch.${came}) does not match weight dtype (torch.${own}). Convert input: input.to(torch.${own}), or convert model: model.to(torch.${came})`;

type Input = Tensor | InstanceType<typeof PackedSequence>;
/** Calls with an input of C features and a dtype in each form that it can have, T = 5, N = 3. */
type Path = (call: (input: Input, options?: nn.ForwardOptions) => unknown, C: number, dtype: DType) => unknown;
const lengths = [3, 5, 1];
const paths: Record<string, Path> = {
  dense: (call, C, dtype) => call(zeros([5, 3, C], { dtype })),
  unbatched: (call, C, dtype) => call(zeros([5, C], { dtype })),
  packed: (call, C, dtype) => call(packPaddedSequence(zeros([5, 3, C], { dtype }), lengths, { enforceSorted: false })),
  "packed and sorted": (call, C, dtype) => call(packPaddedSequence(zeros([5, 3, C], { dtype }), [5, 3, 1])),
  lengths: (call, C, dtype) => call(zeros([5, 3, C], { dtype }), { lengths }),
};

/** One forward on a path. */
function forwardOn(path: string, layer: Layer, C = 3, dtype: DType = "float32", states: Tensor[] | null = null) {
  return paths[path]((input, options) => run(layer, input, states, options), C, dtype);
}

describe.each(names)("forward of %s", (name) => {
  const pair = name === "LSTM";
  const make = (options: nn.RNNBaseOptions = {}) => makers[name]({ numLayers: 2, ...options });

  describe.each(Object.keys(paths))("%s", (path) => {
    const unbatched = path === "unbatched";
    const N = unbatched ? 1 : 3;
    const [S, H] = [2, 4];
    const shape = (...sizes: number[]) => (unbatched ? [sizes[0], sizes[2]] : sizes);
    /** States of these sizes and dtypes: one, or the two of an LSTM. */
    const states = (sizes: number[], second = [S, N, H], dtype: DType = "float32", secondType: DType = dtype) => [
      zeros(shape(...sizes), { dtype }),
      ...(pair ? [zeros(shape(...second), { dtype: secondType })] : []),
    ];
    const right = states([S, N, H]);
    const refused = (C: number, dtype: DType, given: Tensor[] | null, kind: ErrorKind, message: string) =>
      expectError(() => forwardOn(path, make(), C, dtype, given), kind, message);
    const size = (i: number, sizes: number[]) =>
      `Expected ${pair ? `hidden[${i}]` : "hidden"} size (${S}, ${N}, ${H}), got [${sizes.join(", ")}]`;
    const features = "input.size(-1) must be equal to input_size. Expected 3, got 2";

    it("accepts what is right", () => {
      forwardOn(path, make(), 3, "float32", right);
      forwardOn(path, make());
    });

    it("checks the dtype, then the features, then the sizes of states, then their dtype", () => {
      const large = states([S, N, 5]);
      refused(3, "float64", null, "ValueError", dtypes("float64", "float32"));
      refused(3, "int32", right, "ValueError", dtypes("int32", "float32"));
      refused(2, "float64", large, "ValueError", dtypes("float64", "float32"));
      refused(2, "float32", null, "RuntimeError", features);
      refused(2, "float32", large, "RuntimeError", features);
      refused(3, "float32", large, "RuntimeError", size(0, [S, N, 5]));
      refused(3, "float32", states([3, N, H]), "RuntimeError", size(0, [3, N, H]));
      if (!unbatched) refused(3, "float32", states([S, 4, H]), "RuntimeError", size(0, [S, 4, H]));
      if (!unbatched) refused(3, "float32", states([S, 1, H]), "RuntimeError", size(0, [S, 1, H]));
      refused(3, "float32", states([S, N, 5], [S, N, H], "float64"), "RuntimeError", size(0, [S, N, 5]));
      const mixed = (came: string) => `mat1 and mat2 must have the same dtype, but got ${came} and Float`;
      refused(3, "float32", states([S, N, H], [S, N, H], "float64"), "RuntimeError", mixed("Double"));
      refused(3, "float32", states([S, N, H], [S, N, H], "int32"), "RuntimeError", mixed("Int"));
      if (!pair) return;
      refused(3, "float32", states([S, N, H], [S, N, 5]), "RuntimeError", size(1, [S, N, 5]));
      refused(3, "float32", states([S, N, 6], [S, N, 5]), "RuntimeError", size(0, [S, N, 6]));
      refused(3, "float32", states([S, N, H], [S, N, H], "float32", "float64"), "RuntimeError", mixed("Double"));
    });

    it("checks the rank of states before the input, packed ones as a size", () => {
      const rank = unbatched ? 3 : 2;
      const given = right.map((state) => (unbatched ? state.unsqueeze(1) : state.select(1, 0)));
      const [own, other] = [`${unbatched ? 2 : 3}-D`, `${rank}-D`];
      const form = `For ${unbatched ? "unbatched" : "batched"} ${own} input,`;
      const message = pair
        ? `${form} hx and cx should also be ${own} but got (${other}, ${other}) tensors`
        : `${form} hx should also be ${own} but got ${other} tensor`;
      if (path.startsWith("packed")) return refused(3, "float32", given, "RuntimeError", size(0, [S, H]));
      refused(3, "float32", given, "RuntimeError", message);
      refused(2, "float64", given, "RuntimeError", message);
      if (!pair) return;
      const one = `${form} hx and cx should also be ${own} but got (${own}, ${other}) tensors`;
      refused(3, "float32", [right[0], given[1]], "RuntimeError", one);
    });

    it("refuses states that are no tensors", () => {
      const refuse = (hx: unknown, message: string, kind: ErrorKind = "TypeError") => {
        const call = (input: Input, options?: nn.ForwardOptions) => forwardAnyhow(make(), input, hx, options);
        expectError(() => paths[path](call, 3, "float32"), kind, message);
      };
      for (const [hx, type] of [
        ["h", "string"],
        [5, "number"],
        [{ shape: [2, 3, 4] }, "Object"],
        [new Float32Array(24), "Float32Array"],
      ] as const) {
        if (pair) refuse(hx, `lstm(): argument 'hx' (position 2) must be tuple of Tensors, not ${type}`);
        else refuse(hx, `'${type}' object has no attribute 'dim'`);
      }
      if (!pair) return refuse([...right, ...right], "'Array' object has no attribute 'dim'");
      const [h, c] = right;
      refuse(h, "lstm(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor");
      for (const list of [[], [h], [h, c, c]]) refuse(list, "lstm expects two hidden states", "RuntimeError");
      refuse([h, null], "lstm(): expected a Tensor as hx[1], got: null");
      refuse(new Array(2), "lstm(): expected a Tensor as hx[0], got: undefined");
      refuse([h, c.toNested()], "lstm(): expected a Tensor as hx[1], got: Array");
    });

    it("checks what stands in the place of a weight", () => {
      const broken = (change: (layer: Layer) => void) => {
        const layer = make();
        change(layer);
        return () => forwardOn(path, layer);
      };
      const G = gates[name];
      const element = (i: number, came: string, field: string) =>
        `expected Tensor as element ${i} in argument 2, but got ${came}: ${field}`;
      const missing = (field: "weight_ih_l0" | "bias_hh_l0" | "weight_hh_l1", i: number) => {
        expectError(
          broken((layer) => replace(layer, field)),
          "TypeError",
          element(i, "undefined", field),
        );
        const none = broken((layer) => replace(layer, field, null));
        expectError(none, "TypeError", element(i, "null", field));
        const plain = broken((layer) => replace(layer, field, layer[field].detach()));
        const message = `cannot assign 'Tensor' as parameter '${field}' (torch.nn.Parameter or None expected)`;
        expectError(plain, "TypeError", message);
      };
      missing("weight_ih_l0", 0);
      missing("bias_hh_l0", 3);
      missing("weight_hh_l1", 5);
      for (const [field, sizes, came] of [
        ["weight_ih_l0", [G * 4, 3], [G * 3, 3]],
        ["weight_hh_l1", [G * 4, 4], [G * 4, 5]],
        ["bias_ih_l1", [G * 4], [G * 4, 1]],
        ["bias_ih_l0", [G * 4], [1]],
      ] as const) {
        const replaced = broken((layer) => {
          layer[field] = new nn.Parameter(zeros(came));
        });
        const mode = name === "RNN" ? "RNN_TANH" : name;
        const message = `${mode}: Expected ${field} of size [${sizes.join(", ")}], got [${came.join(", ")}]`;
        expectError(replaced, "RuntimeError", message);
      }
      const converted = broken((layer) => {
        layer.weight_hh_l1 = new nn.Parameter(layer.weight_hh_l1.to("float64"));
      });
      const mixed = "mat1 and mat2 must have the same dtype, but got Float and Double";
      expectError(converted, "RuntimeError", mixed);
      const tooMany = broken((layer) => replace(layer, "bias", false));
      expectError(tooMany, "RuntimeError", "got an incorrect number of RNN parameters");
      const both = make();
      replace(both, "bias_hh_l0", null);
      expectError(() => forwardOn(path, both, 2), "RuntimeError", features);
    });

    it("checks a dropout that was changed, where it is used", () => {
      for (const p of [1.5, -0.5, Number.NaN]) {
        const layer = make();
        layer.dropout = p;
        const message = `dropout probability has to be between 0 and 1, but got ${p}`;
        expectError(() => forwardOn(path, layer), "RuntimeError", message);
        forwardOn(path, layer.eval());
        const single = make({ numLayers: 1 });
        single.dropout = p;
        forwardOn(path, single);
      }
    });

    it("refuses unknown options", () => {
      const layer = make();
      const unknown = `${name}.forward() got an unexpected keyword argument 'length'`;
      const input = path.startsWith("packed") ? packSequence([zeros([2, 3])]) : zeros(unbatched ? [5, 3] : [5, 3, 3]);
      expectError(() => run(layer, input, null, wrong({ length: [1] })), "TypeError", unknown);
    });
  });

  it("checks the rank of the input before anything else", () => {
    const what = name === "RNN" ? " tensor" : "";
    for (const shape of [[], [3], [1, 2, 3, 4]]) {
      const message = `${name}: Expected input to be 2D or 3D, got ${shape.length}D${what} instead`;
      const input = zeros(shape, { dtype: "float64" });
      expectError(() => run(make(), input), "ValueError", message);
      expectError(() => run(make(), input, [zeros([2]), zeros([2])]), "ValueError", message);
      expectError(() => forwardAnyhow(make(), input, [1, 2, 3]), "ValueError", message);
    }
    for (const [sizes, came] of [
      [[6], 1],
      [[6, 3, 1], 3],
    ] as const) {
      const packed = new PackedSequence(zeros(sizes), [3, 2, 1]);
      expectError(() => run(make(), packed), "RuntimeError", `input must have 2 dimensions, got ${came}`);
    }
  });

  it("refuses an input that is no tensor", () => {
    for (const [input, type] of [
      [[[[1, 2, 3]]], "Array"],
      [undefined, "undefined"],
      [null, "null"],
      ["x", "string"],
      [new Float32Array(3), "Float32Array"],
    ] as const) {
      const message = `${name}: Expected input to be a Tensor or a PackedSequence, got: ${type}`;
      expectError(() => forwardAnyhow(make(), input), "TypeError", message);
    }
  });

  it("refuses a sequence of no steps, after everything else", () => {
    const message = "Expected sequence length to be larger than 0 in RNN";
    for (const shape of [
      [0, 7, 3],
      [0, 0, 3],
      [0, 3],
    ])
      expectError(() => run(make(), zeros(shape)), "RuntimeError", message);
    expectError(() => run(make({ batchFirst: true }), zeros([7, 0, 3])), "RuntimeError", message);
    expectError(() => run(make(), zeros([0, 2, 3]), null, { lengths: [0, 0] }), "RuntimeError", message);
    const layer = make();
    const shapes = stateShapes(layer, 7);
    const doubles = shapes.map((shape) => zeros(shape, { dtype: "float64" }));
    expectError(() => run(layer, zeros([0, 7, 3]), doubles), "RuntimeError", message);
    const large = shapes.map(([S, N]) => zeros([S, N, 5]));
    const label = pair ? "hidden[0]" : "hidden";
    expectError(
      () => run(layer, zeros([0, 7, 3]), large),
      "RuntimeError",
      `Expected ${label} size (2, 7, 4), got [2, 7, 5]`,
    );
    replace(layer, "bias_hh_l0", null);
    const none = "expected Tensor as element 3 in argument 2, but got null: bias_hh_l0";
    expectError(() => run(layer, zeros([0, 7, 3])), "TypeError", none);
  });

  const whole = (came: string) => `${name} expected whole numbers as lengths, got: ${came}`;
  const vector = (came: string) => `'lengths' argument should be a 1D CPU int64 tensor, but got ${came} tensor`;
  const count = (n: number) => `Expected \`len(lengths)\` to be equal to batch_size, but got ${n} (batch_size=3)`;
  it.each<[lengths: unknown, kind: ErrorKind, message: string]>([
    [[1, 2.5, 3], "TypeError", whole("2.5")],
    [[1, Number.NaN, 3], "TypeError", whole("NaN")],
    [[1, Number.POSITIVE_INFINITY, 3], "TypeError", whole("Infinity")],
    [[1, "2", 3], "TypeError", whole("2")],
    [[1, undefined, 3], "TypeError", whole("undefined")],
    [new Array(3), "TypeError", whole("undefined")],
    [[1, -2, 3], "RuntimeError", "Expected lengths from 0 to 5, got -2"],
    [[1, 6, 3], "RuntimeError", "Expected every length to be at most the number of steps 5, but got 6 in [1, 6, 3]"],
    [[1, 2, 3, 4], "RuntimeError", count(4)],
    [[1, 2], "RuntimeError", count(2)],
    [[], "RuntimeError", count(0)],
    [3, "TypeError", `${name} expected lengths as an array or an int32 Tensor, got: number`],
    ["321", "TypeError", `${name} expected lengths as an array or an int32 Tensor, got: string`],
    [
      Float32Array.of(1, 2, 3),
      "TypeError",
      `${name} expected lengths as an array or an int32 Tensor, got: Float32Array`,
    ],
    [tensor([1, 2, 3]), "RuntimeError", vector("1D cpu Float")],
    [tensor(Int32Array.of(1, 2, 3), [3, 1]), "RuntimeError", vector("2D cpu Int")],
  ])("refuses lengths %o", (given, kind, message) => {
    expectError(() => run(make(), zeros([5, 3, 3]), null, { lengths: wrong(given) }), kind, message);
  });

  it("refuses lengths where there is no batch, or where the input has its own", () => {
    const unbatched = `${name}: Expected lengths beside batched 3-D input only, got 2-D input`;
    expectError(() => run(make(), zeros([5, 3]), null, { lengths: [5] }), "ValueError", unbatched);
    const packed = packSequence([randn([2, 3])]);
    const own = `${name}: Expected no lengths beside a PackedSequence, which knows its own`;
    expectError(() => run(make(), packed, null, { lengths: [2] }), "ValueError", own);
  });
});

describe("forward of projected layers", () => {
  const projected = layerKinds.find(({ P }) => P > 0)?.make ?? expect.fail("there is none");

  it.each(Object.keys(paths))("%s", (path) => {
    const unbatched = path === "unbatched";
    const N = unbatched ? 1 : 3;
    const states = (h: number, c: number) => [h, c].map((width) => zeros(unbatched ? [1, width] : [1, N, width]));
    forwardOn(path, projected(3, 4), 3, "float32", states(2, 4));
    const h = `Expected hidden[0] size (1, ${N}, 2), got [1, ${N}, 4]`;
    const c = `Expected hidden[1] size (1, ${N}, 4), got [1, ${N}, 2]`;
    expectError(() => forwardOn(path, projected(3, 4), 3, "float32", states(4, 4)), "RuntimeError", h);
    expectError(() => forwardOn(path, projected(3, 4), 3, "float32", states(2, 2)), "RuntimeError", c);
    const layer = projected(3, 4);
    layer.weight_hr_l0 = new nn.Parameter(zeros([4, 2]));
    const message = "LSTM: Expected weight_hr_l0 of size [2, 4], got [4, 2]";
    expectError(() => forwardOn(path, layer), "RuntimeError", message);
    replace(layer, "weight_hr_l0");
    const missing = "expected Tensor as element 4 in argument 2, but got undefined: weight_hr_l0";
    expectError(() => forwardOn(path, layer), "TypeError", missing);
  });

  it("cannot be given states of sizes that are no numbers", () => {
    expectError(
      () => zeros([1, Number.NaN, 4]),
      "TypeError",
      "zeros() expected a shape such as [2, 3], got: [1, NaN, 4]",
    );
  });
});
