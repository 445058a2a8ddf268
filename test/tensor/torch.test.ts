/** What PyTorch computes, refuses and prints (../fixtures/make_tensor.py), beside ours. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ElmanError } from "../../src/base/errors.js";
import type { DType } from "../../src/device/value.js";
import { noGrad } from "../../src/tensor/autograd.js";
import { cat, stack, where } from "../../src/tensor/combine.js";
import { arange, eye, full, rand, randint, randn, tensor, zeros } from "../../src/tensor/create.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { expectClose, tolerances } from "../support/tolerance.js";

type Encoded = number | "nan" | "inf" | "-inf";

interface Described {
  dtype: DType;
  shape: number[];
  data: Encoded[];
  strides?: number[];
}

interface Case {
  call: string;
  /** Whether `call` is a function of the library rather than a method of input 0. */
  function?: boolean;
  inputs: (Described & { order?: number[]; constant?: boolean })[];
  args: unknown[];
  results: Described[];
  grads?: (Described | null)[];
}

interface Fixture {
  torch: string;
  cases: Case[];
  errors: Record<string, { kind: string; message: string }>;
  prints: {
    dtype: DType;
    shape: number[];
    data: Encoded[] | { count: number; step: number | "thirds" };
    grad: boolean;
    text: string;
  }[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/tensor.json", import.meta.url), "utf8"));

const special: Record<string, number> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };
const decode = (x: Encoded): number => (typeof x === "number" ? x : special[x]);

function make({ dtype, shape, data }: Described, requiresGrad = false): Tensor {
  return tensor(Float64Array.from(data, decode), shape, { dtype, requiresGrad });
}

/** "$1" becomes input 1, "inf" Infinity. */
function argument(x: unknown, inputs: Tensor[]): unknown {
  if (Array.isArray(x)) return x.map((item) => argument(item, inputs));
  if (typeof x !== "string") return x ?? undefined;
  if (x.startsWith("$")) return inputs[Number(x.slice(1))];
  return special[x] ?? x;
}

function tensors(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return Object.values(result as object).flatMap(tensors);
}

const weight = (y: Tensor): Tensor =>
  tensor(
    Float64Array.from({ length: y.numel() }, (_, i) => (((i * 5) % 7) - 3) / 2),
    y.shape,
    { dtype: y.dtype },
  );

function replay({ call, inputs, args, results, grads, ...told }: Case): void {
  const leaves = inputs.map((input) => make(input, input.dtype.startsWith("float") && !input.constant));
  const seen = leaves.map((leaf, i) => (inputs[i].order ? leaf.permute(inputs[i].order) : leaf));
  const absent = call === "clamp" ? null : undefined;
  const given = args.map((x) => argument(x, seen) ?? absent);
  const receiver = call.endsWith("_") ? (seen[0].requiresGrad ? seen[0].mul(1) : seen[0].clone()) : seen[0];
  const functions = { cat, stack, where } as unknown as Record<string, (...args: unknown[]) => unknown>;
  const methods = receiver as unknown as Record<string, (...args: unknown[]) => unknown>;
  const outputs = tensors(told.function ? functions[call](...given) : methods[call](...given));

  expect(outputs.length).toBe(results.length);
  outputs.forEach((output, i) => {
    expect(output.dtype).toBe(results[i].dtype);
    const data = results[i].data.map(decode);
    expectClose(output, { shape: results[i].shape, data }, tolerances[output.dtype], `result ${i}`);
    if (results[i].strides) expect(output.stride()).toEqual(results[i].strides);
  });
  const tracked = outputs.filter((output) => output.requiresGrad);
  expect(tracked.length > 0).toBe(grads !== undefined);
  if (grads === undefined) return;
  tracked
    .map((y) => y.mul(weight(y)).sum().to("float64"))
    .reduce((a, b) => a.add(b))
    .backward();
  grads.forEach((grad, i) => {
    if (grad === null) {
      expect(leaves[i].grad).toBeNull();
      return;
    }
    const got = leaves[i].grad ?? expect.fail(`input ${i} has no gradient`);
    expect(got.dtype).toBe(grad.dtype);
    const expected = { shape: grad.shape, data: grad.data.map(decode) };
    expectClose(got, expected, tolerances[got.dtype], `gradient ${i}`);
  });
}

for (const call of new Set(fixture.cases.map((c) => c.call))) {
  describe(call, () => {
    const cases = fixture.cases.filter((c) => c.call === call);
    cases.forEach((c, n) => {
      const inputs = c.inputs.map((x) => `${x.dtype}[${x.shape}]${x.order ? ` permuted ${x.order}` : ""}`);
      it(`${n}: ${inputs.join(" ")} ${JSON.stringify(c.args)}`, () => replay(c));
    });
  });
}

const z = (...shape: number[]): Tensor => zeros(shape);
const leaf = (...shape: number[]): Tensor => zeros(shape.length === 0 ? [2] : shape, { requiresGrad: true });
const ints = (...shape: number[]): Tensor => zeros(shape, { dtype: "int32" });
const index = (data: number[] | number[][]): Tensor => tensor(data, null, { dtype: "int32" });
const doubles = (...shape: number[]): Tensor => zeros(shape, { dtype: "float64" });
const yes = (): Tensor => tensor([true]);

/** Adds 1 to `value` without recording it, then runs backward from y. */
function written(y: Tensor, value: Tensor): void {
  noGrad(() => value.add_(1));
  y.sum().backward();
}

function twice(y: Tensor): void {
  y.backward();
  y.backward();
}

function inside(make: (x: Tensor) => Tensor, write: (y: Tensor) => void): void {
  const y = make(leaf());
  write(y);
  y.sum().backward();
}

function onto<A>(make: () => A, use: (a: A) => void): void {
  use(make());
}

const refused: Record<string, () => unknown> = {
  "leaf add_": () => leaf().add_(1),
  "leaf copy_": () => leaf().copy_(z(2)),
  "leaf fill_": () => leaf().fill_(1),
  "view of leaf add_": () => leaf().slice(0, 0, 1).add_(1),
  "view of leaf fill_": () => leaf().reshape([1, 2]).fill_(1),
  "saved exp": () =>
    inside(
      (x) => x.exp(),
      (y) => y.add_(1),
    ),
  "saved tanh": () =>
    inside(
      (x) => x.sigmoid().tanh(),
      (y) => y.mul_(2),
    ),
  "saved leaf": () => onto(leaf, (x) => written(x.mul(x), x)),
  "saved constant": () => onto(z.bind(null, 2), (c) => written(leaf().mul(c), c)),
  "saved matrix": () => onto(leaf.bind(null, 3, 4), (w) => written(leaf(2, 3).matmul(w), w)),
  freed: () => twice(leaf().exp().sum()),
  "not scalar": () => leaf().mul(2).backward(),
  "no grad": () => z(2).backward(),
  "gradient shape": () => leaf().mul(2).backward(z(3)),
  "int requires grad": () => ints(2).requiresGrad_(),
  "grad of another size": () => {
    leaf().grad = z(3);
  },
  "non-leaf requires grad": () => leaf().mul(2).requiresGrad_(false),
  broadcast: () => z(2, 3).add(z(4)),
  "broadcast where": () => where(tensor([true, false]), z(3), z(1)),
  "sub bool": () => yes().sub(yes()),
  "sub bool int": () => yes().sub(1),
  "sub float bool": () => z(1).sub(yes()),
  "neg bool": () => yes().neg(),
  "relu bool": () => yes().relu(),
  "abs bool": () => yes().abs(),
  "pow bool": () => yes().pow(yes()),
  "pow int negative": () => index([2]).pow(-1),
  "clamp nothing": () => z(2).clamp(null),
  "masked fill float": () => z(2).maskedFill(z(2), 1),
  "masked fill overflow": () => ints(2).maskedFill(tensor(true), 3000000000),
  "where int": () => where(index([1]), z(1), z(1)),
  reshape: () => z(2, 3).reshape([4]),
  "reshape twice": () => z(2, 3).reshape([-1, -1]),
  "reshape negative": () => z(2, 3).reshape([-2, 3]),
  "reshape ambiguous": () => z(0, 3).reshape([-1, 0]),
  "reshape remainder": () => z(2, 3).reshape([5, -1]),
  transpose: () => z(2, 3).transpose(0, 2),
  t: () => z(2, 3, 4).t(),
  permute: () => z(2, 3).permute([0]),
  "permute twice": () => z(2, 3).permute([0, 0]),
  flatten: () => z(2, 3).flatten(1, 0),
  squeeze: () => z(2, 3).squeeze(2),
  unsqueeze: () => z(2, 3).unsqueeze(4),
  expand: () => z(2).expand([3]),
  "expand lead": () => z(1, 2).expand([-1, 1, 2]),
  "expand fewer": () => z(1, 2).expand([2]),
  "flip twice": () => z(2, 3).flip([0, 0]),
  select: () => z(2, 3).select(0, 2),
  "select scalar": () => tensor(1).select(0, 0),
  at: () => z(2, 3).at(0, 3),
  "at too many": () => z(2, 3).at(0, 0, 0),
  "narrow start": () => z(5).narrow(0, 6, 1),
  "narrow end": () => z(5).narrow(0, 3, 3),
  "narrow negative": () => z(5).narrow(0, 3, -1),
  "narrow scalar": () => tensor(1).narrow(0, 0, 1),
  "slice step": () => z(5).slice(0, 0, 4, -1),
  "slice scalar": () => tensor(1).slice(0, 0, 1),
  index_select: () => z(2, 3).indexSelect(0, index([2])),
  "index_select matrix": () => z(2, 3).indexSelect(0, index([[0]])),
  "index_select float": () => z(2, 3).indexSelect(0, z(1)),
  "gather ndim": () => z(2, 3).gather(0, index([0])),
  gather: () => z(2, 3).gather(0, index([[2]])),
  "gather negative": () => z(2, 3).gather(0, index([[-1]])),
  "gather float": () => z(2, 3).gather(0, z(1, 1)),
  "gather size": () => z(2, 3).gather(0, index([[0, 0, 0, 0]])),
  unbind: () => tensor(1).unbind(),
  "split zero": () => z(5).split(0),
  "split negative": () => z(5).split(-1),
  "split sum": () => z(5).split([2, 2]),
  "split part": () => z(5).split([2, -1, 4]),
  "split scalar": () => tensor(1).split(1),
  "chunk zero": () => z(5).chunk(0),
  "chunk scalar": () => tensor(1).chunk(1),
  item: () => z(2, 3).item(),
  size: () => z(2, 3).size(2),
  "size scalar": () => tensor(1).size(0),
  "cat nothing": () => cat([]),
  "cat scalar": () => cat([tensor(1)]),
  "cat ndim": () => cat([z(2), z(2, 2)]),
  "cat size": () => cat([z(2, 3), z(2, 2)]),
  "cat dim": () => cat([z(2, 3)], 2),
  "stack nothing": () => stack([]),
  "stack size": () => stack([z(2), z(3)]),
  "stack dim": () => stack([z(2)], 2),
  matmul: () => z(2, 3).matmul(z(2, 3)),
  "matmul vector": () => z(2, 3).matmul(z(2)),
  "matmul vector matrix": () => z(3).matmul(z(2, 3)),
  "matmul vectors": () => z(2).matmul(z(3)),
  "matmul batches": () => z(2, 2, 3).matmul(z(3, 3, 3)),
  "matmul batched": () => z(2, 2, 3).matmul(z(2, 2, 3)),
  "matmul batched matrix": () => z(2, 2, 3).matmul(z(2, 3)),
  "matmul matrix batched": () => z(2, 3).matmul(z(2, 2, 3)),
  "matmul batched vector": () => z(2, 2, 3).matmul(z(2)),
  "matmul vector batched": () => z(2).matmul(z(2, 3, 3)),
  "matmul two batches": () => z(2, 2, 2, 3).matmul(z(2, 2, 2, 3)),
  "matmul scalar": () => tensor(1).matmul(z(2)),
  "matmul dtype": () => z(2, 2).matmul(doubles(2, 2)),
  "matmul dtype dot": () => z(2).matmul(doubles(2)),
  "matmul bool": () => z(2, 2).to("bool").matmul(z(2, 2).to("bool")),
  "mean int": () => ints(2).mean(),
  "var int": () => ints(2).var(),
  "norm int": () => ints(2).norm(),
  "norm inf of nothing": () => z(3, 0).norm(Infinity),
  "norm inf of empty": () => z(3, 0).norm(Infinity, 1),
  "softmax int": () => ints(2).softmax(0),
  "log_softmax int": () => ints(2).logSoftmax(0),
  "sum dim": () => z(2, 3).sum(2),
  "sum twice": () => z(2, 3).sum([0, -2]),
  "cumsum dim": () => z(2, 3).cumsum(-3),
  "max nothing": () => z(0).max(),
  "max empty": () => z(3, 0).max(1),
  "argmax nothing": () => z(0).argmax(),
  "argmax empty": () => z(0).argmax(0),
  topk: () => z(2).topk(3),
  jagged: () => tensor([[1, 2], [3]]),
  "int overflow": () => tensor(3000000000, null, { dtype: "int32" }),
  "full overflow": () => full([1], Number.NaN, { dtype: "int32" }),
  "negative eye": () => eye(-1),
  "negative empty": () => zeros([-1]),
  "arange step": () => arange(0, 5, 0),
  "arange sign": () => arange(0, 5, -1),
  "arange nan": () => arange(0, Number.NaN),
  "rand int": () => rand([2], { dtype: "int32" }),
  "randn int": () => randn([2], { dtype: "int32" }),
  randint: () => randint(5, 5, [2]),
  "uniform_ int": () => ints(2).uniform_(),
  "normal_ int": () => ints(2).normal_(),
  "uniform_ bounds": () => z(2).uniform_(1, 0),
  "normal_ std": () => z(2).normal_(0, -1),
  "add_ int fraction": () => ints(2).add_(0.5),
  "mul_ int fraction": () => ints(2).mul_(0.5),
  "add_ shape": () => z(2).add_(z(3, 2)),
  "copy_ size": () => z(2).copy_(z(3)),
  "copy_ shape": () => z(2).copy_(z(3, 2)),
  "fill_ overflow": () => ints(2).fill_(3e9),
};

describe("refused with PyTorch's words", () => {
  it("has a call for every recorded refusal", () => {
    expect(Object.keys(refused).sort()).toEqual(Object.keys(fixture.errors).sort());
  });

  it.each(Object.entries(fixture.errors))("%s", (name, { kind, message }) => {
    let thrown: unknown = null;
    try {
      refused[name]();
    } catch (error) {
      thrown = error;
    }
    const { name: type, kind: ours, message: text } = thrown as ElmanError;
    expect({ type, kind: ours, message: text }).toEqual({ type: "ElmanError", kind, message });
  });
});

describe("printed as PyTorch prints", () => {
  it.each(fixture.prints)("$text", ({ dtype, shape, data, grad, text }) => {
    const numbers = Array.isArray(data)
      ? data
      : Array.from({ length: data.count }, (_, i) =>
          data.step === "thirds" ? Number(i % 3 === 0) : i * (data.step as number),
        );
    expect(String(make({ dtype, shape, data: numbers }, grad))).toBe(text);
  });
});
