/**
 * The graph of what was computed, and the walk back through it.
 *
 * A node is one application of an op: what it saved, and where its arguments came from. The walk is a loop over nodes
 * from the newest to the oldest, never recursion: sequences are long. It computes first-order gradients and drops what
 * was saved on its way, unless told to retain it. Source: https://docs.pytorch.org/docs/stable/notes/autograd.html
 */

import { copyMark, fail, mistyped } from "../base/errors.js";
import { isRowMajor, listText, type Shape } from "../base/shape.js";
import { type DType, fresh, isAlone, isFloat, scalarName, Value } from "../device/value.js";
import { add, convert, copy, device, sumTo, zeros } from "./kernels.js";
import type { Applied, Op, Part, Write } from "./ops/op.js";
import { asStrided, copySlices } from "./ops/write.js";

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
  readonly op: Op<never, Value | Value[], never> | Part<never, Value | Value[], never> | Write<never>;
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
  static copyMark = copyMark;
  /** @internal */
  value: Value;
  /** @internal The node this came out of when its memory was at version `seen`. */
  past: Node | null = null;
  /** @internal As which output of its node this came out. */
  output = 0;
  /** @internal The tensor that this is a view of, which is none itself. */
  base: Variable | null = null;
  /** @internal What forbids to write into a view under grad: it was made without, or beside other views. */
  creation: "without grad" | "beside others" | null = null;
  /** @internal The version of the storage for which the node holds: that of a view is made anew once its memory has changed. */
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

  /** @internal The node this came out of; null for a leaf. */
  get node(): Node | null {
    if (this.base !== null && this.seen !== this.value.storage.version) renew(this, this.base);
    return this.past;
  }

  set node(node: Node | null) {
    this.past = node;
    this.seen = this.value.storage.version;
  }

  /** @internal A view of what is tracked is, too, though no gradient flows where it was made without grad. */
  get tracked(): boolean {
    return this.node !== null || this.wanted || (this.base?.tracked ?? false);
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
  const { node, output, value, wanted } = argument;
  if (node === null && !wanted) return null;
  return { node, output, leaf: node === null ? argument : null, shape: value.shape, dtype: value.dtype };
}

const isThere = (edge: Edge | null): boolean => edge !== null;
/** A node as PyTorch prints it. */
export const nodeName = ({ op }: Node): string => ("take" in op ? op.name : `${op.name}Backward0`);
/** A node as PyTorch's messages have it. */
const short = ({ op }: Node): string => ("take" in op ? `torch::autograd::${op.name}` : op.name);
const typeText = (value: Value) => `torch.${scalarName(value.dtype)}Tensor ${listText(value.shape)}`;

/** The node for an application of `op`, or null where no argument wants a gradient. */
function nodeOf<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>(
  op: Op<Args, Out, Saved> | Part<Args, Out, Saved> | Write<Saved>,
  args: readonly unknown[],
  values: readonly unknown[],
  out: Out,
  saved: Saved,
): Node | null {
  const edges = args.map(edge);
  if (!edges.some(isThere) && !args.some((x) => x instanceof Variable && x.tracked)) return null;
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

/** Has a view come out of what its base has become. */
function renew(view: Variable, base: Variable): void {
  const { past } = view;
  if (past === null && !base.tracked) return;
  checkCreation(view, "its base or another view of its base has been");
  const place = { base: base.value, part: view.value };
  rebase(view, nodeOf(asStrided, [base, place], [base.value], view.value, [place]), 0);
}

/** Gives a variable another past; a gradient that it keeps is that of what it is now. */
function rebase(variable: Variable, node: Node | null, output: number): void {
  if (variable.past?.retaining.includes(variable)) node?.retaining.push(variable);
  variable.node = node;
  variable.output = output;
  variable.wanted = false;
}

/** @internal Refuses a view that was made where its base could not keep account of it. */
export function checkCreation({ creation, output, past }: Variable, what = "is being"): void {
  if (creation === null) return;
  const without = creation === "without grad";
  const view = past === null ? "A view" : `Output ${output} of ${short(past)} is a view`;
  const made =
    past === null ? " was created in no_grad mode" : without ? " of a view which was created in no_grad mode" : "";
  const grad = past === null || without ? " with grad mode enabled" : "";
  const instead = without
    ? "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked)."
    : "This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.";
  fail("RuntimeError", `${view}${made} and ${what} modified inplace${grad}. ${instead}`);
}

/**
 * Writes `result` over the elements of `target`, from which it was computed. Who owns the memory takes over the past of
 * what is now in it: `target`, or the tensor that it is a view of.
 */
export function write(target: Variable, result: Variable): void {
  const { base, value } = target;
  const owner = base ?? target;
  const place = { base: owner.value, part: value };
  const node =
    base === null ? result.node : enabled ? nodeOf(copySlices, [base, result, place], [], base.value, [place]) : null;
  device().copy(result.value, value);
  value.storage.version++;
  if (node !== null) rebase(owner, node, base === null ? result.output : 0);
}

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
  const node = enabled ? nodeOf(op, args, values, out, saved) : null;
  const result = (value: Value, output: number) => {
    const made = make(value);
    if (isFloat(value.dtype)) made.node = node;
    made.output = output;
    const shared = args.find((x) => x instanceof Variable && x.value.storage === value.storage) as V | undefined;
    if (shared !== undefined) {
      made.base = shared.base ?? shared;
      made.creation = enabled ? (out instanceof Value ? shared.creation : "beside others") : "without grad";
    }
    return made;
  };
  return (out instanceof Value ? result(out, 0) : out.map(result)) as Applied<Out, V>;
}

/** Which output of which node a saved value was, in PyTorch's words. */
function originText(node: Node, origin: number): string {
  const count = node.outputs ?? 1;
  if (origin >= 0 && origin < count) return `, which is output ${origin} of ${short(node)},`;
  const from = node.edges[origin - count];
  return from?.node ? `, which is output ${from.output} of ${short(from.node)},` : "";
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
function added(sum: Sum | null, d: Sum): Sum {
  if (sum === null) return d;
  if (!sum.own) return { value: add(sum.value, d.value), own: true };
  device().accumulate(d.value, sum.value);
  return sum;
}

/** A row-major sum that may be written into. */
function writable(sum: Sum): Sum {
  return sum.own && isRowMajor(sum.value) ? sum : { value: copy(sum.value), own: true };
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
  const arrived = new Map<Node, (Sum | null)[]>();
  const sumsOf = (node: Node): (Sum | null)[] => {
    let sums = arrived.get(node);
    if (sums === undefined) arrived.set(node, (sums = new Array<Sum | null>(node.outputs ?? 1).fill(null)));
    return sums;
  };
  const arrive = (e: Edge, d: Sum) => {
    const sums = sumsOf(e.node as Node);
    sums[e.output] = added(sums[e.output], d);
  };
  const send = (e: Edge, gradient: Value, met: readonly unknown[]) => {
    const value = convert(sumTo(gradient, e.shape), e.dtype);
    if (e.leaf === null) arrive(e, { value, own: false });
    else rest(e.leaf, value, isAlone(value, met));
  };
  // The gradient that backward was given is its caller's, too.
  send(edge(root) as Edge, d, [d, d]);
  for (const node of root.node === null ? [] : ancestry(root.node)) {
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
      const [e] = edges;
      const add = (into: Value) => op.accumulate(into, dOut, saved);
      if (e?.leaf) restPart(e.leaf, add);
      else if (e?.node) {
        const sums = sumsOf(e.node);
        const sum = sums[e.output];
        const into = sum === null ? { value: fresh(e.dtype, e.shape), own: true } : writable(sum);
        sums[e.output] = into;
        add(into.value);
      }
    } else if ("take" in op) {
      const [base, part] = edges;
      const whole = writable(sums[0] as Sum);
      const d = op.take(whole.value, saved);
      if (base?.node) arrive(base, whole);
      if (part !== null) send(part, d, []);
      if (!retainGraph) node.saved = null;
    } else {
      const dArgs = op.backward(dOut, saved, edges.map(isThere));
      const met = ([] as unknown[]).concat(dOut, dArgs, saved);
      for (let i = 0; i < edges.length; i++) {
        const e = edges[i];
        const gradient = dArgs[i];
        if (e !== null && gradient !== null) send(e, gradient, met);
      }
    }
    if (!retainGraph && node.saved?.some((value) => value instanceof Value)) node.saved = null;
  }
}
