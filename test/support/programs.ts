/** The small programs of test/fixtures/programs.py, run by elman. */

import { ElmanError } from "../../src/base/errors.js";
import { nodeName, noGrad } from "../../src/tensor/autograd.js";
import { tensor } from "../../src/tensor/create.js";
import { Tensor } from "../../src/tensor/tensor.js";

/** [name or null, method, receiver, …arguments]; "$a" is tensor a. */
export type Call = [name: string | null, method: string, receiver: string, ...args: unknown[]];
export type Statement = Call | { noGrad: Statement[] };

export interface Outcome {
  values: Record<string, Tensor>;
  tracked: string[];
  history: Record<string, string>;
  grads: Record<string, Tensor>;
}

export function weight(x: Tensor): Tensor {
  const numbers = Array.from({ length: x.numel() }, (_, i) => (((i * 5) % 7) - 3) / 2);
  return tensor(numbers, x.shape, { dtype: "float64" });
}

/** Runs statements over tensors by name, which grow. */
export function execute(statements: readonly Statement[], tensors: Map<string, Tensor>): void {
  for (const statement of statements) {
    if (!Array.isArray(statement)) {
      noGrad(() => execute(statement.noGrad, tensors));
      continue;
    }
    const [name, method, ...given] = statement;
    const [x, ...args] = given.map((a) => (typeof a === "string" ? (tensors.get(a.slice(1)) as Tensor) : a));
    const call = (x as unknown as Record<string, (...args: unknown[]) => unknown>)[method];
    const result = call.apply(x, args);
    if (Array.isArray(result)) for (const [i, part] of result.entries()) tensors.set(`${name}${i}`, part);
    else if (name !== null) tensors.set(name, result as Tensor);
  }
}

/** The outcome, or the sentence of the error. */
export function run(
  leaves: Record<string, { value: Tensor; grad: boolean }>,
  statements: readonly Statement[],
  loss: readonly string[],
): Outcome | { error: string } {
  const tensors = new Map<string, Tensor>();
  for (const [name, { value, grad }] of Object.entries(leaves)) tensors.set(name, value.clone().requiresGrad_(grad));
  try {
    execute(statements, tensors);
    const all = [...tensors];
    const values = Object.fromEntries(all.map(([name, x]) => [name, x.detach().clone()]));
    const tracked = all.filter(([, x]) => x.requiresGrad).map(([name]) => name);
    const history = Object.fromEntries(all.flatMap(([name, x]) => (x.node === null ? [] : [[name, nodeName(x.node)]])));
    const total = loss
      .map((name) => tensors.get(name) as Tensor)
      .map((x) => x.mul(weight(x)).sum())
      .reduce((a, b) => a.add(b));
    if (total.requiresGrad) total.backward();
    const grads: Record<string, Tensor> = {};
    for (const [name, x] of all) if ((x.isLeaf || x.retainsGrad) && x.grad instanceof Tensor) grads[name] = x.grad;
    return { values, tracked, history, grads };
  } catch (error) {
    if (error instanceof ElmanError) return { error: error.message };
    throw error;
  }
}
