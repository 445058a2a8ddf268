/** The choice as a program to copy, in PyTorch and in TypeScript: both print the shapes, and how many numbers the layer has. */

import { base, type Choice, isCell, shapesOf, shapeText } from "./shapes.js";

interface Option {
  readonly python: string;
  readonly typescript: string;
}

/** The options that differ from what they are by default. */
function optionsOf(choice: Choice): Option[] {
  const { numLayers, nonlinearity, bias, batchFirst, dropout, bidirectional, projSize } = choice;
  const all: [changed: boolean, python: string, typescript: string][] = [
    [numLayers !== 1, `num_layers=${numLayers}`, `numLayers: ${numLayers}`],
    [nonlinearity !== "tanh", `nonlinearity="${nonlinearity}"`, `nonlinearity: "${nonlinearity}"`],
    [!bias, "bias=False", "bias: false"],
    [batchFirst, "batch_first=True", "batchFirst: true"],
    [dropout > 0, `dropout=${dropout}`, `dropout: ${dropout}`],
    [bidirectional, "bidirectional=True", "bidirectional: true"],
    [projSize > 0, `proj_size=${projSize}`, `projSize: ${projSize}`],
  ];
  return all.flatMap(([changed, python, typescript]) => (changed ? [{ python, typescript }] : []));
}

/** What both programs are made of. */
function partsOf(choice: Choice) {
  const shapes = shapesOf(choice);
  const { kind, inputSize, batchFirst, form, T, N } = choice;
  const cell = isCell(kind);
  const sizes = (shape: readonly { size: number }[]) => shape.map(({ size }) => size).join(", ");
  // What is packed is padded before.
  const padded = (batchFirst ? [N, T, inputSize] : [T, N, inputSize]).map((size) => ({ size }));
  const initial = shapes.initial.map(({ shape }, i) => ({ name: `${"hc"[i]}0`, shape: sizes(shape) }));
  const final = shapes.final.map((_, i) => (cell ? "hc"[i] : `${"hc"[i]}n`) as string);
  const tuple = (names: readonly string[], round: boolean) =>
    names.length === 1 ? names[0] : round ? `(${names.join(", ")})` : `[${names.join(", ")}]`;
  const printed = [...(shapes.output === null ? [] : [shapes.output.shape]), ...shapes.final.map(({ shape }) => shape)];
  return {
    shapes,
    options: optionsOf(choice),
    layer: cell ? "cell" : base(kind).toLowerCase(),
    input: sizes(form === "packed" ? padded : shapes.input.shape),
    initial,
    state: (round: boolean) =>
      tuple(
        initial.map(({ name }) => name),
        round,
      ),
    finals: (round: boolean) => tuple(final, round),
    final,
    printed,
    cell,
    packed: form === "packed",
  };
}

export function pythonOf(choice: Choice): string {
  const { kind, inputSize, hiddenSize, batchFirst } = choice;
  const { shapes, options, layer, input, initial, state, finals, final, printed, cell, packed } = partsOf(choice);
  const given = [inputSize, hiddenSize, ...options.map(({ python }) => python)].join(", ");
  const outputs = cell ? [] : [packed ? "output.data" : "output"];
  const shown = [...outputs, ...final].map((name) => `tuple(${name}.shape)`);
  return [
    "import torch",
    "from torch import nn",
    ...(packed ? ["from torch.nn.utils.rnn import pack_padded_sequence"] : []),
    "",
    `${layer} = nn.${kind}(${given})`,
    `input = torch.randn(${input})`,
    ...(packed
      ? [
          `input = pack_padded_sequence(input, [${shapes.packed?.lengths.join(", ")}]${batchFirst ? ", batch_first=True" : ""})`,
        ]
      : []),
    ...initial.map(({ name, shape }) => `${name} = torch.zeros(${shape})`),
    cell
      ? `${finals(false)?.replace(/[[\]]/g, "")} = ${layer}(input, ${state(true)})`
      : `output, ${finals(true)} = ${layer}(input, ${state(true)})`,
    `print(${shown.join(", ")})  # ${printed.map(shapeText).join(" ")}`,
    `print(sum(p.numel() for p in ${layer}.parameters()))  # ${shapes.elements}`,
    "",
  ].join("\n");
}

export function typescriptOf(choice: Choice): string {
  const { kind, inputSize, hiddenSize, batchFirst } = choice;
  const { shapes, options, layer, input, initial, state, finals, final, printed, cell, packed } = partsOf(choice);
  const given = [inputSize, hiddenSize];
  const named = options.length === 0 ? "" : `, { ${options.map(({ typescript }) => typescript).join(", ")} }`;
  const outputs = cell ? [] : [packed ? "output.data" : "output"];
  const shown = [...outputs, ...final].map((name) => `${name}.shape`);
  const pack = `nn.utils.rnn.packPaddedSequence(padded, [${shapes.packed?.lengths.join(", ")}]${batchFirst ? ", { batchFirst: true }" : ""})`;
  const list = (shape: readonly { size: number }[]) => `[ ${shape.map(({ size }) => size).join(", ")} ]`;
  return [
    'import { nn, randn, zeros } from "elman-nn";',
    "",
    `const ${layer} = new nn.${kind}(${given.join(", ")}${named});`,
    `const ${packed ? "padded" : "input"} = randn([${input}]);`,
    ...(packed ? [`const input = ${pack};`] : []),
    ...initial.map(({ name, shape }) => `const ${name} = zeros([${shape}]);`),
    cell
      ? `const ${finals(false)} = ${layer}.forward(input, ${state(false)});`
      : `const [output, ${finals(false)}] = ${layer}.${packed ? "forwardPacked" : "forward"}(input, ${state(false)});`,
    `console.log(${shown.join(", ")}); // ${printed.map(list).join(" ")}`,
    `console.log(${layer}.parameters().reduce((sum, p) => sum + p.numel(), 0)); // ${shapes.elements}`,
    "",
  ].join("\n");
}
