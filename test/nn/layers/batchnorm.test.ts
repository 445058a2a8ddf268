/** Batch normalisation as modules, beside PyTorch's: two batches in training and one in evaluation. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeSafetensors, encodeTorch, fileDTypeOf, load, stateDictOf } from "../../../src/checkpoint/index.js";
import { nn, noGrad, ones, randn, type Tensor, tensor, zeros } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { built, drawn, fixture, weighted } from "../../support/modules_fixture.js";
import { expected, nonsense, refuses, refusesSomehow } from "../../support/nn_fixture.js";
import { source } from "../../support/random.js";
import { exact, expectClose, tolerances } from "../../support/tolerance.js";

const { batchNormErrors: errors } = fixture;

describe("BatchNorm", () => {
  it("has its cases", () => {
    expect(fixture.batchNorms.length).toBe(22);
  });

  for (const { name, args, dtype, repr, keys, passes } of fixture.batchNorms) {
    it(`${name}(${JSON.stringify(args).slice(1, -1)}) ${JSON.stringify(passes[0].input[0])} ${dtype}`, () => {
      const module = built(name, args, dtype) as nn.BatchNorm1d;
      expect(String(module)).toBe(repr);
      expect([...module.stateDict().keys()]).toEqual(keys);
      for (const { training, input, output, gradients, buffers } of passes) {
        module.train(training).zeroGrad();
        const x = drawn(input, dtype).add(input[1]).detach().requiresGrad_();
        const y = module.forward(x);
        expectClose(y, expected(output, dtype), tolerances[dtype], "output");
        expect(y.isContiguous()).toBe(true);
        weighted([y], dtype).backward();
        [x, ...module.parameters()].forEach((leaf, i) => {
          expectClose(leaf.grad as Tensor, expected(gradients[i], dtype), tolerances[dtype], `gradient ${i}`);
        });
        module.buffers().forEach((buffer, i) => {
          expectClose(buffer, expected(buffers[i], dtype), tolerances[dtype], `buffer ${i}`);
        });
      }
    });
  }

  it("leads gradients through the statistics of the batch", () => {
    const draw = source(31);
    for (const shape of [
      [4, 3],
      [2, 3, 3],
      [2, 2, 2, 3],
    ]) {
      const C = shape[1];
      for (const [weight, bias] of [[draw([C]), draw([C])], [draw([C])], []]) {
        const inputs = [draw(shape), ...[weight, bias].filter((x) => x !== undefined)];
        gradcheck(
          (x, w, b) => nn.functional.batchNorm(x, null, null, { training: true, weight: w ?? null, bias: b ?? null }),
          inputs,
        );
      }
      const [mean, variance] = [draw([C]), draw([C]).abs().add(0.2)];
      gradcheck(
        (x, w, b) => nn.functional.batchNorm(x, mean, variance, { weight: w, bias: b }),
        [...[draw(shape), draw([C]), draw([C])]],
      );
    }
  });

  it("counts a batch of nothing, and leaves its statistics", () => {
    const norm = new nn.BatchNorm1d(3);
    expect(norm.forward(ones([0, 3])).shape).toEqual([0, 3]);
    expect([norm.num_batches_tracked?.item(), norm.running_mean?.toNested(), norm.running_var?.toNested()]).toEqual([
      ...[1, [0, 0, 0], [1, 1, 1]],
    ]);
  });

  it("keeps the digits of numbers far from 0", () => {
    const x = tensor([[1000.25], [1000.5], [1000.75], [1001]]);
    const y = new nn.BatchNorm1d(1, { eps: 1e-12 }).forward(x);
    expectClose(
      y,
      [-1.5, -0.5, 0.5, 1.5].map((a) => a / Math.sqrt(1.25)),
      tolerances.float32,
    );
  });

  it("starts afresh when asked", () => {
    const norm = new nn.BatchNorm2d(2);
    norm.forward(randn([3, 2, 2, 2]));
    noGrad(() => norm.weight?.fill_(3));
    norm.resetParameters();
    const fresh = new nn.BatchNorm2d(2).stateDict();
    for (const [name, value] of norm.stateDict()) expectClose(value, fresh.get(name) as Tensor, exact, name);
  });

  it("loads what PyTorch wrote, strictly, and saves it", async () => {
    const file = readFileSync(new URL("../../fixtures/checkpoint/training.pt", import.meta.url));
    const { stateDict } = stateDictOf(await load(new Uint8Array(file)), "model_state_dict");
    const own = new Map([...stateDict].filter(([name]) => name.startsWith("norm.")));
    const model = new nn.ModuleDict({ norm: new nn.BatchNorm1d(1) });
    expect(model.loadStateDict(own)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(own.size).toBe(5);
    const bytes = encodeTorch(model.stateDict());
    const again = stateDictOf(await load(bytes)).stateDict;
    for (const [name, value] of own) expectClose(again.get(name) as Tensor, value, exact, name);
    const x = randn([4, 1]);
    const other = model.clone().eval();
    expect(other.get("norm").forward(x).toNested()).toEqual(model.eval().get("norm").forward(x).toNested());
  });

  it("counts batches in 64 bits where a file has them, as PyTorch does", async () => {
    const norm = new nn.BatchNorm1d(1);
    norm.forward(randn([4, 1]));
    for (const one of [norm, norm.clone(), new nn.BatchNorm1d(1).to("float64")]) {
      for (const bytes of [encodeTorch(one.stateDict()), encodeSafetensors(one.stateDict())]) {
        const dtypes = [...stateDictOf(await load(bytes)).stateDict].map(([name, x]) => [name, fileDTypeOf(x)]);
        const float = one.weight?.dtype === "float64" ? "F64" : "F32";
        expect(Object.fromEntries(dtypes)).toEqual({
          ...{ weight: float, bias: float, running_mean: float, running_var: float },
          num_batches_tracked: "I64",
        });
      }
    }
    expect(fileDTypeOf(norm.num_batches_tracked?.add(1) as Tensor)).toBe("I32");
  });

  it("takes a state dict that does not count batches", () => {
    const norm = new nn.BatchNorm1d(2);
    const { num_batches_tracked, ...rest } = Object.fromEntries(new nn.BatchNorm1d(2).stateDict());
    expect(num_batches_tracked.shape).toEqual([]);
    expect(norm.loadStateDict(rest)).toEqual({ missingKeys: [], unexpectedKeys: [] });
  });

  it("refuses in PyTorch's words", () => {
    const [x, three, two] = [ones([4, 3]), ones([3]), ones([2])];
    const norm = nn.functional.batchNorm;
    const training = true;
    refuses(() => norm(x, two, two), errors.mean);
    refuses(() => norm(x, three, two), errors.variance);
    refuses(() => norm(x, null, three), errors["no mean"]);
    refuses(() => norm(x, three, null), errors["no variance"]);
    refuses(() => norm(x, three, null, { training }), errors["one of both"]);
    refuses(() => norm(x, three, three, { weight: two }), errors.weight);
    refuses(() => norm(x, three, three, { bias: two }), errors.bias);
    refuses(() => norm(x.to("int32"), three, three), errors.int);
    refuses(() => norm(x, three.to("float64"), three.to("float64")), errors.double);
    refuses(() => norm(x, three, three, { training, eps: 0 }), errors["eps 0"]);
    refuses(() => norm(x, three, three, { eps: -1 }), errors.eps);
    refuses(() => norm(x.narrow(0, 0, 1), three, three, { training }), errors.one);
    refuses(() => norm(ones([1, 3, 1]), null, null, { training }), errors["one of three"]);
    refuses(() => norm(ones([5]), null, null, { training }), errors.vector);
    refuses(() => new nn.BatchNorm1d(3).forward(ones([3])), errors["1d 1"]);
    refuses(() => new nn.BatchNorm1d(3).forward(ones([3, 2, 3, 4])), errors["1d 4"]);
    refuses(() => new nn.BatchNorm2d(3).forward(x), errors["2d"]);
    refuses(() => new nn.BatchNorm1d(-1), errors.negative);
    const dict = Object.fromEntries(new nn.BatchNorm1d(2).stateDict());
    refuses(() => new nn.BatchNorm1d(2).loadStateDict({ ...dict, running_mean: three }), errors.load);
    refuses(() => new nn.BatchNorm1d(2).loadStateDict({ num_batches_tracked: zeros([]) }), errors.lacks);
    for (const wrong of nonsense) {
      refusesSomehow(() => new nn.BatchNorm1d(2).forward(wrong));
      refusesSomehow(() => norm(wrong, null, null, { training }));
      if (wrong === undefined) continue;
      if (wrong !== null) refusesSomehow(() => norm(x, wrong, null, { training }));
      if (wrong !== 5) refusesSomehow(() => new nn.BatchNorm1d(wrong));
      if (wrong !== true) refusesSomehow(() => new nn.BatchNorm1d(2, { affine: wrong }));
      if (typeof wrong !== "number") refusesSomehow(() => new nn.BatchNorm1d(2, { eps: wrong }));
    }
  });
});
