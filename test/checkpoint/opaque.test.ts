/** Files with more in them than weights, as their own tools wrote them: test/fixtures/make_opaque.py. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CheckpointValue, encodeTorch, load, loadTorch, Opaque, stateDictOf } from "../../src/checkpoint/index.js";
import { nn, type Tensor, tensor } from "../../src/index.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { bytesOf, refusal, text, torchFile } from "./archives.js";
import { pathOf } from "./fixtures.js";

const at = (name: string) => pathOf(`opaque/${name}`);
const expected: Record<string, Record<string, number[]>> = JSON.parse(readFileSync(at("expected.json"), "utf8"));

const nested = (stateDict: ReadonlyMap<string, Tensor>) =>
  Object.fromEntries([...stateDict].map(([name, one]) => [name, one.toNested()]));

describe("the weights of", () => {
  it.each([
    ["module.pt", null, "__main__.Net"],
    ["module_legacy.pt", "model", "__main__.Net"],
    ["objects.pt", "state_dict", "numpy._core.multiarray.scalar"],
    ["objects_protocol4.pt", "state_dict", "numpy._core.multiarray.scalar"],
    ["omegaconf.pt", "model", "omegaconf.dictconfig.DictConfig"],
    ["lightning.ckpt", "state_dict", "pathlib.PurePosixPath"],
  ])("%s are there, and the file is refused where that is not asked for", async (name, key, first) => {
    const refused = await refusal(() => load(at(name)));
    expect(refused).toContain(
      `Unsupported global: GLOBAL ${first} was not an allowed global by default. Nothing was run.`,
    );
    expect(refused).toContain('{ unknown: "opaque" } loads the rest');
    expect(refused).toContain("weights_only=False");
    const found = stateDictOf(await load(at(name), { unknown: "opaque" }));
    expect([found.key, nested(found.stateDict)]).toEqual([key, expected[name]]);
  });

  it.each(["odd.pt", "odd_legacy.pt"])("%s are there, as torch.load(weights_only=True) has them", async (name) => {
    const { key, stateDict } = stateDictOf(await loadTorch(at(name)));
    expect([key, nested(stateDict)]).toEqual(["state_dict", expected[name]]);
  });
});

/** What an object says of itself, in short. */
function said(value: CheckpointValue | undefined): unknown {
  if (value instanceof Opaque) {
    const { name, args, state, items, entries } = value;
    const parts = { ...(args && { args: args.map(said) }), ...(state !== undefined && { state: said(state) }) };
    return { name, ...parts, ...(items.length > 0 && { items }), ...(entries.size > 0 && { entries: said(entries) }) };
  }
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [String(key), said(one)]));
  return Array.isArray(value) ? value.map(said) : value;
}

describe("an object", () => {
  it("is what the file says of it", async () => {
    const objects = await load(at("objects.pt"), { unknown: "opaque" });
    const of = (name: string) => said(objects.get(name));
    expect(of("scalar")).toMatchObject({
      name: "numpy._core.multiarray.scalar",
      args: [{ args: ["f8", false, true] }, {}],
    });
    expect(of("arguments")).toEqual({ name: "argparse.Namespace", args: [], state: { lr: 0.1, name: "a" } });
    expect(of("path")).toEqual({ name: "pathlib.PurePosixPath", args: ["/", "tmp", "runs"] });
    expect(of("counts")).toEqual({
      name: "collections.defaultdict",
      args: [{ name: "builtins.list" }],
      entries: { a: [1, 2] },
    });
    expect(of("recent")).toMatchObject({ name: "collections.deque", items: [1, 2, 3] });
    expect(of("colour")).toEqual({ name: "__main__.Colour", args: [1] });
    expect(of("settings")).toEqual({ name: "__main__.Settings", args: [], state: { size: 3, rate: 0.5 } });
    expect(of("class")).toEqual({ name: "torch.nn.modules.rnn.LSTM" });
    expect(of("function")).toEqual({ name: "torch.nn.functional.relu" });
    expect(objects.get("frozen")).toEqual(new Set([1, 2]));
    const held = objects.get("held") as Opaque;
    expect((held.state as Map<string, unknown>).get("me")).toBe(held);
    const [[colour]] = objects.get("by_colour") as Map<Opaque, number>;
    expect(colour).toBe(objects.get("colour"));
  });

  it("of OmegaConf and Lightning has its settings", async () => {
    const { state } = (await load(at("omegaconf.pt"), { unknown: "opaque" })).get("cfg") as Opaque;
    const content = (state as Map<string, CheckpointValue>).get("_content") as Map<string, Opaque>;
    const rate = content.get("lr")?.state as Map<string, CheckpointValue>;
    expect(rate.get("_val")).toBe(0.1);
    const lightning = await load(at("lightning.ckpt"), { unknown: "opaque" });
    const settings = lightning.get("hyper_parameters") as Map<string, CheckpointValue>;
    expect([settings.get("hidden"), (settings.get("path") as Opaque).args]).toEqual([3, ["/", "data"]]);
  });

  it("that torch has and elman has not says its dtype and shape", async () => {
    const odd = await load(at("odd.pt"));
    const like = (dtype: string, shape: number[]) => ({ name: "torch.Tensor", args: [], state: { dtype, shape } });
    expect(said(odd.get("complex"))).toEqual(like("torch.complex64", [1]));
    expect(said(odd.get("float8"))).toEqual(like("torch.float8_e4m3fn", [2]));
    expect(said(odd.get("quantised"))).toEqual(like("torch.quint8", [2]));
    expect(said(odd.get("channels"))).toEqual(like("torch.qint8", [2, 2]));
    expect(said(odd.get("conjugate"))).toEqual(like("torch.complex64", [1]));
    expect(said(odd.get("number"))).toEqual({ name: "builtins.complex", args: [1, 2] });
    expect(said(odd.get("meta"))).toMatchObject({ args: ["torch.float32", [2, 3], [3, 1], false] });
    const [layout, [indices, values]] = (odd.get("sparse") as Opaque).args as [string, [Tensor, Tensor]];
    expect([layout, indices.toNested(), values.toNested()]).toEqual(["torch.sparse_coo", [[0, 2]], [3, 4]]);
    expect((odd.get("tagged") as Tensor).toNested()).toEqual([1, 2]);
    expect([...(odd.get("by_pair") as Map<unknown, unknown>).keys()]).toEqual([
      [0, "a"],
      [1, ["b", 2.5]],
    ]);
  });

  it("of a float dtype that elman has not stands beside the rest in safetensors, too", async () => {
    const checkpoint = await load(at("float8.safetensors"));
    expect((checkpoint.get("w") as Tensor).toNested()).toEqual([1, 1]);
    expect(said(checkpoint.get("f8"))).toMatchObject({ state: { dtype: "F8_E5M2", shape: [3] } });
    expect(said(checkpoint.get("c"))).toMatchObject({ state: { dtype: "C64", shape: [1] } });
    const { stateDict, others } = stateDictOf(checkpoint);
    expect([[...stateDict.keys()], others.toSorted()]).toEqual([["w"], ["c", "f8"]]);
  });

  it("cannot be saved, but tuples for keys can", async () => {
    const objects = await load(at("objects.pt"), { unknown: "opaque" });
    expect(await refusal(() => encodeTorch(objects))).toBe(
      "encodeTorch() cannot save ['scalar']: an opaque numpy._core.multiarray.scalar",
    );
    const pairs = (await load(at("odd.pt"))).get("by_pair") as CheckpointValue;
    expect(((await load(encodeTorch({ pairs }))) as Map<string, unknown>).get("pairs")).toEqual(pairs);
  });
});

describe("stateDictOf", () => {
  it("takes an average of models without their number, and leaves out the state that a module keeps besides", async () => {
    const { stateDict, prefix, others } = stateDictOf(await load(at("averaged.pt")), null, { strip: true });
    const { _extra_state, ...weights } = expected["averaged.pt"];
    expect([nested(stateDict), prefix, others]).toEqual([weights, "module.", ["n_averaged", "module._extra_state"]]);
  });

  it("computes weights from their parts, and says so", async () => {
    const checkpoint = await load(at("parts.pt"));
    const { stateDict, folded } = stateDictOf(checkpoint, null, { fold: true });
    expect([...folded.keys()].toSorted()).toEqual(Object.keys(expected["parts.pt"]).toSorted());
    for (const [name, weight] of Object.entries(expected["parts.pt"])) {
      expectClose(stateDict.get(name) as Tensor, tensor(weight), float32);
    }
    expect(folded.get("new.weight_ih_l0")).toEqual({
      names: ["new.parametrizations.weight_ih_l0.original0", "new.parametrizations.weight_ih_l0.original1"],
      by: "weight_norm",
    });
    const lstm = new nn.LSTM(2, 3);
    const own = [...stateDict].filter(([name]) => name.startsWith("new.")).map(([name, one]) => [name.slice(4), one]);
    expect(lstm.loadStateDict(new Map(own as [string, Tensor][])).missingKeys).toEqual([]);
    expect(stateDictOf(checkpoint).stateDict.has("columns.weight_g")).toBe(true);
  });

  it("refuses a module that holds itself", async () => {
    // {"_parameters": {}, "_modules": {"me": itself}}
    const modules = bytesOf("}", text("me"), "h\0s");
    const own = bytesOf("ca\nM\n)\x81q\0}(", text("_parameters"), "}", text("_modules"), modules, "ub");
    const checkpoint = await load(torchFile([own]), { unknown: "opaque" });
    expect(await refusal(() => stateDictOf(checkpoint))).toBe("stateDictOf() found a a.M that holds itself");
  });
});

describe("names", () => {
  it("of a file of torch.save lead into its dicts, and nothing else is read", async () => {
    const bytes = readFileSync(pathOf("training.pt"));
    const read: number[] = [];
    const blob = new Blob([bytes]);
    const counted = {
      size: blob.size,
      slice: (begin: number, end: number) => {
        read.push(end - begin);
        return blob.slice(begin, end);
      },
    };
    const some = await load(counted, { names: (name) => name === "model_state_dict.linear.weight" });
    const { stateDict } = stateDictOf(some);
    expect(nested(stateDict)).toEqual({
      "linear.weight": (stateDictOf(await load(bytes)).stateDict.get("linear.weight") as Tensor).toNested(),
    });
    expect(some.get("name")).toBe("größe ☃");
    expect(some.has("parameter")).toBe(false);
    const all = read.length;
    await load(counted);
    expect(read.length - all).toBeGreaterThan(all);
  });

  it("of tensors in lists are their places, where None is left", async () => {
    const { root } = await load(encodeTorch([tensor([1]), [tensor([2]), 3]]), { names: (name) => name === "1.0" });
    expect([(root as unknown[])[0], ((root as unknown[][])[1][0] as Tensor).toNested()]).toEqual([null, [2]]);
  });

  it("leave a file of before 1.6 its values", async () => {
    const some = await load(pathOf("legacy.pt"), { names: (name) => name === "views.matrix" });
    expect([...(some.get("views") as Map<string, unknown>).keys()]).toEqual(["matrix"]);
  });
});

it("loads 40,000 small tensors without being told that it may", async () => {
  const names = Array.from({ length: 40_000 }, (_, i) => `encoder.layers.${i}.weight`);
  const one = tensor([1, 2]);
  const bytes = encodeTorch(Object.fromEntries(names.map((name) => [name, one.clone()])));
  const checkpoint = await load(bytes);
  expect([checkpoint.size, (checkpoint.get(names[39_999]) as Tensor).toNested()]).toEqual([40_000, [1, 2]]);
});
