/**
 * The graph of what was computed, and the walk back through it.
 *
 * A node is one application of an op: what it saved, and where its arguments came from. The walk is a loop over nodes
 * from the newest to the oldest, never recursion: sequences are long. It computes first-order gradients and drops what
 * was saved on its way, unless told to retain it. Source: https://docs.pytorch.org/docs/stable/notes/autograd.html
 */

import { fail, mistyped } from "../base/errors.js";
import { isRowMajor, listText, type Shape, sameShape } from "../base/shape.js";
import { type DType, fresh, isAlone, isFloat, scalarName, Value } from "../device/value.js";
import { add, convert, copy, device, reshape, scalar, sumTo, zeros } from "./kernels.js";
import type { Op, Part } from "./ops/op.js";

/** Where a gradient goes: on to a node, or to rest in a leaf. */
interface Edge {
  readonly node: Node | null;
  readonly output: number;
  readonly leaf: Variable | null;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One application of an op. */
export interface Node {
  /** Grows with time, so that a node is always older than those that use it. */
  readonly id: number;
  readonly op: Op<never, Value | Value[], never> | Part<never, Value | Value[], never>;
  /** null once backward has dropped it. */
  saved: readonly unknown[] | null;
  /** The version of each saved value when it was saved; undefined for what is not a value, or will not be read. */
  readonly versions: readonly (number | undefined)[];
  /** Which of the outputs, and after them of the arguments, each saved value was; −1 for none. */
  readonly origins: readonly number[];
  readonly edges: readonly (Edge | null)[];
  /** How many outputs there are, or null for a single one that is not in a list. */
  readonly outputs: number | null;
  /** Variables that came out of this and keep their gradient. */
  readonly retaining: Variable[];
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
      mistyped("new Tensor() is internal: tensor(), zeros() and the like make tensors", value);
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
  if (typeof body !== "function") mistyped("noGrad() expected a function", body);
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
      `a tensor that shares its memory with others was modified by an inplace operation: [${typeText(value)}], which is output ${output} of ${node.op.name}, is at version ${value.storage.version}; expected version ${argument.seen} instead`,
    );
  }
  return { node, output, leaf: node === null ? argument : null, shape: value.shape, dtype: value.dtype };
}

const isThere = (edge: Edge | null): boolean => edge !== null;
const typeText = (value: Value) => `torch.${scalarName(value.dtype)}Tensor ${listText(value.shape)}`;

/** The node for an application of `op`, or null where nothing needs to be remembered. */
function record<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>(
  op: Op<Args, Out, Saved> | Part<Args, Out, Saved>,
  args: readonly unknown[],
  values: readonly unknown[],
  out: Out,
  saved: Saved,
): Node | null {
  if (!enabled) return null;
  const edges = args.map(edge);
  if (!edges.some(isThere)) return null;
  const reads = "reads" in op ? op.reads?.(edges.map(isThere)) : undefined;
  const outputs = out instanceof Value ? null : out.length;
  const places = outputs === null ? [out, ...values] : [...(out as Value[]), ...values];
  const versions: (number | undefined)[] = [];
  const origins: number[] = [];
  for (let i = 0; i < saved.length; i++) {
    const value = saved[i];
    const isRead = value instanceof Value && reads?.[i] !== false;
    versions.push(isRead ? value.storage.version : undefined);
    origins.push(isRead ? places.indexOf(value) : -1);
  }
  return {
    id: created++,
    op: op as unknown as Node["op"],
    saved,
    versions,
    origins,
    edges,
    outputs,
    retaining: [],
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
>(
  op: Op<Args, Out, Saved> | Part<Args, Out, Saved>,
  args: readonly unknown[],
  make: (value: Value) => V,
): Applied<Out, V> {
  const values = args.map((argument) => (argument instanceof Variable ? argument.value : argument));
  const [out, saved] = op.forward(...(values as unknown as Args));
  const node = record(op, args, values, out, saved);
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

/** Which output of which node a saved value was, in PyTorch's words. */
function originText({ op, outputs, edges }: Node, origin: number): string {
  const count = outputs ?? 1;
  if (origin >= 0 && origin < count) return `, which is output ${origin} of ${op.name},`;
  const from = edges[origin - count];
  return from?.node ? `, which is output ${from.output} of ${from.node.op.name},` : "";
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
      `one of the variables needed for gradient computation has been modified by an inplace operation: [${typeText(value)}]${originText(node, node.origins[i])} is at version ${value.storage.version}; expected version ${expected} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).`,
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

/** What has arrived for one output of a node. `own`: whether the memory is this sum's alone, so that it may be written. */
interface Sum {
  readonly value: Value;
  readonly own: boolean;
}

/** The first gradient is taken as it is and may be another's memory; from the second on there is a sum in its own. */
function added(sum: Sum | null, d: Value): Sum {
  if (sum === null) return { value: d, own: false };
  if (!sum.own) return { value: add(sum.value, d), own: true };
  device().accumulate(d, sum.value);
  return sum;
}

/** A sum that may be written into; zeros where nothing has arrived. */
function writable(sum: Sum | null, { shape, dtype }: Edge): Sum {
  if (sum?.own) return sum;
  return { value: sum === null ? fresh(dtype, shape) : copy(sum.value), own: true };
}

/** Adds a gradient to what a leaf has; into the same memory, so that whoever holds it sees it. `own` memory is taken over. */
function rest(leaf: Variable, d: Value, own = false): void {
  if (leaf.gradient === null) {
    leaf.gradient = own ? d : copy(d);
    return;
  }
  device().accumulate(d, leaf.gradient);
  leaf.gradient.storage.version++;
}

/** Has the gradient of a part added to what a leaf has. */
function restPart(leaf: Variable, add: (into: Value) => void): void {
  const { gradient } = leaf;
  const into = gradient !== null && isRowMajor(gradient) ? gradient : zeros(leaf.value);
  add(into);
  if (into === gradient) gradient.storage.version++;
  else rest(leaf, into, true);
}

/** Leaves gradients with the variables that keep theirs: as in PyTorch a sum in memory of its own. */
function retain(node: Node, sums: readonly (Sum | null)[]): void {
  for (const variable of node.retaining) {
    const sum = sums[variable.output];
    // A variable that was written in place has moved on to another node.
    if (variable.node !== node || sum === null) continue;
    variable.gradient = variable.gradient === null ? copy(sum.value) : add(variable.gradient, sum.value);
  }
}

/** Sends the gradient `d` of `root` back to every leaf it was computed from. */
export function backward(root: Variable, d: Value, retainGraph: boolean): void {
  if (root.node === null) {
    rest(root, d);
    return;
  }
  const arrived = new Map<Node, (Sum | null)[]>();
  const sumsOf = (node: Node): (Sum | null)[] => {
    let sums = arrived.get(node);
    if (sums === undefined) arrived.set(node, (sums = new Array<Sum | null>(node.outputs ?? 1).fill(null)));
    return sums;
  };
  const nodes = ancestry(root.node);
  sumsOf(root.node)[root.output] = added(null, d);
  for (const node of nodes) {
    const sums = arrived.get(node);
    if (sums === undefined) continue;
    arrived.delete(node);
    retain(node, sums);
    const saved = unpack(node) as never;
    const dOut = (
      node.outputs === null ? sums[0]?.value : sums.map((sum) => (sum === null ? null : sum.value))
    ) as never;
    const { op, edges } = node;
    if ("accumulate" in op) {
      const e = edges[0] as Edge;
      const add = (into: Value) => op.accumulate(into, dOut, saved);
      if (e.leaf !== null) restPart(e.leaf, add);
      else {
        const sums = sumsOf(e.node as Node);
        const into = writable(sums[e.output], e);
        sums[e.output] = into;
        add(into.value);
      }
    } else {
      const dArgs = op.backward(dOut, saved, edges.map(isThere));
      const met = ([] as unknown[]).concat(dOut, dArgs, saved);
      for (let i = 0; i < edges.length; i++) {
        const e = edges[i];
        const gradient = dArgs[i];
        if (e === null || gradient === null) continue;
        const fitted = convert(sumTo(gradient, e.shape), e.dtype);
        if (e.leaf !== null) rest(e.leaf, fitted, isAlone(fitted, met));
        else {
          const sums = sumsOf(e.node as Node);
          sums[e.output] = added(sums[e.output], fitted);
        }
      }
    }
    if (!retainGraph && node.saved?.some((value) => value instanceof Value)) node.saved = null;
  }
}

/** Checks the gradient that `backward` starts from; without one the root must be a scalar, and it is 1. */
export function startingGradient(root: Variable, given: Variable | null): Value {
  const { value } = root;
  if (!root.tracked) fail("RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn");
  if (given === null) {
    if (value.numel !== 1) fail("RuntimeError", "grad can be implicitly created only for scalar outputs");
    return reshape(scalar(1, value.dtype), value.shape);
  }
  if (!(given instanceof Variable)) mistyped("backward() expected a Tensor", given);
  if (!sameShape(given.value.shape, value.shape)) {
    fail(
      "RuntimeError",
      `Mismatch in shape: grad_output[0] has a shape of torch.Size(${listText(given.value.shape)}) and output[0] has a shape of torch.Size(${listText(value.shape)}).`,
    );
  }
  return convert(given.value, value.dtype);
}
