import { describe, expect, it } from "vitest";
import { Checkpoint, type CheckpointKey, type CheckpointValue, load, stateDictOf } from "../../src/checkpoint/index.js";
import { at, beside } from "../../src/checkpoint/state_dict.js";
import { nn, tensor } from "../../src/index.js";
import { refusal } from "./archives.js";
import { pathOf } from "./fixtures.js";

const x = tensor([1]);
const dict = (...names: string[]) => new Map<string, CheckpointValue>(names.map((name) => [name, x]));
const holding = (entries: Record<string, CheckpointValue>) => new Checkpoint(Object.entries(entries), "torch");

describe("stateDictOf", () => {
  it("is the checkpoint itself where that holds tensors alone", () => {
    expect(stateDictOf(holding({ w: x }))).toEqual({
      key: null,
      prefix: "",
      stateDict: dict("w"),
      others: [],
      folded: new Map(),
    });
  });

  it("is found beside keys that are no names", () => {
    const entries = new Map<CheckpointKey, CheckpointValue>([
      [Object.freeze([0, "a"]), 1],
      ["model", dict("w")],
      ["ema", new Map([["model", dict("v")]])],
    ]);
    const whole = new Checkpoint([], "torch", new Map(), entries);
    expect(stateDictOf(whole)).toMatchObject({ key: "model", stateDict: dict("w") });
    expect(stateDictOf(whole, "ema.model").stateDict).toEqual(dict("v"));
    expect(at(whole, "model")).toEqual(dict("w"));
    expect(beside(whole, "model")).toEqual(["0,a", "ema"]);
  });

  it("leaves out what modules keep beside their tensors, and says so", async () => {
    const wide = { dtype: "I64" as const, shape: [], data: BigInt64Array.of(2n ** 40n) };
    const mixed = new Map<string, CheckpointValue>([
      ["w", x],
      ["fc._extra_state", null],
      ["seed", wide],
    ]);
    const found = stateDictOf(holding({ state_dict: mixed, normalizer: dict("mean") }));
    expect(found).toEqual({
      ...{
        key: "state_dict",
        prefix: "",
        stateDict: dict("w"),
        others: ["fc._extra_state", "seed"],
        folded: new Map(),
      },
    });
    const stray = new Map<string, CheckpointValue>([
      ["w", x],
      ["n", 3],
    ]);
    expect(await refusal(() => stateDictOf(holding({ state_dict: stray, normalizer: dict("mean") })))).toBe(
      "stateDictOf() expected 'state_dict' to hold named tensors and nothing else, got: 'n', which is 3",
    );
  });

  it.each(["state_dict", "model_state_dict", "model", "net", "ema"])("finds '%s' and says so", (key) => {
    const { key: found, stateDict } = stateDictOf(
      holding({ epoch: 1, optimizer: new Map([["lr", 1]]), [key]: dict("w") }),
    );
    expect([found, [...stateDict.keys()]]).toEqual([key, ["w"]]);
  });

  it("takes the usual name of several, or the one that is asked for", async () => {
    const several = holding({ ema: dict("e"), model: dict("m"), state_dict: dict("s") });
    expect(stateDictOf(several).key).toBe("state_dict");
    expect([...stateDictOf(several, "ema").stateDict.keys()]).toEqual(["e"]);
    expect(await refusal(() => stateDictOf(holding({ a: dict("w"), b: dict("w") })))).toBe(
      "stateDictOf() found several state dicts, 'a', 'b'; name the one to take by this key: stateDictOf(checkpoint, \"a\")",
    );
  });

  it("is found in dicts within, by dots, where none is the whole key", () => {
    const inner = new Map<string, CheckpointValue>(Object.entries({ b: dict("1"), "b.c": dict("2"), n: 3 }));
    const names = (key: string, more = {}) => [...stateDictOf(holding({ a: inner, ...more }), key).stateDict.keys()];
    expect([names("a.b"), names("a.b.c"), names("a.b", { "a.b": dict("4") })]).toEqual([["1"], ["2"], ["4"]]);
    const refused = () => stateDictOf(holding({ a: inner }), "a.x");
    expect(refused).toThrow("stateDictOf() found no 'a.x'; there are: a");
    expect([at(holding({ a: inner }), "a.n"), at(holding({ a: inner }), "a.b.d")]).toEqual([3, undefined]);
    expect(beside(holding({ epoch: 1, a: inner }), "a.b.c")).toEqual(["epoch", "a.b", "a.n"]);
    expect(beside(holding({ epoch: 1 }), null)).toEqual([]);
  });

  it("says by which keys state dicts further in are reached", async () => {
    const within = holding({ models: new Map([["gen", dict("w")]]), epoch: 1 });
    expect(await refusal(() => stateDictOf(within))).toBe(
      "stateDictOf() found a state dict further in, 'models.gen'; name the one to take by this key: stateDictOf(checkpoint, \"models.gen\")",
    );
    expect(stateDictOf(within, "models.gen").stateDict).toEqual(dict("w"));
    const two = new Map([
      ["gen", dict("w")],
      ["disc", dict("w")],
    ]);
    expect(await refusal(() => stateDictOf(holding({ models: two })))).toContain("dicts, 'models.gen', 'models.disc';");
  });

  it("goes into a module as it is", async () => {
    const { key, stateDict } = stateDictOf(await load(pathOf("lstm.pt")));
    const lstm = new nn.LSTM(2, 3, { bidirectional: true });
    expect(lstm.loadStateDict(stateDict)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect([key, stateDictOf(await load(pathOf("training.pt"))).key]).toEqual([null, "model_state_dict"]);
  });

  it.each<[sentence: string, call: () => unknown]>([
    ["expected a name or null before its options, got: Object", () => stateDictOf(dict("w"), { strip: true } as never)],
    ["found no 'model'; there are: a, b", () => stateDictOf(holding({ a: 1, b: 2 }), "model")],
    ["expected 'a' to hold named tensors and nothing else, got: 1", () => stateDictOf(holding({ a: 1 }), "a")],
    [
      "got: 'n', which is 3",
      () =>
        stateDictOf(
          holding({
            a: new Map<string, CheckpointValue>([
              ["w", x],
              ["n", 3],
            ]),
          }),
          "a",
        ),
    ],
    ["got: an empty dict", () => stateDictOf(holding({ a: new Map() }), "a")],
    ["found no dict of named tensors; the checkpoint holds 'a', 'b'", () => stateDictOf(holding({ a: 1, b: x }))],
    ["the checkpoint holds nothing", () => stateDictOf(holding({}))],
    ["the checkpoint holds Array", () => stateDictOf(new Checkpoint([], "torch", new Map(), [x]))],
    ["expected a Map, got: Object", () => stateDictOf({} as never)],
    ["unexpected keyword argument 'prefix'", () => stateDictOf(holding({ w: x }), null, { prefix: "a" } as never)],
    [
      "expected strip as a boolean, a prefix or a list of prefixes, got: 1",
      () => stateDictOf(holding({ w: x }), null, { strip: 1 as never }),
    ],
    ["expected strip as a boolean", () => stateDictOf(holding({ w: x }), null, { strip: "" })],
    [
      "expected all names to begin with 'm.' or 'n.', got: 'w'",
      () => stateDictOf(holding({ w: x }), null, { strip: ["m.", "n."] }),
    ],
  ])("refuses: %s", async (sentence, call) => {
    expect(await refusal(call)).toContain(sentence);
  });
});

describe("strip", () => {
  const names = (given: string[], strip: boolean | string | string[]) => {
    const { prefix, stateDict } = stateDictOf(dict(...given), null, { strip });
    return [prefix, ...stateDict.keys()];
  };

  it("takes off what wrappers leave, as often as they do", () => {
    expect(names(["module.a.w", "module.b.w"], true)).toEqual(["module.", "a.w", "b.w"]);
    expect(names(["model._orig_mod.a", "model._orig_mod.b"], true)).toEqual(["model._orig_mod.", "a", "b"]);
    expect(names(["module.module.w"], true)).toEqual(["module.module.", "w"]);
  });

  it("leaves what not all names have, and never an empty name", () => {
    expect(names(["module.a", "b"], true)).toEqual(["", "module.a", "b"]);
    expect(names(["a", "b"], true)).toEqual(["", "a", "b"]);
    expect(names(["module."], true)).toEqual(["", "module."]);
    expect(names(["module.a"], false)).toEqual(["", "module.a"]);
  });

  it("leaves one odd name as it is, but for the count of an average, which is no weight", () => {
    expect(names(["model.a", "model.b", "criterion.weight"], true)).toEqual(["model.", "a", "b", "criterion.weight"]);
    expect(names(["model.a", "b", "c"], true)).toEqual(["", "model.a", "b", "c"]);
    expect(names(["model.a", "model.b", "a"], true)).toEqual(["", "model.a", "model.b", "a"]);
    const average = stateDictOf(dict("n_averaged", "module.a"), null, { strip: true });
    expect([average.prefix, [...average.stateDict.keys()], average.others]).toEqual(["module.", ["a"], ["n_averaged"]]);
    expect(stateDictOf(dict("n_averaged"), null, { strip: true }).stateDict.size).toBe(0);
    expect([...stateDictOf(dict("n_averaged", "a")).stateDict.keys()]).toEqual(["n_averaged", "a"]);
  });

  it("takes prefixes of one's own", () => {
    expect(names(["encoder.rnn.w"], "encoder.")).toEqual(["encoder.", "rnn.w"]);
    expect(names(["a.b.w"], ["b.", "a."])).toEqual(["a.b.", "w"]);
  });
});
