/**
 * The graph of what was computed, and the walk back through it.
 *
 * A node is one application of an op: what it saved, and where its arguments came from. The walk is a loop over nodes
 * from the newest to the oldest, never recursion: sequences are long. It computes first-order gradients and drops what
 * was saved on its way, unless told to retain it. Source: https://docs.pytorch.org/docs/stable/notes/autograd.html
 */

import { fail, typeName } from "../base/errors.js";
import { listText, type Shape, sameShape } from "../base/shape.js";
import { type DType, isFloat, scalarName, Value } from "../device/value.js";
import { add, convert, copy, device, sumTo } from "./kernels.js";
import type { Op } from "./ops/op.js";

/** Where a gradient goes: on to a node, or to rest in a leaf. */
interface Edge {
  readonly node: Node | null;
  readonly output: number;
  readonly leaf: Variable | null;
  readonly shape: Shape;
  readonly dtype: DType;
}

type Backward = (d: never, saved: never, needs: readonly boolean[]) => readonly (Value | null)[];

/** One application of an op. */
export interface Node {
  /** Grows with time, so that a node is always older than those that use it. */
  readonly id: number;
  /** PyTorch's name of it: `TanhBackward0`. */
  readonly name: string;
  readonly backward: Backward;
  /** null once backward has dropped it. */
  saved: readonly unknown[] | null;
  /** The version of each saved value when it was saved; undefined for what is not a value, or will not be read. */
  readonly versions: readonly (number | undefined)[];
  /** Which output of which node each saved value was, in PyTorch's words. */
  readonly origins: readonly string[];
  readonly edges: readonly (Edge | null)[];
  /** How many outputs there are, or null for a single one that is not in a list. */
  readonly outputs: number | null;
}

/** A value that remembers where it came from. Tensors are variables with methods. */
export class Variable {
  /** @internal */
  value: Value;
  /** @internal The node this came out of, and as which output; null for a leaf. */
  node: Node | null = null;
  /** @internal */
  output = 0;
  /** @internal Whether this shares its memory with an older tensor, and whether that is a leaf that wants its gradient. */
  viewOf: "leaf" | "other" | null = null;
  /** @internal The version of the storage when `value` was computed: a view must not be used once its memory has changed. */
  seen: number;
  /** @internal For a leaf: whether gradients are wanted. */
  wanted = false;
  /** @internal The gradient accumulated in a leaf. */
  gradient: Value | null = null;

  constructor(value: Value) {
    if (!(value instanceof Value)) {
      fail(
        "TypeError",
        `new Tensor() is internal: tensor(), zeros() and the like make tensors, got: ${typeName(value)}`,
      );
    }
    this.value = value;
    this.seen = value.storage.version;
  }

  /** @internal */
  get tracked(): boolean {
    return this.node !== null || this.wanted;
  }
}

let enabled = true;
let created = 0;

/** Whether operations are being recorded for `backward()`: true outside `noGrad`. */
export function isGradEnabled(): boolean {
  return enabled;
}

/** Runs `body` without recording operations, and returns what it returns. `body` must not be async. */
export function noGrad<T>(body: () => T): T {
  if (typeof body !== "function") fail("TypeError", `noGrad() expected a function, got: ${typeName(body)}`);
  const before = enabled;
  enabled = false;
  try {
    const result = body();
    if (result instanceof Promise)
      fail("TypeError", "noGrad() expected a synchronous function, got one that returns a Promise");
    return result;
  } finally {
    enabled = before;
  }
}

function edge(argument: unknown): Edge | null {
  if (!(argument instanceof Variable) || !isFloat(argument.value.dtype)) return null;
  const { node, output, value } = argument;
  if (!argument.tracked) {
    if (argument.seen >= value.storage.tracked) return null;
    fail(
      "RuntimeError",
      `a view of ${typeText(value)} was made before the tensor it shares its memory with took part in a computation by an inplace operation: make the view again`,
    );
  }
  if (node !== null && argument.seen !== value.storage.version) {
    fail(
      "RuntimeError",
      `a tensor that shares its memory with others was modified by an inplace operation: [${typeText(value)}], which is output ${output} of ${short(node.name)}, is at version ${value.storage.version}; expected version ${argument.seen} instead`,
    );
  }
  return { node, output, leaf: node === null ? argument : null, shape: value.shape, dtype: value.dtype };
}

/** A node's name as PyTorch's messages shorten it: `Tanh`. */
const short = (name: string) => name.replace(/Backward0$/, "");
const typeText = (value: Value) => `torch.${scalarName(value.dtype)}Tensor ${listText(value.shape)}`;

/** The node for an application of `op`, or null where nothing needs to be remembered. */
function record<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>(
  op: Op<Args, Out, Saved>,
  args: readonly unknown[],
  out: Out,
  saved: Saved,
): Node | null {
  if (!enabled) return null;
  const edges = args.map(edge);
  if (!edges.some((e) => e !== null)) return null;
  const name = `${op.name}Backward0`;
  const reads = op.reads?.(edges.map((e) => e !== null));
  const origin = (value: unknown): string => {
    const output = out instanceof Value ? (out === value ? 0 : -1) : out.indexOf(value as Value);
    if (output >= 0) return `, which is output ${output} of ${op.name},`;
    const from = args.find((argument) => argument instanceof Variable && argument.value === value) as
      | Variable
      | undefined;
    return from?.node ? `, which is output ${from.output} of ${short(from.node.name)},` : "";
  };
  return {
    id: created++,
    name,
    backward: op.backward as Backward,
    saved,
    versions: saved.map((value, i) =>
      value instanceof Value && reads?.[i] !== false ? value.storage.version : undefined,
    ),
    origins: saved.map(origin),
    edges,
    outputs: out instanceof Value ? null : out.length,
  };
}

/** Operands as their variables. */
export type Lifted<Args, V> = {
  [K in keyof Args]: Args[K] extends Value | null ? V | Extract<Args[K], null> : Args[K];
};
export type Applied<Out, V> = Out extends Value ? V : V[];

/** Runs an op on variables and remembers it where a gradient may be wanted; `make` wraps what comes out. */
export function applied<
  V extends Variable,
  Args extends readonly unknown[],
  Out extends Value | Value[],
  Saved extends readonly unknown[],
>(op: Op<Args, Out, Saved>, args: readonly unknown[], make: (value: Value) => V): Applied<Out, V> {
  const values = args.map((argument) => (argument instanceof Variable ? argument.value : argument));
  const [out, saved] = op.forward(...(values as unknown as Args));
  const node = record(op, args, out, saved);
  const result = (value: Value, output: number) => {
    const made = make(value);
    if (isFloat(value.dtype)) made.node = node;
    made.output = output;
    const shared = args.find((x) => x instanceof Variable && x.value.storage === value.storage) as V | undefined;
    if (shared !== undefined) made.viewOf = shared.viewOf ?? (shared.wanted && shared.node === null ? "leaf" : "other");
    return made;
  };
  return (out instanceof Value ? result(out, 0) : out.map(result)) as Applied<Out, V>;
}

/** Checks that what was saved is still there and still what it was. */
function unpack(node: Node): readonly unknown[] {
  if (node.saved === null) {
    fail(
      "RuntimeError",
      "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.",
    );
  }
  node.saved.forEach((value, i) => {
    const expected = node.versions[i];
    if (!(value instanceof Value) || expected === undefined || value.storage.version === expected) return;
    fail(
      "RuntimeError",
      `one of the variables needed for gradient computation has been modified by an inplace operation: [${typeText(value)}]${node.origins[i]} is at version ${value.storage.version}; expected version ${expected} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).`,
    );
  });
  return node.saved;
}

/** All nodes that `root` was computed from, the newest first. */
function ancestry(root: Node): Node[] {
  const seen = new Set([root]);
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const e of node.edges) {
      if (e?.node && !seen.has(e.node)) {
        seen.add(e.node);
        stack.push(e.node);
      }
    }
  }
  return [...seen].sort((a, b) => b.id - a.id);
}

/** Adds a gradient to what a leaf has; into the same memory, so that whoever holds it sees it. */
function accumulate(leaf: Variable, d: Value): void {
  if (leaf.gradient === null) {
    leaf.gradient = copy(d);
    return;
  }
  device().copy(add(leaf.gradient, d), leaf.gradient);
  leaf.gradient.storage.version++;
}

/** Sends the gradient `d` of `root` back to every leaf it was computed from. */
export function backward(root: Variable, d: Value, retainGraph: boolean): void {
  if (root.node === null) {
    accumulate(root, d);
    return;
  }
  const arrived = new Map<Node, (Value | null)[]>();
  const arrive = (node: Node, output: number, value: Value) => {
    const list = arrived.get(node) ?? new Array<Value | null>(node.outputs ?? 1).fill(null);
    const before = list[output];
    list[output] = before === null ? value : add(before, value);
    arrived.set(node, list);
  };
  const nodes = ancestry(root.node);
  arrive(root.node, root.output, d);
  for (const node of nodes) {
    const dOut = arrived.get(node);
    if (dOut === undefined) continue;
    arrived.delete(node);
    const saved = unpack(node);
    const needs = node.edges.map((e) => e !== null);
    const dArgs = node.backward((node.outputs === null ? dOut[0] : dOut) as never, saved as never, needs);
    if (!retainGraph && saved.some((value) => value instanceof Value)) node.saved = null;
    node.edges.forEach((e, i) => {
      const gradient = dArgs[i];
      if (e === null || gradient === null) return;
      const fitted = convert(sumTo(gradient, e.shape), e.dtype);
      if (e.node !== null) arrive(e.node, e.output, fitted);
      else if (e.leaf !== null) accumulate(e.leaf, fitted);
    });
  }
}

/** Checks the gradient that `backward` starts from; without one the root must be a scalar, and it is 1. */
export function startingGradient(root: Variable, given: Variable | null): Value {
  const { value } = root;
  if (!root.tracked) fail("RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn");
  if (given === null) {
    if (value.numel !== 1) fail("RuntimeError", "grad can be implicitly created only for scalar outputs");
    const one = copy(value);
    one.storage.data.fill(1);
    return one;
  }
  if (!(given instanceof Variable)) fail("TypeError", `backward() expected a Tensor, got: ${typeName(given)}`);
  if (!sameShape(given.value.shape, value.shape)) {
    fail(
      "RuntimeError",
      `Mismatch in shape: grad_output[0] has a shape of torch.Size(${listText(given.value.shape)}) and output[0] has a shape of torch.Size(${listText(value.shape)}).`,
    );
  }
  return convert(given.value, value.dtype);
}
