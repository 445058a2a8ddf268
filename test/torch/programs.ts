/** Programs that read and write parts of tensors, drawn at random, against the oracle: values, gradients, errors. */

import { ElmanError, type Tensor } from "../../src/index.js";
import { execute, type Outcome, run, type Statement } from "../support/programs.js";
import { problems } from "./compare.js";
import { Chance } from "./draw.js";
import { type Oracle, receivedAll, resultOf, type Sent, send } from "./process.js";
import { toTensor } from "./replay.js";
import type { Check } from "./training.js";

type Answer = { error: string } | { results: Record<string, Sent>; gradients: Record<string, Sent> };

/** A method and its arguments for a view of a tensor. */
function drawnView(chance: Chance, name: string, { shape }: Tensor): unknown[] {
  const dim = chance.whole(0, shape.length - 1);
  const size = shape[dim];
  const start = chance.whole(0, size - 1);
  const ways: unknown[][] = [
    ["select", dim, start],
    ["narrow", dim, start, chance.whole(1, size - start)],
    ["slice", dim, start, null, chance.whole(1, 2)],
    ["at", chance.whole(0, shape[0] - 1)],
    ["permute", chance.shuffled([...shape.keys()])],
    ["transpose", 0, dim],
    ["unsqueeze", dim],
    ["detach"],
  ];
  // What is computed from a view may lie otherwise in PyTorch, so that its reshape may be a copy where ours is a view.
  if (name.length === 1) ways.push(["reshape", [shape.reduce((a, b) => a * b, 1)]]);
  return chance.pick(ways);
}

/** A method that writes into `x`, whose argument fits. */
function drawnWrite(chance: Chance, x: Tensor, all: ReadonlyMap<string, Tensor>): unknown[] {
  const fitting = [...all].filter(
    ([, y]) => y.value.storage !== x.value.storage && [String(x.shape), "", "1"].includes(String(y.shape)),
  );
  if (fitting.length === 0 || chance.chance(0.25)) {
    return chance.pick([["fill_", 3], ["zero_"], ["add_", 2], ["mul_", 3]] as unknown[][]);
  }
  return [chance.pick(["copy_", "copy_", "add_", "mul_"]), `$${chance.pick(fitting)[0]}`];
}

export async function checkProgram(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const draw = () => {
    const shape = Array.from({ length: chance.whole(1, 3) }, () => chance.whole(1, 4));
    return toTensor(chance.normal(shape, "float64"), "float64");
  };
  const leaves = {
    x: { value: draw(), grad: true },
    b: { value: draw(), grad: false },
    c: { value: draw(), grad: true },
  };
  const tensors = new Map<string, Tensor>();
  for (const [name, { value, grad }] of Object.entries(leaves)) tensors.set(name, value.clone().requiresGrad_(grad));
  const statements: Statement[] = [["y", "mul", "$x", 2]];
  execute(statements, tensors);
  for (let i = 0; i < 14; i++) {
    const [name, x] = chance.pick([...tensors].filter(([name]) => name !== "x" && name !== "c"));
    const kind = chance.fraction();
    const [method, ...args] =
      kind < 0.4 && x.ndim > 0
        ? drawnView(chance, name, x)
        : kind < 0.8
          ? drawnWrite(chance, x, tensors)
          : chance.pick([["tanh"], ["mul", `$${name}`], ["sum"], ["clone"]] as unknown[][]);
    const writes = String(method).endsWith("_");
    const call: Statement = [writes ? null : `t${i}`, String(method), `$${name}`, ...args];
    const statement = chance.chance(0.08) ? { noGrad: [call] } : call;
    statements.push(statement);
    try {
      execute([statement], tensors);
    } catch (error) {
      if (error instanceof ElmanError) break;
      throw error;
    }
  }
  const loss = [...tensors.keys()].filter(() => chance.chance(0.4)).concat("y");
  const given = Object.entries(leaves).map(([name, { value, grad }]) => [name, { value: send(value), grad }]);
  const answer = await oracle.ask<Answer>("program", { leaves: Object.fromEntries(given), statements, loss });
  const outcome = run(leaves, statements, loss);
  return { title: JSON.stringify({ statements, loss }), problems: differences(outcome, answer) };
}

/** PyTorch may name the node of a tensor that had none when it was saved. */
const alike = (text: string) => text.replace(/, which is output \d of [\w:]+,/, "").replace(/ of \w+ is/, " is");

function differences(outcome: Outcome | { error: string }, answer: Answer): string[] {
  const ours = "error" in outcome ? outcome.error : "nothing";
  const theirs = "error" in answer ? answer.error : "nothing";
  // PyTorch takes a view for a leaf where its base got a history after it, until somebody asks for its grad_fn.
  if (theirs === "a leaf Variable that requires grad is being used in an in-place operation.") return [];
  if (alike(ours) !== alike(theirs)) return [`refused: ${ours}; torch: ${theirs}`];
  if ("error" in outcome || "error" in answer) return [];
  const results = (record: Record<string, Tensor>) =>
    new Map(Object.entries(record).map(([name, x]) => [name, resultOf(x)]));
  const compare = (record: Record<string, Tensor>, sent: Record<string, Sent>) =>
    problems("float64", results(record), { exact: receivedAll(sent), single: null });
  return [...compare(outcome.values, answer.results), ...compare(outcome.grads, answer.gradients)];
}
