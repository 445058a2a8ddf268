/** What the page of shapes says, beside the layers themselves; its programs are run, here and in PyTorch. */

import { execFileSync } from "node:child_process";
import { format } from "node:util";
import { expect, it } from "vitest";
import { pythonOf, typescriptOf } from "../../site/src/shapes/code.js";
import { base, type Choice, first, forms, isCell, kinds, settled, shapesOf } from "../../site/src/shapes/shapes.js";
import * as elman from "../../src/index.js";
import { torchPython } from "../support/torch_python.js";

/** Every combination of options and forms that differs; sizes that cannot be mistaken for each other. */
const choices: Choice[] = [
  ...new Map(
    kinds
      .flatMap((kind) =>
        [2, 0].map((projSize) => ({ ...first, kind, projSize, inputSize: 3, hiddenSize: 5, T: 7, N: 4 })),
      )
      .flatMap((choice) => forms.map((form) => ({ ...choice, form })))
      .flatMap((choice) => [1, 2, 3].map((numLayers) => ({ ...choice, numLayers, dropout: numLayers === 3 ? 0.5 : 0 })))
      .flatMap((choice) => [true, false].map((bias) => ({ ...choice, bias })))
      .flatMap((choice) => [true, false].map((batchFirst) => ({ ...choice, batchFirst })))
      .flatMap((choice) => [true, false].map((bidirectional) => ({ ...choice, bidirectional })))
      .flatMap((choice) => (["tanh", "relu"] as const).map((nonlinearity) => settled({ ...choice, nonlinearity })))
      .map((choice) => [JSON.stringify(choice), choice]),
  ).values(),
];
const sizes = (shape: readonly { size: number }[]) => shape.map(({ size }) => size);

/** The module as the page's options describe it, not as its program does. */
function layerOf(choice: Choice) {
  const {
    inputSize: C,
    hiddenSize: H,
    nonlinearity,
    bias,
    numLayers,
    batchFirst,
    bidirectional,
    projSize,
    dropout,
  } = choice;
  const { nn } = elman;
  const options = { bias, numLayers, batchFirst, bidirectional, dropout };
  const makers = {
    RNN: () => new nn.RNN(C, H, { ...options, nonlinearity }),
    LSTM: () => new nn.LSTM(C, H, { ...options, projSize }),
    GRU: () => new nn.GRU(C, H, options),
    RNNCell: () => new nn.RNNCell(C, H, { bias, nonlinearity }),
    LSTMCell: () => new nn.LSTMCell(C, H, { bias }),
    GRUCell: () => new nn.GRUCell(C, H, { bias }),
  };
  return makers[choice.kind]();
}

it("has all combinations", () => {
  // RNN: 3 forms × 3 depths × bias, batch first, directions, nonlinearity; GRU half of it; LSTM with and without projection.
  expect(choices.length).toBe(144 + 144 + 72 + 8 + 4 + 4);
});

it("names the parameters of the layers, with their shapes, their order, their number and their range", () => {
  elman.manualSeed(0);
  for (const choice of choices) {
    const { parameters, elements, bound } = shapesOf(choice);
    const real = [...layerOf(choice).namedParameters()];
    expect(parameters.map(({ name, shape }) => [name, sizes(shape)])).toEqual(
      real.map(([name, parameter]) => [name, [...parameter.shape]]),
    );
    expect(elements).toBe(real.reduce((sum, [, parameter]) => sum + parameter.numel(), 0));
    const values = real.flatMap(([, parameter]) => [...parameter.toArray()]).map(Math.abs);
    const largest = values.reduce((a, b) => Math.max(a, b), 0);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.8 * bound);
    for (const { shape, gates } of parameters) if (gates.length > 0) expect(shape[0]?.size).toBe(gates.length * 5);
  }
});

it("has the shapes of what goes in and what comes out", () => {
  for (const choice of choices) {
    const { input, initial, output, final, packed } = shapesOf(choice);
    const states = initial.map(({ shape }) => elman.zeros(sizes(shape)));
    const hx = (states.length === 1 ? states[0] : states) as never;
    const layer = layerOf(choice) as { forward(input: unknown, hx: never): unknown };
    const { rnn } = elman.nn.utils;
    const { batchFirst, T, N } = choice;
    const padded = elman.randn(batchFirst ? [N, T, 3] : [T, N, 3]);
    const given =
      packed === null
        ? elman.randn(sizes(input.shape))
        : rnn.packPaddedSequence(padded, [...packed.lengths], { batchFirst });
    const result = layer.forward(given, hx);
    const [out, after] = isCell(choice.kind)
      ? [null, result]
      : (result as [elman.Tensor | elman.nn.utils.rnn.PackedSequence, unknown]);
    const finals = (base(choice.kind) === "LSTM" ? after : [after]) as elman.Tensor[];
    expect(finals.map(({ shape }) => [...shape])).toEqual(final.map(({ shape }) => sizes(shape)));
    if (given instanceof rnn.PackedSequence) {
      expect([...given.data.shape]).toEqual(sizes(input.shape));
      expect([...given.batchSizes.toArray()]).toEqual(packed?.batchSizes);
    }
    if (out !== null)
      expect([
        ...("data" in out && out instanceof rnn.PackedSequence ? out.data : (out as elman.Tensor)).shape,
      ]).toEqual(sizes(output?.shape ?? []));
  }
});

/** What the comments of a program promise. */
const promises = (code: string, comment: string) =>
  code
    .split("\n")
    .flatMap((line) => (line.includes(comment) ? [line.slice(line.indexOf(comment) + comment.length)] : []));

it("has programs in TypeScript that print what they say", () => {
  for (const choice of choices) {
    const code = typescriptOf(choice);
    const printed: string[] = [];
    const body = code.replace(/^import (\{.*\}) from "elman-nn";/, "const $1 = elman;");
    new Function("elman", "console", body)(elman, { log: (...all: unknown[]) => printed.push(format(...all)) });
    expect(printed).toEqual(promises(code, "; // "));
    expect(printed.length).toBe(2);
  }
});

// A busy machine imports torch for a while.
it.skipIf(torchPython() === null)("has programs in Python that print what they say", { timeout: 300_000 }, () => {
  const codes = choices.map(pythonOf);
  const run = `import contextlib, io, json, sys
for code in json.load(sys.stdin):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    print(json.dumps(printed.getvalue().splitlines()))`;
  const output = execFileSync(torchPython() as string, ["-W", "ignore", "-c", run], {
    input: JSON.stringify(codes),
    encoding: "utf8",
  });
  const printed = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as string[]);
  expect(printed).toEqual(codes.map((code) => promises(code, ")  # ")));
});

it("leaves out what a layer does not have", () => {
  const cell = settled({
    ...first,
    kind: "GRUCell",
    form: "packed",
    bidirectional: true,
    projSize: 2,
    batchFirst: true,
  });
  expect(cell).toMatchObject({ form: "batched", bidirectional: false, projSize: 0, batchFirst: false, numLayers: 1 });
  expect(settled({ ...first, projSize: 9 }).projSize).toBe(3);
  expect(settled({ ...first, hiddenSize: 1, projSize: 9 }).projSize).toBe(0);
});
