/** What a model is made of, as torchinfo shows it: shapes, parameters and multiply-adds of each layer. */

import { mistyped } from "../base/errors.js";
import { nn, noGrad, Tensor } from "../index.js";

/** One module of a model, in the order in which they ran. */
export interface SummaryRow {
  /** The dotted name; of the model itself "". */
  readonly name: string;
  /** The module's class. */
  readonly type: string;
  /** The shape of the first tensor that went in; null where there is none. */
  readonly input: readonly number[] | null;
  /** The shape of the first tensor that came out. */
  readonly output: readonly number[] | null;
  /** Parameters of its own, without those of modules within; one that several share counts where it is met first. */
  readonly parameters: number;
  /** Multiplications with its weights for this input, biases left out. */
  readonly multiplyAdds: number;
}

/** All of it; `String(summary)` is a table. */
export interface Summary {
  /** Module by module, in the order of their names. */
  readonly rows: readonly SummaryRow[];
  /** How many numbers all parameters have. */
  readonly parameters: number;
  /** Of these, how many are trained. */
  readonly trainable: number;
  /** Products with an addition that one forward takes. */
  readonly multiplyAdds: number;
  /** The table as text. */
  toString(): string;
}

/** The first tensor in a value: of a tuple, of a packed sequence, of a record. */
function firstTensor(value: unknown): Tensor | null {
  if (value instanceof Tensor) return value;
  if (value instanceof nn.utils.rnn.PackedSequence) return value.data;
  if (typeof value !== "object" || value === null || value instanceof nn.Module) return null;
  for (const one of Object.values(value)) {
    const found = firstTensor(one);
    if (found !== null) return found;
  }
  return null;
}

/** How often each number of a module's weights is multiplied. */
function multiplications(module: nn.Module, input: Tensor | null, output: Tensor | null): number {
  if (input === null || output === null || module instanceof nn.Embedding) return 0;
  const weights = Object.values(module).filter(
    (field): field is nn.Parameter => field instanceof nn.Parameter && field.ndim > 1,
  );
  // A recurrent layer uses every weight at every step of every sequence; others once a channel of the output.
  const isRecurrent = [nn.RNNBase, nn.RNNCellBase, nn.Recurrent].some((kind) => module instanceof kind);
  const steps = input.numel() / (input.shape.at(-1) ?? 1);
  return weights.reduce(
    (sum, weight) => sum + weight.numel() * (isRecurrent ? steps : output.numel() / weight.size(0)),
    0,
  );
}

/**
 * Runs a model once, in evaluation mode and without gradients, and says what each module took and gave.
 * @param inputs what `forward` takes
 */
export function summary(model: nn.Module, ...inputs: readonly unknown[]): Summary {
  if (!(model instanceof nn.Module)) mistyped("summary() expected a Module", model);
  const named = [...model.namedModules()];
  const modes = named.map(([, module]) => module.training);
  const seen = new Set<nn.Parameter>();
  const order = new Map<nn.Module, SummaryRow | null>();
  const watched = named.map(([name, module]) => {
    const { forward } = module;
    const value = (...args: never[]): unknown => {
      if (!order.has(module)) order.set(module, null);
      const result = forward.apply(module, args);
      const [input, output] = [firstTensor(args), firstTensor(result)];
      const before = order.get(module) ?? null;
      const multiplyAdds = (before?.multiplyAdds ?? 0) + multiplications(module, input, output);
      order.set(module, { ...(before ?? row(name, module, input, output)), multiplyAdds });
      return result;
    };
    Object.defineProperty(module, "forward", { value, configurable: true });
    return module;
  });
  function row(name: string, module: nn.Module, input: Tensor | null, output: Tensor | null): SummaryRow {
    const own = Object.values(module).filter(
      (one): one is nn.Parameter => one instanceof nn.Parameter && !seen.has(one),
    );
    for (const one of own) seen.add(one);
    const parameters = own.reduce((sum, one) => sum + one.numel(), 0);
    return {
      ...{ name, type: module.constructor.name, parameters, multiplyAdds: 0 },
      ...{ input: input?.shape ?? null, output: output?.shape ?? null },
    };
  }
  try {
    model.eval();
    noGrad(() => model.forward(...(inputs as never[])));
  } finally {
    for (const [i, module] of watched.entries()) {
      Reflect.deleteProperty(module, "forward");
      module.training = modes[i];
    }
  }
  for (const [name, module] of named) if (!order.has(module)) order.set(module, row(name, module, null, null));
  const rows = [...order.values()] as SummaryRow[];
  const parameters = model.parameters();
  const count = (list: readonly Tensor[]) => list.reduce((sum, one) => sum + one.numel(), 0);
  const totals = {
    parameters: count(parameters),
    trainable: count(parameters.filter(({ requiresGrad }) => requiresGrad)),
    multiplyAdds: rows.reduce((sum, one) => sum + one.multiplyAdds, 0),
  };
  return { rows, ...totals, toString: () => table(rows, totals) };
}

const shape = (sizes: readonly number[] | null): string => (sizes === null ? "--" : `[${sizes.join(", ")}]`);
const number = (count: number): string => (count === 0 ? "--" : count.toLocaleString("en-US"));

function table(
  rows: readonly SummaryRow[],
  { parameters, trainable, multiplyAdds }: Omit<Summary, "rows" | "toString">,
): string {
  const depth = (name: string) => (name === "" ? 0 : name.split(".").length);
  const cells = rows.map(({ name, type, input, output, parameters, multiplyAdds }) => [
    `${"  ".repeat(depth(name))}${type}${name === "" ? "" : ` (${name.split(".").at(-1)})`}`,
    ...[shape(input), shape(output), number(parameters), number(multiplyAdds)],
  ]);
  const lines = [["Layer (type (name))", "Input shape", "Output shape", "Param #", "Mult-adds"], ...cells];
  const widths = lines[0].map((_, column) => lines.reduce((most, line) => Math.max(most, line[column].length), 0));
  const text = lines.map((line) =>
    line.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "),
  );
  const rule = "=".repeat(text[0].length);
  const totals = [
    `Total params: ${number(parameters)}`,
    `Trainable params: ${number(trainable)}`,
    `Non-trainable params: ${number(parameters - trainable)}`,
    `Total mult-adds: ${number(multiplyAdds)}`,
  ];
  return [rule, text[0], rule, ...text.slice(1), rule, ...totals, rule].join("\n");
}
